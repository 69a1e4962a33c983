"""Machines made of network namespaces, on one bridge that lives in a namespace of its own.

Names begin with "vd" and this process's id, so that several labs run side by side, and so that a
later lab can sweep away what a killed one left behind.
"""

import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("BUILD", "build")).resolve()

# Every deadline is multiplied by this; the emulated machine sets it.
SLOW = float(os.environ.get("LAB_SLOW", "1"))

# Of the time in which somebody waits for a processor, this much does not count for a deadline.
_NOT_COUNTED = 0.85

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_serial = itertools.count(1)


def _starved():
    """Seconds since the machine's start in which somebody had to wait for a processor."""
    try:
        text = pathlib.Path("/proc/pressure/cpu").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(re.search(r"^some .*total=(\d+)", text, re.MULTILINE)[1]) / 1e6


class Deadline:
    """An end to waiting for what has to happen some time. It is there to end a test that hangs, and
    says nothing about speed: while programs wait for a processor, hardly any of the time counts."""

    def __init__(self, seconds):
        self.seconds = seconds * SLOW
        self._begin, self._starved = time.monotonic(), _starved()

    def is_over(self):
        took = time.monotonic() - self._begin
        return (took > self.seconds
                and took - _NOT_COUNTED * (_starved() - self._starved) > self.seconds)


def wait(predicate, timeout=10.0, what="", interval=0.02):
    """Polls until predicate() is true and returns its value; AssertionError after timeout (s)."""
    deadline = Deadline(timeout)
    while True:
        late = deadline.is_over()
        value = predicate()
        if value:
            return value
        if late:
            raise AssertionError(f"not within {timeout * SLOW:g} s: {what or predicate} "
                                 f"(last: {value!r})")
        time.sleep(interval)


class Namespace:
    """A network namespace of the lab: where commands run and sockets are made."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.netns = f"{lab.prefix}-{name}"
        self.directory = lab.directory / name
        self.directory.mkdir()
        lab.ip(None, f"netns add {self.netns}")
        lab.namespaces.append(self.netns)
        lab.ip(self.netns, "link set lo up")

    def __repr__(self):
        return self.name

    def command(self, *command):
        """The argument vector that runs a command in this host."""
        return ["nsenter", f"--net=/run/netns/{self.netns}", "--", *map(str, command)]

    def run(self, *command, check=True, timeout=20, input=None):
        """Runs a command to its end; stdout and stderr as text. Raises unless check is False."""
        done = subprocess.run(self.command(*command), input=input, text=True, errors="replace",
                              stdin=None if input is not None else subprocess.DEVNULL,
                              capture_output=True, timeout=timeout * SLOW)
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(map(str, command))} "
                                 f"exited with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def spawn(self, *command, log=None, **options):
        """Starts a command in a session of its own (killed as a group when the lab ends);
        stdout and stderr go to the file `log` (default NAME.log in the host's directory)."""
        path = pathlib.Path(log or self.directory / f"{pathlib.Path(command[0]).name}.log")
        with open(path, "ab") as output:
            process = subprocess.Popen(self.command(*command), stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT,
                                       start_new_session=True, **options)
        process.log = path
        self.lab.processes.append(process)
        return process

    @contextlib.contextmanager
    def inside(self):
        """Sockets that the calling thread makes within this block belong to this host."""
        with open("/proc/thread-self/ns/net", "rb") as own, \
             open(f"/run/netns/{self.netns}", "rb") as other:
            _enter(other)
            try:
                yield
            finally:
                _enter(own)

    def sysctl(self, name, value):
        path = pathlib.Path("/proc/sys") / name.replace(".", "/")
        with self.inside():
            path.write_text(f"{value}\n", encoding="ascii")

    def pids(self, executable=None):
        """The processes that live in this host; only those that run `executable`, if given."""
        found = subprocess.run(["ip", "netns", "pids", self.netns], capture_output=True, text=True)
        pids = [int(pid) for pid in found.stdout.split()]
        if executable is None:
            return pids
        return [pid for pid in pids if _executable(pid) == str(executable)]

    def kill_all(self, executable=None):
        """kill -9 for every process in this host (that runs `executable`), at one moment: all are
        stopped first, so that none sees another one die."""
        pids = self.pids(executable)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)


class Host(Namespace):
    """One machine: a namespace with lo and eth1, whose other end is a port of the bridge."""

    def __init__(self, lab, name, addresses, interface):
        super().__init__(lab, name)
        self.interface, self.port = interface, name[:15]
        lab.ip(None, f"link add {interface} netns {self.netns} type veth "
                     f"peer name {self.port} netns {lab.bridge.netns}")
        self.sysctl("net.ipv6.conf.all.accept_dad", 0)
        self.sysctl(f"net.ipv6.conf.{interface}.accept_dad", 0)
        lab.ip(lab.bridge.netns, f"link set {self.port} master br0 up")
        lab.ip(self.netns, f"link set {interface} up",
               *(f"addr add {address} dev {interface}" for address in addresses))

    def link(self, interface, *addresses):
        """Adds a second interface, on a bridge of that name that hosts share."""
        bridge, port = f"br-{interface}", f"{self.name[:8]}-{interface}"
        self.lab.bridge_named(bridge)
        self.lab.ip(None, f"link add {interface} netns {self.netns} type veth "
                          f"peer name {port} netns {self.lab.bridge.netns}")
        self.sysctl(f"net.ipv6.conf.{interface}.accept_dad", 0)
        self.lab.ip(self.lab.bridge.netns, f"link set {port} master {bridge} up")
        self.lab.ip(self.netns, f"link set {interface} up",
                    *(f"addr add {address} dev {interface}" for address in addresses))
        return port

    def addresses(self, interface=None):
        """The addresses of an interface, as ip shows them: dictionaries with local, prefixlen,
        label, valid_life_time ..."""
        shown = self.run("ip", "-j", "addr", "show", "dev", interface or self.interface).stdout
        return [entry for link in json.loads(shown or "[]") for entry in link.get("addr_info", [])]

    def has(self, address, interface=None):
        """True while the interface holds the address (without length)."""
        return any(entry.get("local") == address for entry in self.addresses(interface))

    def mac(self):
        shown = self.run("ip", "-j", "link", "show", "dev", self.interface).stdout
        return json.loads(shown)[0]["address"]

    def cut(self):
        """Pulls the cable: the host's interface loses its carrier."""
        self.lab.ip(self.lab.bridge.netns, f"link set {self.port} down")

    def plug(self):
        self.lab.ip(self.lab.bridge.netns, f"link set {self.port} up")

    def mute(self):
        """The switch forgets the port: nothing passes, but the carrier stays."""
        self.lab.bridge_state(self.port, "disabled")

    def unmute(self):
        self.lab.bridge_state(self.port, "forwarding")

    def link_down(self):
        """Takes the host's own end down (as `ip link set eth1 down` there)."""
        self.lab.ip(self.netns, f"link set {self.interface} down")

    def link_up(self):
        self.lab.ip(self.netns, f"link set {self.interface} up")


class Lab:
    """A bridge, hosts on it, and everything that was started there."""

    def __init__(self):
        _sweep()
        self.prefix = f"vd{os.getpid()}x{next(_serial)}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"vdirector-lab-{os.getpid()}-"))
        self.directory.chmod(0o755)  # scripts and checks run as other users
        self.hosts, self.namespaces, self.processes, self.closers = {}, [], [], []
        self.bridges = set()
        try:
            self.bridge = Namespace(self, "bridge")
            self.ip(self.bridge.netns,
                    "link add br0 type bridge mcast_snooping 0 stp_state 0 forward_delay 0",
                    "link set br0 up")
        except BaseException:
            self.cleanup()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.cleanup()

    @staticmethod
    def ip(netns, *lines):
        """ip(8) commands as one batch, in a namespace or (None) outside."""
        where = ["-n", netns] if netns else []
        done = subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines) + "\n",
                              text=True, capture_output=True)
        if done.returncode != 0:
            raise AssertionError(f"ip {' '.join(where)}: {lines}: {done.stderr}")

    def bridge_named(self, name):
        """A further bridge; made when it is first asked for."""
        if name not in self.bridges:
            self.bridges.add(name)
            self.ip(self.bridge.netns,
                    f"link add {name} type bridge mcast_snooping 0 stp_state 0 forward_delay 0",
                    f"link set {name} up")

    def bridge_state(self, port, state):
        subprocess.run(["bridge", "-n", self.bridge.netns, "link", "set", "dev", port, "state", state],
                       check=True, capture_output=True)

    def host(self, name, *addresses, interface="eth1"):
        """Adds a machine with these addresses ("10.0.0.1/24") on its interface."""
        self.hosts[name] = Host(self, name, addresses, interface)
        return self.hosts[name]

    def at_cleanup(self, function):
        """Runs before processes and namespaces go (threads, sockets)."""
        self.closers.append(function)

    def logs(self, lines=60):
        """The ends of all log files of all hosts, for the report of a failed test."""
        text = []
        for path in sorted(self.directory.glob("*/*.log")):
            content = path.read_text(encoding="utf-8", errors="replace").splitlines()
            if content:
                text += [f"--- {path.relative_to(self.directory)}", *content[-lines:]]
        return "\n".join(text)

    def cleanup(self):
        for close in reversed(self.closers):
            with contextlib.suppress(Exception):
                close()
        self.closers.clear()
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()
        _remove(self.namespaces)
        shutil.rmtree(self.directory, ignore_errors=True)


def _enter(descriptor):
    if _libc.setns(descriptor.fileno(), _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _executable(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        return None


def _remove(namespaces):
    """Kills what still runs in these namespaces, and deletes them."""
    for name in namespaces:
        found = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True)
        for pid in found.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    for name in namespaces:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def _sweep():
    """Removes what labs left whose process is gone (killed, machine out of memory)."""
    try:
        names = os.listdir("/run/netns")
    except OSError:
        names = []
    owners = ((name, re.fullmatch(r"vd(\d+)x\d+-.*", name)) for name in names)
    _remove([name for name, owner in owners
             if owner and not os.path.exists(f"/proc/{owner[1]}")])
    for path in pathlib.Path(tempfile.gettempdir()).glob("vdirector-lab-*-*"):
        if not os.path.exists(f"/proc/{path.name.split('-')[2]}"):
            shutil.rmtree(path, ignore_errors=True)
