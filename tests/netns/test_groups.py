"""Sync groups: one election, one role, whatever happens on one of the links.

Two directors with two links each: the group's members run on one link each.  Nobody may ever see
two roles in the group, so a watcher reads the states of both members at once, all the time.
"""

import re
import threading
import time

import pytest

from lab import Director, Keepalived, Lab, SLOW, wait
from lab.config import instance

INTERVAL = 0.2
SLACK = 0.6 * SLOW


def group(*members, name="G", more=""):
    return f"vrrp_sync_group {name} {{\n group {{\n {' '.join(members)}\n }}\n {more}\n}}\n"


def members(priority, other=None, version=3, interval=INTERVAL):
    """V1 on eth1 and V2 on eth2; `other` is the priority of V2 where that differs."""
    return (instance("V1", 51, priority, version=version, advert_int=interval)
            + instance("V2", 52, other or priority, interface="eth2", version=version,
                       advert_int=interval))


def down_interval(priority):
    return (3 + (256 - priority) / 256) * INTERVAL


class Watcher:
    """Both members' states in one answer of the daemon, over and over."""

    def __init__(self, director):
        self.director, self.seen, self.mixed, self.going = director, [], [], True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while self.going:
            if not self.director.running():
                time.sleep(0.05)
                continue
            try:
                status = self.director.status()
            except AssertionError:
                continue
            states = [entry["state"] for entry in status["instances"]
                      if entry["sync_group"] == "G"]
            if len(set(states)) > 1:
                self.mixed.append(states)
            if states and self.seen[-1:] != states[:1]:
                self.seen.append(states[0])

    def stop(self):
        self.going = False
        self.thread.join()


class Pair:
    def __init__(self, lab, one, two, kind=Director):
        self.lab = lab
        self.hosts = [lab.host("one", "10.9.0.1/16"), lab.host("two", "10.9.0.2/16")]
        self.ports = [host.link("eth2", f"10.10.0.{number}/16")
                      for number, host in enumerate(self.hosts, start=1)]
        self.one = Director(self.hosts[0], one)
        self.two = kind(self.hosts[1], two)

    def owns(self, number):
        """Which of the two virtual addresses the host has."""
        host = self.hosts[number]
        return (host.has("10.9.51.1", "eth1"), host.has("10.9.52.1", "eth2"))

    def wait_owner(self, number, timeout=10):
        wait(lambda: self.owns(number) == (True, True)
             and self.owns(1 - number) == (False, False), timeout,
             f"host {number} alone has both addresses: {self.owns(0)}, {self.owns(1)}")

    def cut(self, number):
        """The second link of a host loses its carrier."""
        self.lab.ip(self.lab.bridge.netns, f"link set {self.ports[number]} down")

    def plug(self, number):
        self.lab.ip(self.lab.bridge.netns, f"link set {self.ports[number]} up")


@pytest.fixture(scope="module")
def pair():
    with Lab() as lab:
        made = Pair(lab, members(150) + group("V1", "V2"), members(100) + group("V1", "V2"))
        made.one.start()
        made.two.start()
        made.wait_owner(0)
        made.watchers = [Watcher(made.one), Watcher(made.two)]
        yield made
        for watcher in made.watchers:
            watcher.stop()


def test_the_status_tells_of_the_group(pair):
    status = pair.one.status()
    assert [entry["sync_group"] for entry in status["instances"]] == ["G", "G"]
    (found,) = status["sync_groups"]
    assert found["name"] == "G" and found["state"] == "active"
    assert found["members"] == ["V1", "V2"]
    assert {reason["instance"] for reason in found["reasons"]} == {"V1", "V2"}
    assert re.search(r"^G +active ", pair.one.vdctl("status").stdout, re.MULTILINE)


def test_a_fault_of_one_member_moves_the_whole_group(pair):
    pair.cut(0)
    pair.one.wait_state("V1", "fault", 3)
    pair.wait_owner(1, down_interval(100) + 3)
    (found,) = pair.one.status()["sync_groups"]
    assert found["state"] == "fault"
    assert [reason["instance"] for reason in found["reasons"]] == ["V2"]
    reasons = {reason["reason"]: reason["text"] for reason in pair.one.instance("V1")["reasons"]}
    assert "V2" in reasons["group"] and "eth2" in reasons["group"]


def test_the_group_returns_when_its_last_fault_is_over(pair):
    pair.plug(0)
    pair.wait_owner(0, down_interval(150) + 5)


def test_one_link_cut_between_the_two_moves_nothing(pair):
    """The second link does not carry adverts any more, but nobody sees its carrier go."""
    pair.lab.bridge_state(pair.ports[0], "disabled")
    time.sleep(2 * down_interval(100))
    assert pair.owns(0) == (True, True) and pair.owns(1) == (False, False)
    reasons = {reason["reason"]: reason["text"] for reason in pair.two.instance("V2")["reasons"]}
    assert re.search(r"V1 hears 10\.9\.0\.1 with priority 150", reasons["group"])
    pair.lab.bridge_state(pair.ports[0], "forwarding")


def test_standby_and_takeover_are_of_the_whole_group(pair):
    pair.one.vdctl("standby", "G")
    pair.wait_owner(1)
    pair.one.vdctl("takeover", "V1")
    pair.wait_owner(0)


def test_a_killed_vrrp_process_takes_the_role_of_its_group_up(pair):
    entry = pair.one.role("vrrp")
    before = pair.two.log_text().count("backup → active")
    pair.hosts[0].run("kill", "-9", entry["pid"])
    wait(lambda: pair.one.role("vrrp")["pid"] not in (None, 0, entry["pid"]), 5, "a new vrrp")
    time.sleep(2 * down_interval(100))
    pair.wait_owner(0)
    assert pair.two.log_text().count("backup → active") == before


def test_nobody_has_ever_seen_two_roles(pair):
    for watcher in pair.watchers:
        watcher.stop()
        assert watcher.mixed == []
    assert {"active", "fault"} <= set(pair.watchers[0].seen)


def test_sigterm_hands_the_whole_group_over(pair):
    pair.one.stop()
    assert pair.owns(1) == (True, True)


# ---- a director alone: reloads, scripts, startup delay ----

RECORDER = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "$(dirname "$0")/record"
"""


class Alone:
    def __init__(self, lab):
        self.host = lab.host("alone", "10.9.0.1/16")
        self.port = self.host.link("eth2", "10.10.0.1/16")
        self.scripts = self.host.directory / "scripts"
        self.scripts.mkdir(mode=0o755)
        (self.scripts / "recorder").write_text(RECORDER, encoding="ascii")
        (self.scripts / "recorder").chmod(0o755)
        self.director = Director(self.host, members(100)).start()
        for name in ("V1", "V2"):
            self.director.wait_state(name, "active")

    def reload(self, config):
        self.director.write(config)
        self.director.vdctl("reload")

    def counts(self):
        """How often each instance became Active."""
        return {entry["name"]: entry["counters"]["became_active"]
                for entry in self.director.status()["instances"]}

    def record(self):
        path = self.scripts / "record"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def alone():
    with Lab() as lab:
        yield Alone(lab)


def test_a_reload_groups_active_instances_without_a_change(alone):
    alone.reload(members(100) + group("V1", "V2"))
    assert alone.counts() == {"V1": 1, "V2": 1}
    assert alone.director.status()["sync_groups"][0]["state"] == "active"


def test_an_instance_that_a_reload_adds_listens_and_then_serves_with_its_group(alone):
    config = members(100) + instance("V3", 53, 100, advert_int=INTERVAL)
    alone.reload(config + group("V1", "V2", "V3"))
    assert alone.director.state("V3") == "active"
    assert not alone.host.has("10.9.53.1")
    wait(lambda: alone.host.has("10.9.53.1"), down_interval(100) + 3, "V3 serves")
    assert alone.counts() == {"V1": 1, "V2": 1, "V3": 1}


def test_scripts_run_for_the_members_and_then_for_the_group(alone):
    script = f"notify {alone.scripts}/recorder\n notify_fault \"{alone.scripts}/recorder bad\""
    one, two = (instance(f"V{number}", 50 + number, 100, advert_int=INTERVAL,
                         interface=f"eth{number}", more=f"notify {alone.scripts}/recorder")
                for number in (1, 2))
    alone.reload("global_defs { script_user root }\n" + one + two
                 + group("V1", "V2", more=script))
    assert alone.counts() == {"V1": 1, "V2": 1}
    alone.host.lab.ip(alone.host.lab.bridge.netns, f"link set {alone.port} down")
    expected = {"recorder INSTANCE V1 FAULT 100", "recorder INSTANCE V2 FAULT 100",
                "recorder bad", "recorder GROUP G FAULT 0"}
    wait(lambda: expected <= set(alone.record()), 5, f"all scripts: {alone.record()}")
    lines = alone.record()
    assert lines.index("recorder bad") < lines.index("recorder GROUP G FAULT 0")


def test_a_member_that_leaves_is_not_in_its_groups_fault_any_more(alone):
    alone.reload(members(100))
    alone.director.wait_state("V1", "active", down_interval(100) + 3)
    assert alone.director.state("V2") == "fault"
    alone.host.lab.ip(alone.host.lab.bridge.netns, f"link set {alone.port} up")
    alone.director.wait_state("V2", "active", down_interval(100) + 3)


def test_active_and_backup_become_one_role_by_reload(alone):
    """V1 is Active, V2 in fault: together they are in fault."""
    alone.host.lab.ip(alone.host.lab.bridge.netns, f"link set {alone.port} down")
    alone.director.wait_state("V2", "fault")
    alone.reload(members(100) + group("V1", "V2"))
    alone.director.wait_state("V1", "fault", 3)
    assert not alone.host.has("10.9.51.1")
    alone.host.lab.ip(alone.host.lab.bridge.netns, f"link set {alone.port} up")
    alone.director.wait_state("V1", "active", down_interval(100) + 3)


def test_startup_delay_listens_and_says_how_long():
    delay = 5
    with Lab() as lab:
        host = lab.host("one", "10.9.0.1/16")
        director = Director(host, f"global_defs {{ vrrp_startup_delay {delay} }}\n"
                            + instance("V1", 51, 255) + instance("V2", 52, 100))
        began = time.monotonic()
        director.start()
        wait(lambda: director.instance("V1")["reasons"], 3, "the configuration is in force")
        reasons = {reason["reason"]: reason["text"]
                   for reason in director.instance("V1")["reasons"]}
        assert re.search(r"[0-9.]+ s are left", reasons["startup_delay"])
        director.vdctl("reload")  # neither that nor a new process ends the delay
        pid = director.role("vrrp")["pid"]
        host.run("kill", "-9", pid)
        wait(lambda: director.role("vrrp")["pid"] not in (None, 0, pid), 5, "a new vrrp")
        director.wait_state("V1", "active", delay + 3)
        assert time.monotonic() - began >= delay - 0.1
        director.wait_state("V2", "active", 2)
        assert "startup_delay" not in {reason["reason"]
                                       for reason in director.instance("V1")["reasons"]}


def test_a_fault_at_the_start_names_the_member_and_what_it_outlasts_is_not_late():
    with Lab() as lab:
        host = lab.host("one", "10.9.0.1/16")
        director = Director(host, "global_defs { vrrp_startup_delay 1 }\n"
                            "vrrp_sync_group G { group { V1 V2 } }\n"
                            + instance("V1", 51, 100)
                            + instance("V2", 52, 100, interface="eth7")).start()
        director.wait_log(r"V1: init → fault: V2 is in fault: eth7 does not exist$")
        time.sleep(2.5)
        host.link("eth7", "10.70.0.1/16")
        director.wait_state("V1", "active", 5)
        assert director.role("vrrp")["lateness_max_us"] < 1_000_000


def test_startup_delay_does_not_fight_with_who_is_there():
    with Lab() as lab:
        two = Director(lab.host("two", "10.9.0.2/16"), instance("V1", 51, 100)).start()
        two.wait_state("V1", "active")
        one = Director(lab.host("one", "10.9.0.1/16"),
                       "global_defs { vrrp_startup_delay 1.5 }\n" + instance("V1", 51, 150))
        began = time.monotonic()
        one.start()
        one.wait_state("V1", "active", 5)
        assert time.monotonic() - began >= 1.4
        two.wait_state("V1", "backup", 2)


# ---- with keepalived on the other side ----

@pytest.mark.parametrize("version", [2, 3])
def test_group_with_keepalived(version):
    interval = 1 if version == 2 else INTERVAL
    with Lab() as lab:
        ours = members(100, version=version, interval=interval) + group("V1", "V2")
        theirs = members(150, version=version, interval=interval) + group("V1", "V2")
        made = Pair(lab, ours, theirs, Keepalived)
        made.one.start()
        made.wait_owner(0)
        watcher = Watcher(made.one)
        made.two.start()  # it is better, and takes both
        made.wait_owner(1, 8 * interval + 5)
        made.cut(1)  # its group is in fault
        made.wait_owner(0, 4 * interval + 5)
        made.plug(1)
        made.wait_owner(1, 8 * interval + 5)
        made.two.stop()
        made.wait_owner(0, 4 * interval + 5)
        if version == 3:  # the reverse, which would take long with version 2
            made.one.write(ours.replace("priority 100", "priority 200"))
            made.one.vdctl("reload")
            made.two.start()
            time.sleep(4 * interval)
            assert made.owns(0) == (True, True) and made.owns(1) == (False, False)
            made.cut(0)
            made.wait_owner(1, 5 * interval + 5)
            made.plug(0)
            made.wait_owner(0, 5 * interval + 5)
            made.one.stop()
            made.wait_owner(1, 5 * interval + 5)
        watcher.stop()
        assert watcher.mixed == []


@pytest.mark.parametrize("kind", [Director, Keepalived])
def test_members_of_different_rank_find_one_owner_after_a_partition(kind):
    """Each of the two is the better one on one link."""
    with Lab() as lab:
        made = Pair(lab, members(150, 100) + group("V1", "V2"),
                    members(100, 150) + group("V1", "V2"), kind)
        made.one.start()
        made.two.start()
        ports = [made.hosts[1].port, made.ports[1]]
        for port in ports:
            lab.bridge_state(port, "disabled")
        wait(lambda: made.owns(0) == made.owns(1) == (True, True), 5, "both are Active")
        for port in ports:
            lab.bridge_state(port, "forwarding")
        wait(lambda: sorted((made.owns(0), made.owns(1))) == [(False, False), (True, True)],
             5 + 2 * down_interval(100), "one of them is the owner")
        owners = made.owns(0)
        time.sleep(2 * down_interval(100))
        assert made.owns(0) == owners and made.owns(1) != owners
