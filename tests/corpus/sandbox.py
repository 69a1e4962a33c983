"""A place where a stranger's configuration can be looked at: no network, no programs, no traces.

in_sandbox() calls a function in a process that has namespaces of its own (network, mounts,
processes ...) and a root directory in memory. That shows the system's programs and libraries, and
the folders that are asked for; nothing can be changed in them, and everything else is empty, so
the files, users, hosts and interfaces that a configuration names can be made there (Sandbox).
When the function has returned or its time is over, all of it is gone.
"""

import ctypes
import os
import pathlib
import pickle
import re
import select
import shutil
import signal
import subprocess
import tempfile
import traceback

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000)
MS_RDONLY, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 4, 32, 4096, 16384, 1 << 18)
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
FROM_ETC = ("ld.so.cache", "nsswitch.conf", "protocols", "services", "iproute2", "alternatives")
INTERFACE = re.compile(r"[^\s/:]{1,15}\Z")
_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(Exception):
    """The sandbox could not be made, or what ran in it failed or took too long."""


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _mount(source, target, kind=None, flags=0, data=None):
    words = [word if word is None else str(word).encode() for word in (source, target, kind, data)]
    _check(_libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]),
           f"mount {target}")


def _show(source, target):
    """Binds a folder, read-only."""
    target.mkdir(parents=True, exist_ok=True)
    _mount(source, target, flags=MS_BIND | MS_REC)
    _mount(None, target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def _show_and_keep_changes(source, target, changes):
    """Shows a folder in which changes can be made, which are kept in another."""
    parts = [changes / name for name in ("upper", "work")]
    for path in (target, *parts):
        path.mkdir(parents=True)
    try:
        _mount("overlay", target, "overlay", MS_NODEV,
               f"lowerdir={source},upperdir={parts[0]},workdir={parts[1]}")
    except OSError:  # not here: what the file names below this folder will be missing
        _show(source, target)


def _build_root(root, folders):
    _mount(None, "/", flags=MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", data="mode=755")
    for name in SYSTEM:
        system = pathlib.Path("/", name)
        if system.is_symlink():
            (root / name).symlink_to(os.readlink(system))
        elif system.is_dir():
            _show_and_keep_changes(system, root / name, root / ".changes" / name)
    for name in ("dev", "etc", "proc", "run", "sys", "tmp", "var"):
        (root / name).mkdir(exist_ok=True)
    for name in ("null", "zero", "random", "urandom"):
        (root / "dev" / name).touch()
        _mount(f"/dev/{name}", root / "dev" / name, flags=MS_BIND)
    _mount("proc", root / "proc", "proc")
    _mount("sysfs", root / "sys", "sysfs", MS_RDONLY)
    for name in FROM_ETC:
        path = pathlib.Path("/etc", name)
        if path.is_dir():
            shutil.copytree(path, root / "etc" / name)
        elif path.exists():
            shutil.copy(path, root / "etc" / name)
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n", encoding="ascii")
    (root / "etc/group").write_text("root:x:0:\n", encoding="ascii")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
    for folder in folders:
        _show(folder, root / str(folder).lstrip("/"))


class Sandbox:
    """What can be done to the machine within. Everything that exists already stays as it is."""

    def __init__(self):
        self.interfaces, self.users, self.namespaces = set(), {"root"}, []
        _ip("link set lo up")

    def add_interface(self, name):
        """An Ethernet interface that is up; names that the kernel refuses are left out."""
        if name in self.interfaces or not INTERFACE.match(name) or name in (".", "..", "lo"):
            return
        number = len(self.interfaces) + 1
        self.interfaces.add(name)
        for where in ("", *(f"-n {namespace} " for namespace in self.namespaces)):
            lines = [f"link add name {name} type veth peer name peer-{number}",
                     f"link set {name} up", f"link set peer-{number} up"]
            _ip(*lines, options=where.split())

    def add_namespace(self, name):
        self.namespaces.append(name)
        subprocess.run(["ip", "netns", "add", name], stderr=subprocess.DEVNULL, check=False)

    def add_user(self, name):
        """A user with a group of the same name."""
        if name in self.users or not re.match(r"[A-Za-z_][\w.-]*\Z", name):
            return
        self.users.add(name)
        number = 1000 + len(self.users)
        for path, rest in (("/etc/passwd", f"{number}:{number}::/:/bin/sh"),
                           ("/etc/group", f"{number}:")):
            with open(path, "a", encoding="ascii") as file:
                file.write(f"{name}:x:{rest}\n")

    def add_host(self, name):
        with open("/etc/hosts", "a", encoding="utf-8") as file:
            file.write(f"192.0.2.25 {name}\n")

    def add_program(self, path):
        """A program at this absolute path, if there is none and its folder can be written."""
        path = pathlib.Path(os.path.normpath(path))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_text("#!/bin/sh\n", encoding="ascii")
                path.chmod(0o755)
        except OSError:
            pass

    def add_certificate(self, path):
        """A certificate with its key at this absolute path, if nothing is there. keepalived
        gives up without those that a file names."""
        path = pathlib.Path(os.path.normpath(path))
        key, certificate, settings = (pathlib.Path("/tmp", name)
                                      for name in ("key.pem", "certificate.pem", "openssl.cnf"))
        if not certificate.exists():
            settings.write_text("[req]\ndistinguished_name = name\n[name]\n", encoding="ascii")
            subprocess.run(["openssl", "req", "-x509", "-config", settings, "-newkey", "ec", "-nodes",
                            "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=sandbox",
                            "-keyout", key, "-out", certificate],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_bytes(key.read_bytes() + certificate.read_bytes())
        except OSError:
            pass


def _ip(*lines, options=()):
    subprocess.run(["ip", *options, "-force", "-batch", "-"], input="\n".join(lines) + "\n",
                   text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _inside(root, folders, function, output):
    """The first process of the new namespaces."""
    try:
        _build_root(root, folders)
        os.chroot(root)
        os.chdir("/")
        result = function(Sandbox())
    except Exception:  # pylint: disable=broad-except  # it is shown in the other process
        result = SandboxError(traceback.format_exc())
    with os.fdopen(output, "wb") as stream:
        pickle.dump(result, stream)


def in_sandbox(function, folders=(), timeout=10.0):
    """What function(Sandbox) returns, called in a sandbox that shows `folders`; at most `timeout`
    seconds, else SandboxError."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="vdirector-corpus-"))
    reading, writing = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.close(reading)
        os.setsid()
        status = 1
        try:
            _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID |
                                 CLONE_NEWNET), "unshare")
            first = os.fork()
            if first == 0:
                _inside(root, folders, function, writing)
                os._exit(0)
            os.close(writing)
            os.waitpid(first, 0)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    try:
        return _receive(reading, timeout)
    finally:
        # The whole session, so that the first process of the namespaces goes, and all with it.
        os.killpg(middle, signal.SIGKILL)
        os.waitpid(middle, 0)
        os.close(reading)
        shutil.rmtree(root, ignore_errors=True)


def _receive(reading, timeout):
    data = b""
    while True:
        ready, _, _ = select.select([reading], [], [], timeout)
        if not ready:
            raise SandboxError(f"not finished within {timeout:g} s")
        chunk = os.read(reading, 1 << 20)
        if not chunk:
            break
        data += chunk
    if not data:
        raise SandboxError("it ended without a result")
    result = pickle.loads(data)
    if isinstance(result, SandboxError):
        raise result
    return result
