"""Each process dies, or freezes, in turn: it is back within its bound, and nobody notices.

A peer watches the adverts, and a client pings a virtual address all the time: no ping is lost and
no role changes, through all tests of this file.
"""

import os
import signal
import time

import pytest

from lab import Director, Lab, Pinger, wait
from lab.config import instance, service
from lab.responder import Responder, http

VIP = "10.9.61.1"
NAMES = ["first", "second", "third"]
DOWN_INTERVAL = 4  # of the peer, rounded up
ROLES = ["main", "keeper", "vrrp", "net", "ipvs", "check.0", "check.1"]
HEARTBEAT_LIMITS = {"vrrp": 1.5, "net": 1.5, "ipvs": 4, "check.0": 4, "check.1": 4}
PORTS = [8001, 8002, 8003, 8004]


def config(priority):
    text = "global_defs { check_workers 2 }\n"
    text += "".join(instance(name, vrid, priority, advert_int=1)
                    for vrid, name in enumerate(NAMES, start=61))
    page = "HTTP_GET { url { path / }\nconnect_timeout 1 }"
    return text + "".join(service(port, f"10.9.0.3 {port}", "10.9.0.3 9", check=page,
                                  more="delay_before_retry 0") for port in PORTS)


class Watched:
    def __init__(self, lab):
        self.lab = lab
        self.one = Director(lab.host("one", "10.9.0.1/16"), config(200))
        self.two = Director(lab.host("two", "10.9.0.2/16"), config(100))
        client = lab.host("client", "10.9.0.3/16")
        self.servers = [Responder(client, port, http(200)).start() for port in PORTS]
        self.one.start()
        self.two.start()
        for name in NAMES:
            self.one.wait_state(name, "active")
        self.one.wait_status(
            lambda status: self.verdicts(status) == ["up", "down"] * len(PORTS), 10,
            "all servers are checked")
        time.sleep(0.5)
        self.before = self.facts()
        self.pinger = Pinger(client, VIP, 0.02).start()

    @staticmethod
    def verdicts(status):
        return [server["state"] for one in status["services"] for server in one["servers"]]

    def facts(self):
        """What no death may change: roles, since when, how often, and the verdicts."""
        found = []
        for director in (self.one, self.two):
            status = director.status()
            found.append({entry["name"]: (entry["state"], entry["since"],
                                          entry["counters"]["became_active"])
                          for entry in status["instances"]})
            found.append([(server["state"], server["since"])
                          for one in status["services"] for server in one["servers"]])
        return found

    def roles(self):
        return {role["name"]: role for role in self.one.status()["roles"]}


@pytest.fixture(scope="module")
def watched():
    with Lab() as lab:
        yield Watched(lab)


def hit(watched, names, number, limit):
    """Sends a signal to these processes and waits until all have been replaced."""
    before = watched.roles()
    for name in names:
        os.kill(before[name]["pid"], number)

    def replaced(status):
        found = {role["name"]: role for role in status["roles"]}
        return all(found[name]["pid"] not in (None, before[name]["pid"])
                   and found[name]["state"] == "running" for name in names)
    watched.one.wait_status(replaced, limit, f"{names} are back within {limit} s")
    after = watched.roles()
    for name, role in after.items():
        assert role["restarts"] == before[name]["restarts"] + (name in names), name
        assert (role["pid"] == before[name]["pid"]) == (name not in names), name
    assert watched.facts() == watched.before


@pytest.mark.parametrize("name", ROLES)
def test_killed_process_is_back_within_a_second(watched, name):
    hit(watched, [name], signal.SIGKILL, 1.0)


def test_all_workers_killed_at_once_are_back_within_a_second(watched):
    hit(watched, ["vrrp", "net", "ipvs", "check.0", "check.1"], signal.SIGKILL, 1.0)


def test_frozen_vrrp_is_replaced_before_its_peers_give_it_up(watched):
    """hit() asks the peer, too: its role is what it was."""
    hit(watched, ["vrrp"], signal.SIGSTOP, HEARTBEAT_LIMITS["vrrp"] + 1)


def test_other_frozen_workers_are_replaced(watched):
    hit(watched, ["net", "ipvs", "check.0", "check.1"], signal.SIGSTOP, HEARTBEAT_LIMITS["ipvs"] + 1.5)


@pytest.mark.parametrize("name", ["main", "keeper"])
def test_frozen_supervisor_stops_nothing(watched, name):
    pid = watched.roles()[name]["pid"]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(DOWN_INTERVAL)
    os.kill(pid, signal.SIGCONT)
    wait(lambda: watched.one.vdctl("status", check=False).returncode == 0, 5, "it answers again")
    assert watched.facts() == watched.before


def test_replaced_processes_still_do_their_work(watched):
    """A verdict goes all the way, and so does a request to vrrp and a reload."""
    watched.servers[0].answer = http(500)
    watched.one.wait_status(lambda status: watched.verdicts(status)[0] == "down", 5, "noticed")
    watched.servers[0].answer = http(200)
    watched.one.wait_status(lambda status: watched.verdicts(status)[0] == "up", 5, "noticed")
    generation = watched.one.status()["config"]["generation"]
    watched.one.write(config(201))
    watched.one.vdctl("reload")
    assert watched.one.status()["config"]["generation"] == generation + 1
    assert watched.facts()[0] == watched.before[0]


def test_nobody_noticed(watched):
    time.sleep(DOWN_INTERVAL)
    watched.pinger.wait_answers(20).stop()
    assert watched.facts()[0] == watched.before[0]
    assert watched.facts()[2] == watched.before[2]
    assert watched.pinger.lost() == []
    status = watched.two.status()
    refused = {name: value for entry in status["instances"]
               for name, value in entry["counters"].items() if name.startswith("bad_") and value}
    assert refused == {}


def test_orderly_end_is_still_possible(watched):
    watched.two.stop()
    pids = watched.one.host.pids(watched.one.program)
    assert len(pids) == len(ROLES)
    os.kill(watched.roles()["keeper"]["pid"], signal.SIGTERM)
    wait(lambda: not watched.one.host.pids(watched.one.program), 10, "all its processes end")
    assert not watched.one.host.has(VIP)
