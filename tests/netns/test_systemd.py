"""The service as a real systemd runs it: start, reload, stop, and what follows each death."""

import pathlib
import re
import signal

import pytest

from lab import Director, wait
from lab.config import instance
from lab.netns import BUILD, ROOT
from lab.systemd import Systemd

VIP = "10.9.1.1"
UNIT = "vdirectord.service"


@pytest.fixture
def machine(lab):
    """Systemd with the project's unit, on a configuration that the unit's condition looks for."""
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, instance("web", 1, 200))
    made = Systemd(host)
    text = (ROOT / "doc/vdirectord.service.in").read_text(encoding="utf-8")
    text = re.sub(r"^Condition.*\n|^(Wants|After)=network.*\n", "", text, flags=re.MULTILINE)
    made.unit(UNIT, text.replace("@SBINDIR@", str(BUILD)).replace(
        "[Unit]\n", "[Unit]\nDefaultDependencies=no\n"))
    made.unit(f"{UNIT}.d/lab.conf", f"""[Service]
ExecStart=
ExecStart={BUILD}/vdirectord --foreground -f {director.config} --runtime-dir {director.runtime}
ExecReload=
ExecReload={BUILD}/vdctl --runtime-dir {director.runtime} reload
StandardOutput=append:{director.log}
StandardError=append:{director.log}
""")
    director.runtime.mkdir()
    made.director = director
    made.start()
    return made


def roles(machine):
    return {role["name"]: role["pid"] for role in machine.director.status()["roles"]}


def start(machine):
    machine.systemctl("start", UNIT)
    machine.director.wait_state("web", "active", 20)
    wait(lambda: machine.host.has(VIP), 5, "the address is there")


def processes(machine):
    """How many processes each role has, by its command line."""
    count = {}
    for pid in machine.host.pids(machine.director.program):
        line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        role = next((word for word in line if word.startswith("--role=")), "keeper")
        index = next((word for word in line if word.startswith("--index=")), "")
        count[role + index] = count.get(role + index, 0) + 1
    return count


def assert_one_set_of_roles(machine):
    count = processes(machine)
    assert count and set(count.values()) == {1}, count
    assert {"--role=keeper", "--role=main", "--role=vrrp"} <= set(count)


def test_start_reload_and_stop(machine):
    start(machine)
    machine.director.write(instance("web", 1, 201))
    machine.systemctl("reload", UNIT)
    assert machine.director.instance("web")["priority"]["base"] == 201
    assert_one_set_of_roles(machine)
    machine.systemctl("stop", UNIT)
    assert machine.show(UNIT, "Result") == "success"
    assert not machine.host.pids(machine.director.program)
    assert not machine.host.has(VIP)


def test_a_killed_keeper_is_replaced_and_the_service_adopted_issue_8_9(machine):
    start(machine)
    found = roles(machine)
    assert machine.main_pid(UNIT) == found["keeper"]
    machine.kill(found["keeper"], signal.SIGKILL)
    wait(lambda: machine.main_pid(UNIT) not in (0, found["keeper"]), 5, "another main process")
    status = machine.director.wait_status(
        lambda status: machine.main_pid(UNIT) in [role["pid"] for role in status["roles"]], 5,
        "systemd's main process is the keeper")
    assert status["instances"][0]["counters"]["became_active"] == 1
    assert {**roles(machine), "keeper": 0} == {**found, "keeper": 0}
    assert machine.show(UNIT, "NRestarts") == "0"
    assert machine.systemctl("is-active", UNIT).stdout == "active\n"
    assert_one_set_of_roles(machine)
    machine.systemctl("stop", UNIT)
    assert not machine.host.pids(machine.director.program)
    assert not machine.host.has(VIP)


def test_a_main_that_hangs_is_the_keepers_business_issue_8_9(machine):
    start(machine)
    found = roles(machine)
    machine.kill(found["main"], signal.SIGSTOP)
    status = machine.director.wait_status(lambda status: status["pid"] != found["main"], 45, "a new main")
    assert status["instances"][0]["counters"]["became_active"] == 1
    assert machine.show(UNIT, "NRestarts") == "0"
    assert machine.main_pid(UNIT) == found["keeper"]
    assert_one_set_of_roles(machine)


@pytest.mark.parametrize("left", [False, True], ids=["", "beside a script that hangs"])
def test_when_all_of_it_dies_it_is_started_again_issue_8_9(machine, left):
    script = machine.director.directory / "hang"
    script.write_text("#!/bin/sh\nexec sleep 1000\n", encoding="ascii")
    script.chmod(0o755)
    if left:
        machine.director.write(instance("web", 1, 200, more=f'notify_master "{script}"'))
    start(machine)
    before = set(roles(machine).values())
    machine.director.host.kill_all(machine.director.program)
    machine.director.wait_state("web", "active", 60)
    assert not before & set(roles(machine).values())
    assert machine.main_pid(UNIT) == roles(machine)["keeper"]
    assert_one_set_of_roles(machine)


def test_a_stopped_keeper_is_replaced_and_the_service_adopted_issue_8_13(machine):
    start(machine)
    found = roles(machine)
    machine.kill(found["keeper"], signal.SIGSTOP)
    wait(lambda: machine.main_pid(UNIT) not in (0, found["keeper"]), 25, "another main process")
    status = machine.director.wait_status(
        lambda status: machine.main_pid(UNIT) in [role["pid"] for role in status["roles"]], 5,
        "systemd's main process is the keeper")
    assert status["instances"][0]["counters"]["became_active"] == 1
    assert {**roles(machine), "keeper": 0} == {**found, "keeper": 0}
    assert machine.show(UNIT, "NRestarts") == "0"
    assert_one_set_of_roles(machine)
