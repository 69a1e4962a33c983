"""Issue 8.13: a start, a stopped keeper and files that are none."""

import os
import pathlib
import signal
import sys
import time

import pytest

from lab import Director, wait
from lab.config import instance, service

CONFIG = instance("web", 71) + service(8001, "10.9.0.9 8001")

# A keeper that ends as soon as it has started main: the arguments are its pid file and main's.
KEEPER_THAT_DIES = """
import fcntl, os, socket, sys
_, link = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o644)
if os.fork() == 0:
    places = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (link.fileno(), lock)]
    for place, fd in zip((3, 4), places):
        os.dup2(fd, place)
        os.close(fd)
    os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture
def one(lab):
    return Director(lab.host("one", "10.9.0.1/16"), CONFIG)


def blocks_hup(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:"))
    return mask >> (signal.SIGHUP - 1) & 1


def test_hup_during_the_start_is_a_reload_after_it_issue_8_13(one):
    one.start(ready=False)  # the file is young: a tenth of a second goes by before it is believed
    wait(lambda: blocks_hup(one.process.pid), 5, "the signal waits")
    while "starts" not in one.log_text():
        assert one.running(), "the start has been killed"
        one.reload()
        time.sleep(0.005)
    one.wait_state("web", "active")
    one.wait_log(r"reload: (nothing has changed|generation \d+ is in force)")


def test_stopped_keeper_is_replaced_issue_8_13(one):
    one.start()
    one.wait_state("web", "active")
    before = {role["name"]: role["pid"] for role in one.status()["roles"]}
    assert one.role("keeper")["heartbeat_age_ms"] < 5000
    os.kill(before["keeper"], signal.SIGSTOP)
    one.wait_log(rf"keeper \(pid {before['keeper']}\): no answer for 1\d s, replacing it", 20)
    status = one.wait_status(lambda status: status["roles"][-1]["pid"] not in (None, before["keeper"]),
                             5, "a new keeper")
    after = {role["name"]: role["pid"] for role in status["roles"]}
    assert {**after, "keeper": 0} == {**before, "keeper": 0}
    assert status["instances"][0]["counters"]["became_active"] == 1
    os.kill(before["main"], signal.SIGKILL)  # the new one has everything
    one.wait_log("resumes after a restart of main")
    one.wait_status(lambda status: status["roles"][0]["pid"] != before["main"], 5, "main is back")
    assert one.instance("web")["counters"]["became_active"] == 1


def test_keeper_that_dies_before_it_has_handed_back_issue_8_13(one):
    """Nobody has anything for the new main, then: it begins, and has a keeper again."""
    one.runtime.mkdir()
    pid_file = one.runtime / "vdirectord.pid"
    one.host.spawn(sys.executable, "-c", KEEPER_THAT_DIES, pid_file, *one.command(), "--role=main",
                   log=one.log)
    wait(lambda: one.vdctl("status", check=False).returncode == 0, 10, "main begins")
    one.wait_state("web", "active")
    status = one.wait_status(lambda status: status["roles"][-1]["pid"], 5, "a keeper")
    before = {role["name"]: role["pid"] for role in status["roles"]}
    assert int(pid_file.read_text(encoding="ascii")) == before["keeper"]
    os.kill(before["main"], signal.SIGKILL)
    one.wait_log("resumes after a restart of main")
    os.kill(before["keeper"], signal.SIGTERM)
    wait(lambda: not one.host.pids(one.program), 10, "all processes have ended")
    assert not one.host.has("10.9.71.1")


def test_pid_file_that_is_a_fifo_issue_8_13(one):
    fifo = one.directory / "fifo"
    os.mkfifo(fifo)
    done = one.host.run("timeout", "5", *one.command(), "--pid", fifo, check=False)
    assert done.returncode == 1 and f"pid file {fifo}" in done.stderr
    one.arguments = ("--vrrp-pid", fifo, "--checkers-pid", fifo)
    one.start()
    one.wait_state("web", "active")
    one.wait_log(rf"warning main: pid file {fifo}: ")


def test_pid_file_that_is_something_else_stays_issue_8_13(one):
    """`-p vdirector.conf` instead of `-f`: it was emptied, and removed at the end."""
    done = one.host.run("timeout", "5", *one.command(), "--pid", one.config, check=False)
    assert done.returncode == 1 and f"pid file {one.config}: File exists" in done.stderr
    assert one.config.read_text(encoding="utf-8") == CONFIG
    one.arguments = ("--vrrp-pid", one.config, "--checkers-pid", one.config)
    one.start()
    one.wait_state("web", "active")
    one.wait_log(rf"warning main: pid file {one.config}: ")
    assert one.stop() == 0
    assert one.config.read_text(encoding="utf-8") == CONFIG


def test_two_that_start_at_once_in_one_directory_issue_8_13(one):
    """With a pid file each, neither sees the other's lock, and neither serves yet when both look."""
    logs = [one.directory / f"{name}.log" for name in ("first", "second")]
    started = [one.host.spawn(*one.command(), "--pid", log.with_suffix(".pid"), log=log)
               for log in logs]
    wait(lambda: any(process.poll() is not None for process in started), 10, "one of them ends")
    one.wait_state("web", "active")
    ended = [process.poll() for process in started]
    assert sorted(ended, key=str) == [1, None]
    assert "already running" in logs[ended.index(1)].read_text(encoding="utf-8")
    assert one.vdctl("reload").returncode == 0


def test_environment_of_whoever_starts_it_stays_outside_issue_8_13(one):
    plain = one.command
    one.command = lambda: ["env", "SECRET=1", "LD_BIND_NOT=1", *plain()]
    one.start()
    for role in one.status()["roles"]:
        names = {entry.partition(b"=")[0] for entry
                 in pathlib.Path(f"/proc/{role['pid']}/environ").read_bytes().split(b"\0")[:-1]}
        if role["name"] in ("main", "keeper"):  # the configuration may name its variables
            assert b"SECRET" in names
        elif names:  # empty: who may not be traced does not show it
            assert names == {b"PATH", b"LANG"}, role["name"]
