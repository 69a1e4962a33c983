"""A real systemd as the first process of a machine of the lab: its own processes, mounts, /run and
control groups, the host's files, and the units of one folder.

    machine = Systemd(lab.host("one", "10.9.0.1/16"))
    machine.unit("vdirectord.service", text)
    machine.start()
    machine.systemctl("start", "vdirectord")
"""

import contextlib
import os
import pathlib
import re
import subprocess
import time

from .netns import wait

PROGRAM = pathlib.Path("/lib/systemd/systemd")

# What has to be done inside before systemd starts. /sys/fs/cgroup becomes the machine's own part of
# the unified hierarchy, whatever the host has there.
ENTER = """set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i PATH="$PATH" container=lab SYSTEMD_UNIT_PATH={units} {program} --unit=lab.target \
    --log-target=console --log-level=info --show-status=no
"""
TARGET = "[Unit]\nDescription=the lab\nDefaultDependencies=no\n"


def _unified_hierarchy():
    """Where the host has its cgroup2 mounted."""
    for line in pathlib.Path("/proc/mounts").read_text(encoding="ascii").splitlines():
        _, where, kind, _ = line.split(" ", 3)
        if kind == "cgroup2":
            return pathlib.Path(where)
    raise AssertionError("no cgroup2 hierarchy is mounted")


class Systemd:
    """Not started yet; systemd ends with the lab."""

    def __init__(self, host):
        self.host, self.lab = host, host.lab
        self.directory = host.directory / "systemd"
        self.units = self.directory / "units"
        self.units.mkdir(parents=True)
        self.unit("lab.target", TARGET)
        own = pathlib.Path("/proc/self/cgroup").read_text(encoding="ascii")
        group = re.search(r"^0::(.*)$", own, re.MULTILINE)[1].lstrip("/")
        self.group = _unified_hierarchy() / group / f"{self.lab.prefix}-{host.name}"
        self.pid = None

    def unit(self, name, text):
        """Writes a unit, or a drop-in ("x.service.d/lab.conf")."""
        path = self.units / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def start(self):
        self.group.mkdir()
        self.lab.at_cleanup(self._end)
        script = self.directory / "enter"
        script.write_text(ENTER.format(units=self.units, program=PROGRAM), encoding="utf-8")
        join = f"echo 0 > {self.group}/cgroup.procs && exec \"$@\""
        self.process = self.host.spawn("sh", "-c", join, "sh", "unshare", "--mount", "--pid", "--fork",
                                       "--uts", "--ipc", "--cgroup", "--kill-child", "sh", script,
                                       log=self.directory / "systemd.log")
        self.pid = wait(lambda: self._first_child(), 10, "systemd's process")
        wait(lambda: self.systemctl("is-active", "lab.target", check=False).stdout == "active\n", 30,
             "systemd has started")
        return self

    def _first_child(self):
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError, IndexError):
            pid = int(path.read_text(encoding="ascii").split()[0])
            return pid if os.readlink(f"/proc/{pid}/exe").endswith("/systemd") else None
        return None

    def systemctl(self, *arguments, check=True, timeout=60):
        done = subprocess.run(["nsenter", f"--target={self.pid}", "--all", "--", "systemctl", *arguments],
                              capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"systemctl {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    def show(self, unit, name):
        """The value of one property."""
        return self.systemctl("show", "--value", "-p", name, unit).stdout.strip()

    def main_pid(self, unit):
        """The unit's main process by the number that it has inside; 0 = there is none."""
        return int(self.show(unit, "MainPID"))

    def kill(self, inside, number):
        """Sends a signal to the process that has this number inside."""
        for pid in self.host.pids():
            with contextlib.suppress(OSError):
                text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
                if re.search(rf"^NSpid:\t{pid}\t{inside}$", text, re.MULTILINE):
                    os.kill(pid, number)
                    return
        raise AssertionError(f"no process has number {inside} inside")

    def _end(self):
        with contextlib.suppress(OSError):
            (self.group / "cgroup.kill").write_text("1", encoding="ascii")
        self.process.kill()
        self.process.wait()
        deadline = time.monotonic() + 10
        folders = sorted(self.group.rglob("*/"), key=lambda path: -len(path.parts))
        for folder in [*folders, self.group]:
            while folder.is_dir() and time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    folder.rmdir()
                time.sleep(0.01)
