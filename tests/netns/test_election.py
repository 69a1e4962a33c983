"""Two directors: who is elected, what the owner holds, who takes over when, and who comes back.

One pair runs all instances; the second director starts first, so that each instance shows what
the first one's arrival does to it.  The tests follow that pair through a partition, a hand-over
and a death, and run in the order of the file.
"""

import time
from datetime import datetime

import pytest

from lab import AddressMonitor, Capture, Director, Lab, Pinger, SLOW, wait
from lab.config import instance

# Time beyond what the protocol allows, for this machine to be slow in.
SLACK = 0.6 * SLOW

ADVERT = {"prio3": 0.2, "prio2": 1, "equal3": 0.2, "equal2": 1, "nopreempt": 0.2, "delay": 0.2}
ONE = {"prio3": 200, "prio2": 200, "equal3": 150, "equal2": 150, "nopreempt": 200, "delay": 200}
TWO = {"prio3": 100, "prio2": 100, "equal3": 150, "equal2": 150, "nopreempt": 100, "delay": 100}
VRID = {name: number for number, name in enumerate(ADVERT, start=31)}
VERSION = {name: 2 if name.endswith("2") else 3 for name in ADVERT}
MORE = {"nopreempt": "nopreempt", "delay": "preempt_delay 3"}
DELAY = 3
ADDRESS = {name: f"10.9.{VRID[name]}.1" for name in ADVERT}
VIP = "10.9.0.100"


def config(priorities):
    more_addresses = {"prio3": (f"{VIP}/16 label eth1:vip brd +",
                                "10.8.0.1/24 scope link", "10.8.1.1/32 dev lo scope host")}
    return "".join(instance(name, VRID[name], priorities[name], f"{ADDRESS[name]}/32",
                            *more_addresses.get(name, ()), version=VERSION[name],
                            advert_int=ADVERT[name], more=MORE.get(name, ""))
                   for name in ADVERT)


def down_interval(name, priority):
    """Active_Down_Interval in seconds (RFC 9568 6.1; RFC 3768 6.1 for version 2)."""
    return 3 * ADVERT[name] + skew(name, priority)


def skew(name, priority):
    return (256 - priority) / 256 * (1 if VERSION[name] == 2 else ADVERT[name])


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Pair:
    def __init__(self, lab):
        self.lab = lab
        self.one = Director(lab.host("one", "10.9.0.1/16"), config(ONE))
        self.two = Director(lab.host("two", "10.9.0.2/16"), config(TWO))
        self.client = lab.host("client", "10.9.0.3/16")

    def states(self):
        """{instance: "active" on one and "backup" on two: "one"; the reverse: "two"; or both}."""
        one, two = ({entry["name"]: entry["state"] for entry in director.status()["instances"]}
                    for director in (self.one, self.two))
        names = {("active", "backup"): "one", ("backup", "active"): "two"}
        return {name: names.get((one[name], two[name]), (one[name], two[name])) for name in one}

    def wait_owners(self, timeout=10, **owners):
        wait(lambda: owners.items() <= self.states().items(), timeout,
             f"the owners are {owners}\n{self.states()}")


@pytest.fixture(scope="module")
def pair():
    with Lab() as lab:
        made = Pair(lab)
        made.two.start()
        for name in ADVERT:
            made.two.wait_state(name, "active")
        made.one.start()
        yield made


def vrid_of(data):
    """Of an advert over IPv4 in an Ethernet frame; None for other frames."""
    if data[12:14] != b"\x08\x00" or data[23] != 112:
        return None
    return data[14 + (data[14] & 15) * 4 + 1]


def counter_errors(director):
    """Counters of refused adverts that are not zero."""
    return {f"{entry['name']}.{name}": value for entry in director.status()["instances"]
            for name, value in entry["counters"].items() if name.startswith("bad_") and value}


@pytest.mark.parametrize("name", ["prio3", "prio2"])
def test_higher_priority_becomes_active_and_the_other_backup(pair, name):
    pair.wait_owners(prio2="one", prio3="one")
    started, since = (seconds(pair.one.status()["started"]),
                      seconds(pair.one.instance(name)["since"]))
    assert since - started >= down_interval(name, ONE[name]) - 0.05
    other = seconds(pair.one.instance("prio2" if name == "prio3" else "prio3")["since"])
    # Both listen from the same moment; version 2's interval is five times as long.
    assert (since < other) == (name == "prio3")


def wait_preempted(pair, name):
    """Until the first director would have taken over, if it wanted to."""
    due = seconds(pair.one.status()["started"]) + down_interval(name, ONE[name]) + 0.5
    time.sleep(max(0, due - time.time()))


@pytest.mark.parametrize("name", ["equal3", "equal2"])
def test_equal_priority_leaves_the_active_router_in_place(pair, name):
    wait_preempted(pair, name)
    assert pair.states()[name] == "two"


def test_nopreempt_leaves_a_lower_priority_in_place(pair):
    wait_preempted(pair, "nopreempt")
    assert pair.states()["nopreempt"] == "two"
    reasons = {reason["reason"] for reason in pair.one.instance("nopreempt")["reasons"]}
    assert "nopreempt" in reasons


def test_preempt_delay_is_waited_for(pair):
    pair.wait_owners(delay="one")
    waited = (seconds(pair.one.instance("delay")["since"])
              - seconds(pair.one.status()["started"]))
    assert waited >= DELAY


def test_owner_holds_the_addresses_as_configured(pair):
    pair.wait_owners(prio3="one")
    wait(lambda: pair.one.host.has(VIP), 5, "the owner holds its address")
    held = {entry["local"]: entry for entry in pair.one.host.addresses()}
    on_lo = {entry["local"]: entry for entry in pair.one.host.addresses("lo")}
    first = held[VIP]
    assert (first["prefixlen"], first["label"], first["scope"], first["broadcast"]) == (
        16, "eth1:vip", "global", "10.9.255.255")
    assert (held["10.8.0.1"]["prefixlen"], held["10.8.0.1"]["scope"]) == (24, "link")
    assert "broadcast" not in held["10.8.0.1"]
    assert (on_lo["10.8.1.1"]["prefixlen"], on_lo["10.8.1.1"]["scope"]) == (32, "host")
    assert held[ADDRESS["prio3"]]["prefixlen"] == 32
    shown = {entry["address"]: (entry["interface"], entry["present"])
             for entry in pair.one.instance("prio3")["addresses"]}
    assert shown == {f"{VIP}/16": ("eth1", True), "10.8.0.1/24": ("eth1", True),
                     "10.8.1.1/32": ("lo", True), f"{ADDRESS['prio3']}/32": ("eth1", True)}


def test_backup_holds_no_address(pair):
    pair.wait_owners(prio3="one", prio2="one")
    wait(lambda: not any(pair.two.host.has(address)
                         for address in (VIP, "10.8.0.1", ADDRESS["prio3"], ADDRESS["prio2"])),
         5, "the Backup lets go of its addresses")
    assert not pair.two.host.has("10.8.1.1", "lo")


def test_address_that_somebody_removes_returns(pair):
    pair.wait_owners(prio3="one")
    since = pair.one.instance("prio3")["since"]
    pair.lab.ip(pair.one.host.netns, f"addr del {VIP}/16 dev eth1")
    wait(lambda: pair.one.host.has(VIP), 2, "the address is added again")
    assert pair.one.instance("prio3")["since"] == since


def test_partition_makes_two_owners_and_its_end_one(pair):
    pair.wait_owners(prio3="one", prio2="one", delay="one", equal3="two", equal2="two")
    pair.one.host.mute()
    wait(lambda: set(pair.states().values()) == {("active", "active")}, 8, "both are Active")
    pair.one.host.unmute()
    pair.wait_owners(5, prio3="one", prio2="one", delay="one", nopreempt="one",
                     equal3="two", equal2="two")


def test_operator_hands_over_and_takes_back(pair):
    pair.wait_owners(prio3="one")
    pinger = Pinger(pair.client, VIP, 0.001).start().wait_answers(20)
    pair.one.vdctl("standby", "prio3")
    pair.wait_owners(5, prio3="two")
    assert "standby" in {reason["reason"] for reason in pair.one.instance("prio3")["reasons"]}
    time.sleep(2 * down_interval("prio3", ONE["prio3"]))
    assert pair.states()["prio3"] == "two", "standby lasts"
    pair.one.vdctl("takeover", "prio3")
    pair.wait_owners(5, prio3="one")
    pinger.wait_answers(20).stop()
    assert pinger.lost() == []


def test_stop_hands_over_after_skew_time_and_without_a_gap(pair):
    pair.wait_owners(prio3="one", prio2="one")
    pinger = Pinger(pair.client, VIP, 0.001).start().wait_answers(20)
    capture = Capture(pair.lab).start()
    here, there = AddressMonitor(pair.two.host), AddressMonitor(pair.one.host)
    assert pair.one.stop() == 0
    pair.two.wait_state("prio3", "active")
    pair.two.wait_state("prio2", "active")
    (came, _), (went, _) = here.wait_change(VIP, False), there.wait_change(VIP, True)
    assert came < went, "make before break"
    pinger.wait_answers(20).stop()
    capture.stop()
    here.stop()
    there.stop()
    assert pinger.lost() == []
    from scapy.layers.vrrp import VRRP, VRRPv3
    for name, layer in (("prio3", VRRPv3), ("prio2", VRRP)):
        adverts = [packet for packet in capture.packets(layer) if packet[layer].vrid == VRID[name]]
        zero = next(packet.time for packet in adverts if packet[layer].priority == 0)
        first = next(packet.time for packet in adverts if packet.port == "two")
        assert skew(name, TWO[name]) - 0.01 <= first - zero, name
        assert first - zero < 2 * ADVERT[name] + skew(name, TWO[name]), "not as after a death"
    held = [entry.get("local")
            for entry in pair.one.host.addresses() + pair.one.host.addresses("lo")]
    assert [local for local in held if local.startswith("10.")] == ["10.9.0.1"], "all are removed"


def test_return_after_a_stop_preempts_without_a_gap(pair):
    pinger = Pinger(pair.client, VIP, 0.001).start().wait_answers(20)
    here, there = AddressMonitor(pair.one.host), AddressMonitor(pair.two.host)
    pair.one.start()
    pair.wait_owners(prio3="one", prio2="one", nopreempt="two")
    (came, _), (went, _) = here.wait_change(VIP, False), there.wait_change(VIP, True)
    assert came < went, "make before break"
    pinger.wait_answers(20).stop()
    here.stop()
    there.stop()
    assert pinger.lost() == []


def test_death_of_everything_is_noticed_within_the_down_interval(pair):
    pair.wait_owners(prio3="one", prio2="one", delay="one")
    capture = Capture(pair.lab).start()
    time.sleep(2 * max(ADVERT.values()))
    pair.one.kill()  # first: a director that still lives would see its link go
    pair.one.host.cut()
    names = ("prio3", "prio2", "delay")
    for name in names:
        pair.two.wait_state(name, "active")
    wait(lambda: pair.two.host.has(VIP), 2, "the addresses follow")
    capture.stop()
    for name in names:
        times = {port: [frame.at for frame in capture.frames if frame.port == port
                        and vrid_of(frame.data) == VRID[name]] for port in ("one", "two")}
        silence = times["two"][0] - times["one"][-1]
        bound = down_interval(name, TWO[name])
        assert bound - 0.01 <= silence <= bound + SLACK, name


def test_return_after_death_preempts(pair):
    wait(lambda: not pair.one.host.has(VIP), 4, "the kernel removes what nobody renews")
    pair.one.host.plug()
    pair.one.start()
    pair.wait_owners(prio3="one", prio2="one", nopreempt="two", delay="one")
    assert not pair.one.host.has(ADDRESS["nopreempt"])
    assert not pair.one.host.has(ADDRESS["equal3"])


@pytest.mark.parametrize("how", ["carrier", "administrator"])
def test_link_down_is_a_fault_with_a_reason_and_ends(pair, how):
    down, up = {"carrier": (pair.one.host.cut, pair.one.host.plug),
                "administrator": (pair.one.host.link_down, pair.one.host.link_up)}[how]
    pair.wait_owners(prio3="one")
    down()
    status = pair.one.wait_state("prio3", "fault", 3)
    found = next(entry for entry in status["instances"] if entry["name"] == "prio3")
    reason = next(reason for reason in found["reasons"] if reason["reason"] == "interface")
    assert "eth1" in reason["text"] and "down" in reason["text"] or "carrier" in reason["text"]
    pair.two.wait_state("prio3", "active")
    wait(lambda: not pair.one.host.has(VIP), 2, "a faulty router holds no address")
    up()
    pair.wait_owners(prio3="one")
    reasons = {reason["reason"] for reason in pair.one.instance("prio3")["reasons"]}
    assert "interface" not in reasons


def test_each_accepted_all_adverts_of_the_other(pair):
    pair.wait_owners(prio3="one")
    assert counter_errors(pair.one) == {}
    assert counter_errors(pair.two) == {}
    one = pair.one.instance("prio3")
    assert one["counters"]["adverts_sent"] > 0
    assert pair.two.instance("prio3")["peer"]["address"] == "10.9.0.1"
    assert pair.two.instance("prio3")["peer"]["priority"] == ONE["prio3"]


def test_owner_with_no_other_address_comes_back_from_a_fault():
    with Lab() as lab:
        host = lab.host("owner")
        director = Director(host, instance("only", 77, 255, "10.9.77.1/24", version=3,
                                           advert_int=0.2)).start()
        director.wait_state("only", "active")
        host.link_down()
        director.wait_state("only", "fault")
        wait(lambda: not host.has("10.9.77.1"), 2, "a faulty router holds no address")
        host.link_up()
        director.wait_state("only", "active")
        wait(lambda: host.has("10.9.77.1"), 2, "the owner holds its address")
