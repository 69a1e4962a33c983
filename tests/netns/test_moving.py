"""A reload that moves addresses, or changes only how they look: none leaves its interface, and the
adverts go on."""

import re
import time

import pytest

from lab import AddressMonitor, Capture, Director, Lab, Pinger, wait
from lab.config import instance

OWN, SECOND = "10.9.0.1", "10.8.0.1"
INTERVAL = 0.2  # advert_int of instance()


@pytest.fixture(scope="module")
def lab():
    with Lab() as made:
        yield made


@pytest.fixture(scope="module")
def director(lab):
    """Alone, with a second interface."""
    host = lab.host("director", f"{OWN}/16", "fd00::1/64")
    host.lab.ip(host.netns, "link add eth2 type veth peer name far", "link set eth2 up",
                "link set far up", f"addr add {SECOND}/16 dev eth2")
    return Director(host, two()).start()


@pytest.fixture
def monitor(director):
    """Both instances are Active with what two() says."""
    reload(director, two())
    made = AddressMonitor(director.host)
    yield made
    made.stop()


# Renewals would stand between what these tests look for.
QUIET = "global_defs {\n    address_lease 300\n}\n"


def two(first=("10.9.71.1/32", "10.9.71.2/32"), second=("10.9.72.1/32",), more=""):
    return instance("first", 71, 150, *first) + instance("second", 72, 150, *second) + more


def settled(director):
    def is_settled(status):
        return all(entry["state"] == "active" and all(a["present"] for a in entry["addresses"])
                   for entry in status["instances"])
    return director.wait_status(is_settled, 10, "all are active, with all addresses")


def reload(director, text):
    director.write(QUIET + text)
    director.vdctl("reload")
    settled(director)


def longest_pause(frames):
    """Between two adverts of the same virtual router, in seconds."""
    from scapy.layers.vrrp import VRRPv3
    pauses = []
    for vrid in (71, 72):
        adverts = [packet for packet in frames.packets(VRRPv3) if packet[VRRPv3].vrid == vrid]
        assert all(advert[VRRPv3].priority == 150 for advert in adverts)
        pauses += [float(b.time - a.time) for a, b in zip(adverts, adverts[1:])]
    return max(pauses)


def entry(director, address, interface=None):
    return next(entry for entry in director.host.addresses(interface)
                if entry["local"] == address)


def test_address_moves_to_another_instance_and_stays(director, monitor):
    since = {name: director.instance(name)["since"] for name in ("first", "second")}
    capture = Capture(director.host.lab, director.host).start()
    time.sleep(2 * INTERVAL)
    reload(director, two(("10.9.71.1/32",), ("10.9.72.1/32", "10.9.71.2/32")))
    time.sleep(2 * INTERVAL)
    capture.stop()
    assert monitor.lines("10.9.71.2") == [], "the kernel was not even asked"
    assert {name: director.instance(name)["since"] for name in since} == since
    assert longest_pause(capture) < 3 * INTERVAL, "no peer would have noticed"
    # and back, in exchange for the other's
    reload(director, two(("10.9.72.1/32", "10.9.71.2/32"), ("10.9.71.1/32",)))
    assert [monitor.lines(address) for address in ("10.9.71.1", "10.9.71.2", "10.9.72.1")] \
        == [[], [], []]


def test_address_of_a_removed_instance_stays(director, monitor):
    reload(director, instance("first", 71, 150, "10.9.71.1/32", "10.9.71.2/32", "10.9.72.1/32"))
    assert monitor.lines("10.9.72.1") == []


def test_address_comes_to_its_new_interface_before_it_leaves_the_old(director, monitor):
    reload(director, two(("10.9.71.1/32", "10.9.71.2/32 dev eth2")))
    wait(lambda: monitor.removed("10.9.71.2"), 5, "it left eth1")
    came, went = monitor.lines("10.9.71.2")
    assert "eth2" in came and "Deleted" not in came
    assert "eth1" in went and "Deleted" in went
    assert monitor.lines("10.9.71.1") == []


def test_order_and_names_do_not_matter(director, monitor):
    before = director.status()["instances"]
    reload(director, instance("b", 72, 150, "10.9.72.1/32")
           + instance("a", 71, 150, "10.9.71.2/32", "10.9.71.1/32"))
    after = {entry["vrid"]: entry for entry in director.status()["instances"]}
    assert {entry["name"] for entry in after.values()} == {"a", "b"}
    for old in before:
        new = after[old["vrid"]]
        assert (new["state"], new["since"]) == ("active", old["since"])
        assert all(new["counters"][name] >= value for name, value in old["counters"].items())
    assert monitor.lines() == []


def test_lifetime_changes_in_place(director, monitor):
    reload(director, two(("10.9.71.1/32", "10.9.71.2/32 preferred_lft 0")))
    wait(lambda: entry(director, "10.9.71.2").get("deprecated"), 5, "never a source")
    assert monitor.removed("10.9.71.2") == []
    assert monitor.lines("10.9.71.1") == []


@pytest.mark.parametrize("option, member, value", [
    ("label eth1:vip", "label", "eth1:vip"),
    ("scope link", "scope", "link"),
    ("brd 10.9.255.255", "broadcast", "10.9.255.255"),
])
def test_what_the_kernel_cannot_change_is_replaced_under_a_guard(director, monitor, option, member,
                                                                 value):
    reload(director, two(("10.9.71.1/32", f"10.9.71.2/32 {option}")))
    wait(lambda: entry(director, "10.9.71.2").get(member) == value, 5, option)
    steps = [(re.search(r"10\.9\.71\.2/\d+", line)[0], "Deleted" in line)
             for line in monitor.lines("10.9.71.2")]
    assert steps == [("10.9.71.2/31", False), ("10.9.71.2/32", True), ("10.9.71.2/32", False),
                     ("10.9.71.2/31", True)], "the host had it all the time"
    assert "by somebody else" not in director.log_text()
    assert monitor.lines("10.9.71.1") == []
    reload(director, two())
    wait(lambda: entry(director, "10.9.71.2").get(member) != value, 5, f"no {option}")


def test_other_length_comes_before_the_old_one_goes(director, monitor):
    reload(director, two(("10.9.71.1/32", "10.9.71.2/24")))
    wait(lambda: monitor.removed("10.9.71.2"), 5, "the old one went")
    assert [("/24" in line, "Deleted" in line) for line in monitor.lines("10.9.71.2")] \
        == [(True, False), (False, True)]
    assert director.host.has("10.9.71.2")


def test_other_length_over_ipv6_where_the_kernel_has_an_address_only_once(director, monitor):
    def six(length):
        return two(more=instance("six", 73, 150, "fe80::73/64", f"fd00::73/{length}"))
    for length in (64, 128, 64):
        reload(director, six(length))
        wait(lambda: entry(director, "fd00::73")["prefixlen"] == length, 5, f"length {length}")
    assert len(monitor.lines("fd00::73")) == 5


def test_address_that_a_new_instance_finds_stays_if_it_becomes_active(director, monitor):
    director.host.lab.ip(director.host.netns, "addr add 10.9.74.1/32 dev eth1")
    reload(director, two(more=instance("new", 74, 150)))
    assert director.instance("new")["counters"]["became_active"] == 1
    assert director.host.has("10.9.74.1")
    assert monitor.removed("10.9.74.1") == []


def test_address_that_a_new_instance_finds_goes_if_another_router_is_active(lab, director, monitor):
    other = Director(lab.host("other", "10.9.0.2/16"), instance("new", 75, 200)).start()
    other.wait_state("new", "active")
    director.host.lab.ip(director.host.netns, "addr add 10.9.75.1/32 dev eth1")
    director.write(two(more=instance("new", 75, 150)))
    director.vdctl("reload")
    director.wait_state("new", "backup")
    wait(lambda: not director.host.has("10.9.75.1"), 5, "it is removed")
    assert other.host.has("10.9.75.1")
    other.stop()


def test_addresses_come_to_a_virtual_mac_and_back_without_a_gap(lab, director, monitor):
    client = lab.host("client", "10.9.0.9/16")
    pinger = Pinger(client, "10.9.71.1").start()
    pinger.wait_answers(20)
    reload(director, two().replace("virtual_router_id 71", "virtual_router_id 71\n use_vmac"))
    wait(lambda: entry(director, "10.9.71.1", "vrrp.71"), 5, "it is on the virtual MAC")
    reload(director, two())
    wait(lambda: "vrrp.71" not in director.host.run("ip", "link").stdout, 5, "that is gone")
    pinger.stop()
    assert pinger.lost() == []
    assert director.instance("first")["counters"]["became_active"] == 1
    steps = [(re.search(r"eth1|vrrp\.71", line)[0], "Deleted" in line)
             for line in monitor.lines("10.9.71.1")]
    assert steps.index(("eth1", False)) < steps.index(("vrrp.71", True))


def test_an_address_that_moves_to_a_new_instance_stays(director, monitor):
    moved = "10.9.71.2"
    reload(director, two(first=("10.9.71.1/32",)) + instance("third", 73, 150, f"{moved}/32"))
    director.wait_state("third", "active")
    wait(lambda: director.host.has(moved), 2, "it is the new one's")
    assert monitor.removed(moved) == []
