"""Issue 8.1: a configuration that is empty, cut off or just being written is nobody's wish."""

import contextlib
import fcntl
import os
import pathlib
import select
import signal
import threading
import time

import pytest

from lab import BUILD, SLOW, Director, Lab, Pinger, wait
from lab.config import instance, service

VIP = "10.9.71.1"
SERVICE = service(8001, "10.9.0.9 8001")


def config(priority=200):
    return instance("web", 71, priority, f"{VIP}/16") + SERVICE


@pytest.fixture(scope="module")
def running():
    with Lab() as made:
        director = Director(made.host("one", "10.9.0.1/16"), config()).start()
        director.wait_state("web", "active")
        yield director


@pytest.fixture
def restored(running):
    """Starts from config() and goes back to it."""
    yield running
    running.write(config())
    running.vdctl("reload", "--force")
    running.wait_state("web", "active")


class Editor:
    """Truncates the file, and writes it 2 ms later, again and again; a HUP every 20 ms."""

    def __init__(self, director, pause):
        self.director, self.pause, self.edits = director, pause, 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._edit, self._signal)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _edit(self):
        while not self._stop.is_set():
            text = config(200 + self.edits % 3)
            with open(self.director.config, "w", encoding="utf-8") as file:  # truncates
                time.sleep(0.002)
                file.write(text)
            self.edits += 1
            self._stop.wait(self.pause)

    def _signal(self):
        while not self._stop.wait(0.02):
            self.director.reload()


@pytest.mark.parametrize("pause", [0.005, 0.3])
def test_editor_that_truncates_and_writes_issue_8_1(lab, pause):
    one = Director(lab.host("one", "10.9.0.1/16"), config()).start()
    client = lab.host("client", "10.9.0.7/16")
    one.wait_state("web", "active")
    pinger = Pinger(client, VIP).start()
    wait(lambda: pinger.sent - len(pinger.lost()) > 10, 5, "it answers")
    begun, since = time.monotonic(), one.instance("web")["since"]
    with Editor(one, pause) as editor:
        wait(lambda: time.monotonic() - begun > 5, 10, "five seconds of edits")
    assert editor.edits > 10
    pinger.stop()
    assert not pinger.lost(begun)
    assert one.instance("web")["since"] == since
    assert VIP in one.host.run("ip", "addr", "show").stdout
    if pause == 0.3:
        assert one.status()["config"]["generation"] > 2, "between two edits it is at rest"


def test_file_that_is_finished_a_moment_later_is_applied_issue_8_1(restored):
    restored.write("")
    reload = threading.Thread(target=restored.vdctl, args=("reload",))
    reload.start()
    wait(lambda: restored.log_text().rstrip().endswith("reload: reading " + str(restored.config)),
         5, "it has been read empty")
    restored.write(config(201))
    reload.join()
    assert restored.instance("web")["priority"]["base"] == 201


def main_runs(director):
    return any(b"--role=main" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
               for pid in director.host.pids(director.program))


def test_file_that_is_edited_while_the_daemon_starts_issue_8_1(lab):
    """The starter has read it, and waits for the reader of its output; main is to read it again."""
    many = "".join(service(port, "10.9.0.9 8001") for port in range(8101, 8141))
    one = Director(lab.host("one", "10.9.0.1/16"), config() + many, "--dump-conf")
    dump = one.directory / "dump"
    os.mkfifo(dump)
    output = os.open(dump, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, 4096)
    plain = one.command
    one.command = lambda: ["sh", "-c", f'exec "$@" > {dump}', "sh", *plain()]
    one.start(ready=False)
    wait(lambda: select.select([output], [], [], 0)[0], 10, "the starter has read it")
    begun, number = None, 0
    while begun is None or time.monotonic() - begun < 1:
        number += 1
        one.write(f"# {number}\n")
        with contextlib.suppress(BlockingIOError):
            while os.read(output, 65536):
                pass
        time.sleep(0.02)
        if begun is None and main_runs(one):
            begun = time.monotonic()
    one.write(config())
    wait(one._ready, 10, "it answers")
    one.wait_state("web", "active")
    os.close(output)


def doubtful():
    yield "empty", "", "there is not a single statement"
    yield "remark", "# nothing\n", "there is not a single statement"
    yield "cut", SERVICE, "all instances (1) would be removed"
    yield "no-services", instance("web", 71, 200, f"{VIP}/16"), "all services (1) would be removed"
    yield "global", "global_defs { router_id x }\n", "all services (1) would be removed"


@pytest.mark.parametrize("text,reason", [pytest.param(text, reason, id=name)
                                         for name, text, reason in doubtful()])
def test_reload_that_is_hardly_meant_has_to_be_forced_issue_8_1(restored, text, reason):
    before = restored.status()["config"]
    restored.write(text)
    planned = restored.vdctl("plan", check=False).stdout
    assert "a reload would refuse this unless it is forced" in planned and reason in planned
    refused = restored.vdctl("reload", check=False)
    assert refused.returncode == 1
    assert reason in refused.stderr and "--force" in refused.stderr
    status = restored.status()
    assert status["config"] == before and reason in status["reload"]["errors"][-1]
    logged = restored.log_text().count("vdctl reload --force")
    restored.reload()
    wait(lambda: restored.log_text().count("vdctl reload --force") == logged + 1, 5,
         "a signal is never forced, and refused with one line")
    assert restored.status()["config"] == before
    assert restored.vdctl("reload", "--force").returncode == 0
    assert restored.status()["config"]["generation"] == before["generation"] + 1


def test_include_that_finds_nothing_any_more_issue_8_1(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), "include parts/*.conf\ninclude more/*.conf\n")
    parts = one.directory / "parts"
    parts.mkdir()
    (parts / "web.conf").write_text(config())
    (parts / "other.conf").write_text("global_defs { router_id x }\n")
    one.start()
    one.wait_state("web", "active")
    assert "no file matches" in one.log_text(), "at start an empty pattern is a warning"
    one.write("include parts/*.conf\ninclude more/*.conf\n" + config())
    for path in list(parts.iterdir()):
        path.unlink()
    os.kill(one.status()["pid"], 9)  # the next main knows, too
    wait(lambda: "resumes" in one.log_text(), 5, "main is back")
    wait(lambda: one.vdctl("status", check=False).returncode == 0, 5, "main answers")
    refused = one.vdctl("reload", check=False)
    assert refused.returncode == 1
    assert "parts/*.conf' was there to be included before and is not now" in refused.stderr
    assert one.status()["config"]["generation"] == 1
    assert one.vdctl("reload", "--force").returncode == 0
    assert one.vdctl("reload").returncode == 0, "it has been told"


def test_include_that_found_what_changes_nothing_is_remembered_issue_8_32(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), "include parts/*.conf\n" + config())
    part = one.directory / "parts/remark.conf"
    part.parent.mkdir()
    one.start()
    one.wait_log("workers run configuration generation 1")
    part.write_text("# nothing\n")
    assert "nothing has changed" in one.vdctl("reload").stdout
    part.unlink()
    refused = one.vdctl("reload", check=False)
    assert refused.returncode == 1
    assert "parts/*.conf' was there to be included before and is not now" in refused.stderr


def test_force_counts_for_a_reload_that_has_to_wait_issue_8_32(restored):
    check = restored.role("check.0")["pid"]
    before = len(restored.log_text())

    def reload(*more):
        return restored.host.spawn(BUILD / "vdctl", "--runtime-dir", restored.runtime, "reload",
                                   *more, log=restored.directory / f"reload{len(more)}")
    os.kill(check, signal.SIGSTOP)  # it confirms nothing
    try:
        restored.write(config(201))
        first = reload()
        wait(lambda: "priority 200 → 201" in restored.log_text()[before:], 5, "the first is read")
        restored.write(SERVICE)
        second = reload("--force")
        time.sleep(0.5)
        assert second.poll() is None
    finally:
        os.kill(check, signal.SIGCONT)
    assert [first.wait(30 * SLOW), second.wait(30 * SLOW)] == [0, 0]
    assert restored.log_text()[before:].count("reload: reading") == 2
    assert restored.status()["instances"] == []


def test_plain_include_that_finds_nothing_is_an_error_issue_8_1(restored):
    restored.write(config() + "include none.conf\n")
    refused = restored.vdctl("reload", "--force", check=False)
    assert refused.returncode == 1 and "error: no file matches" in refused.stderr


@pytest.mark.parametrize("text", ["", "# nothing\n", "global_defs { router_id x }\n"])
def test_check_does_not_praise_a_file_with_nothing_to_do_issue_8_1(lab, text):
    one = Director(lab.host("one"), text)
    done = one.host.run(one.program, "-t", "-W", "-f", one.config, check=False)
    assert done.returncode == 1 and "nothing to do" in done.stderr
    assert "valid" not in done.stdout
    assert one.host.run(one.program, "-t", "-f", one.config).returncode == 0
