"""Notify scripts: which ones run, in which order, with what, and as whom."""

import os
import re
import signal

import pytest

from lab import Director, Lab, wait
from lab.config import instance

RECORDER = """\
#!/bin/sh
echo "$(basename "$0") $* user=$(id -un)" >> "$(dirname "$0")/record"
"""
SLOW_RECORDER = """\
#!/bin/sh
echo "begin $*" >> "$(dirname "$0")/slow-record"
sleep 0.7
echo "end $*" >> "$(dirname "$0")/slow-record"
"""


class Notified:
    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16")
        self.scripts = self.host.directory / "scripts"
        self.scripts.mkdir(mode=0o755)
        for name, text in (("recorder", RECORDER), ("specific", RECORDER), ("slow", SLOW_RECORDER),
                           ("plain", RECORDER.split("\n", 1)[1])):
            path = self.scripts / name
            path.write_text(text, encoding="ascii")
            path.chmod(0o755)
        for name in ("record", "slow-record"):
            (self.scripts / name).touch()
            (self.scripts / name).chmod(0o666)
        self.director = Director(self.host, self.config()).start()

    def config(self):
        at = self.scripts
        both = f"""
    notify_master "{at}/specific to master"
    notify_backup "{at}/specific to backup"
    notify_fault "{at}/specific to fault"
    notify_stop "{at}/specific to stop"
    notify {at}/recorder"""
        return ("global_defs { script_user root }\n"
                + instance("both", 41, 110, more=both)
                + instance("own", 42, 120,
                           more=f'notify "{at}/recorder \'two words\' ; touch {at}/touched" nobody')
                + instance("shell", 43, 130, more=f'notify_master "{at}/plain x"')
                + instance("slow", 44, 140, more=f"notify {at}/slow")
                + instance("missing", 45, 150, more=f"notify {at}/missing"))

    def lines(self, name="record"):
        return (self.scripts / name).read_text(encoding="utf-8").splitlines()

    def wait_line(self, pattern, count=1):
        wait(lambda: len([line for line in self.lines() if re.search(pattern, line)]) >= count, 5,
             f"{count} lines {pattern!r}: {self.lines()}")


@pytest.fixture(scope="module")
def notified():
    with Lab() as lab:
        yield Notified(lab)


def both_lines(state):
    word = state.lower()
    return [f"specific to {word} user=root", f"recorder INSTANCE both {state} 110 user=root"]


def of(lines, *starts):
    return [line for line in lines if line.startswith(starts)]


def test_specific_script_runs_before_the_general_one_at_each_change(notified):
    starts = ("specific", "recorder INSTANCE both")
    notified.director.wait_state("both", "active")
    notified.wait_line("INSTANCE both MASTER")
    assert of(notified.lines(), *starts) == both_lines("BACKUP") + both_lines("MASTER")
    notified.host.link_down()
    notified.wait_line("INSTANCE both FAULT")
    assert of(notified.lines(), *starts)[4:] == both_lines("FAULT")
    notified.host.link_up()
    notified.wait_line("INSTANCE both MASTER", 2)
    assert of(notified.lines(), *starts)[6:] == both_lines("BACKUP") + both_lines("MASTER")


def test_own_arguments_come_first_and_no_shell_reads_them(notified):
    at = notified.scripts
    notified.wait_line("INSTANCE own MASTER")
    expected = (f"recorder two words ; touch {at}/touched INSTANCE own {{}} 120 user=nobody")
    found = [line for line in notified.lines() if "INSTANCE own" in line]
    assert found[:2] == [expected.format("BACKUP"), expected.format("MASTER")]
    assert not (at / "touched").exists()


def test_script_without_an_interpreter_line_runs(notified):
    notified.wait_line(r"^plain x user=root$")


def test_slow_script_keeps_the_order(notified):
    wait(lambda: len(notified.lines("slow-record")) >= 4, 6, "both have run")
    assert notified.lines("slow-record")[:4] == [
        f"{when} INSTANCE slow {state} 140" for state in ("BACKUP", "MASTER")
        for when in ("begin", "end")]


def test_missing_script_is_named_in_the_log_and_changes_nothing_else(notified):
    notified.director.wait_state("missing", "active")
    notified.director.wait_log(r"warning main: .*/scripts/missing .*No such file")


def test_stop_runs_the_stop_scripts_before_the_daemon_ends(notified):
    notified.director.wait_state("both", "active")
    wait(lambda: notified.lines("slow-record").count("end INSTANCE slow MASTER 140") == 2, 10,
         "the slow ones have caught up")
    assert notified.director.stop() == 0
    lines = notified.lines()
    assert of(lines, "specific", "recorder INSTANCE both")[-2:] == both_lines("STOP")
    assert notified.lines("slow-record")[-1] == "end INSTANCE slow STOP 140"


def test_death_of_main_loses_no_script_and_keeps_the_order(lab):
    """The script for BACKUP runs and the one for MASTER waits when main dies."""
    host = lab.host("director", "10.9.0.1/16")
    script, record = host.directory / "slow", host.directory / "slow-record"
    held = host.directory / "held"
    held.touch()
    script.write_text(SLOW_RECORDER.replace("sleep 0.7", f"while [ -e {held} ]; do sleep 0.1; done"),
                      encoding="ascii")
    script.chmod(0o755)
    director = Director(host, "global_defs { script_user root }\n"
                        + instance("slow", 44, 140, more=f"notify {script}")).start()
    director.wait_state("slow", "active")
    assert record.read_text(encoding="utf-8") == "begin INSTANCE slow BACKUP 140\n"
    os.kill(director.role("main")["pid"], signal.SIGKILL)
    director.wait_log("vdirectord .* resumes")
    held.unlink()
    wait(lambda: len(record.read_text(encoding="utf-8").splitlines()) >= 4, 10, "both have run")
    assert record.read_text(encoding="utf-8").splitlines() == [
        f"{when} INSTANCE slow {state} 140" for state in ("BACKUP", "MASTER")
        for when in ("begin", "end")]
    director.stop()
