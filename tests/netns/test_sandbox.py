"""What each process may do, as the kernel says; and that reloads leave nothing behind."""

import os
import re
import time

import pytest

from lab import Director, Lab, wait
from lab.config import instance, service
from lab.responder import Responder, http

NET_ADMIN, NET_RAW = 1 << 12, 1 << 13
RELOADS = 50
CONFIG = ("global_defs { check_workers 2 }\n"
          + "".join(instance(f"VI_{vrid}", vrid, 100) for vrid in range(51, 61))
          + "".join(service(port, "10.9.0.3 8001", "10.9.0.3 9",
                            check="HTTP_GET { url { path /\nregex ok }\nconnect_timeout 1 }")
                    for port in range(8001, 8021)))


class Confined:
    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16")
        Responder(lab.host("servers", "10.9.0.3/16"), 8001, http(200, "ok")).start()
        self.director = Director(self.host, CONFIG).start()
        self.director.wait_state("VI_51", "active")

    def pids(self):
        return {role["name"]: role["pid"] for role in self.director.status()["roles"]}


@pytest.fixture(scope="module")
def confined():
    with Lab() as lab:
        yield Confined(lab)


def proc(pid, name):
    """A line of /proc/PID/status, as words."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return re.search(rf"^{name}:[ \t]*(.*)$", file.read(), re.MULTILINE)[1].split()


def capabilities(pid):
    return {name: int(proc(pid, name)[0], 16)
            for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}


@pytest.mark.parametrize("role", ["vrrp", "check.0", "check.1"])
def test_who_talks_to_strangers_may_do_nothing(confined, role):
    pid = confined.pids()[role]
    if role != "vrrp":
        assert set(capabilities(pid).values()) == {0}
    assert proc(pid, "NoNewPrivs") == ["1"]
    assert proc(pid, "Seccomp") == ["2"]
    assert "0" not in proc(pid, "Uid") + proc(pid, "Gid")
    assert proc(pid, "Groups") == []


@pytest.mark.parametrize("role, allowed", [("vrrp", NET_RAW), ("net", NET_ADMIN | NET_RAW),
                                           ("ipvs", NET_ADMIN)])
def test_worker_has_just_its_capabilities(confined, role, allowed):
    pid = confined.pids()[role]
    assert capabilities(pid) == {"CapInh": 0, "CapPrm": allowed, "CapEff": allowed,
                                 "CapBnd": allowed, "CapAmb": 0}
    assert proc(pid, "NoNewPrivs") == ["1"]


def test_workers_are_children_of_main_and_no_process_is_left_over(confined):
    pids = confined.pids()
    assert sorted(pids.values()) == sorted(confined.host.pids(confined.director.program))
    for role in ("vrrp", "net", "ipvs", "check.0", "check.1"):
        assert int(proc(pids[role], "PPid")[0]) == pids["main"]


def descriptors(pids):
    return {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in pids.items()}


def resident(pids):
    """KiB of its own (RssAnon, and shared memory that it has touched)."""
    return {name: int(proc(pid, "RssAnon")[0]) + int(proc(pid, "RssShmem")[0])
            for name, pid in pids.items()}


def settled_descriptors(confined, pids):
    """Check workers have sockets now and then: the fewest of some looks."""
    looks = []
    for _ in range(10):
        looks.append(descriptors(pids))
        time.sleep(0.05)
    return {name: min(look[name] for look in looks) for name in pids}


def test_reloads_leak_neither_descriptors_nor_memory(confined):
    director, pids = confined.director, confined.pids()

    def reload(number):
        more = instance(f"more{number}", 100 + number % 3, 50) + service(
            9000 + number % 5, "10.9.0.3 8001")
        director.write(CONFIG + more)
        director.vdctl("reload")
    for number in range(10):  # what is allocated once is allocated now
        reload(number)
    director.wait_status(lambda status: {one["state"] for one in status["instances"]} == {"active"},
                         10, "what an Active router opens is open")
    wait(lambda: director.status()["reload"]["ok"], 5, "reloaded")
    before, memory = settled_descriptors(confined, pids), resident(pids)
    for number in range(RELOADS):
        reload(number)
    director.wait_status(lambda status: {one["state"] for one in status["instances"]} == {"active"},
                         10, "all are Active again")
    wait(lambda: settled_descriptors(confined, pids) == before, 5, "no more descriptors")
    assert confined.pids() == pids
    grown = {name: kib - memory[name] for name, kib in resident(pids).items()}
    assert max(grown.values()) < 512, f"KiB in {RELOADS} reloads: {grown}"


def test_commands_and_clients_leak_nothing(confined):
    pids = confined.pids()
    before = settled_descriptors(confined, pids)
    for _ in range(30):
        confined.director.vdctl("status", "--json")
        confined.director.vdctl("dance", check=False)
    assert settled_descriptors(confined, pids) == before
