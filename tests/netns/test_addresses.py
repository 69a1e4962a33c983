"""What others do to addresses and interfaces behind the daemon's back, and what it does then: the
kernel's state is the configuration's again within a second, and hosts are told."""

import json
import os
import signal
import time

import pytest

from lab import AddressMonitor, Capture, Director, Lab, wait
from lab.config import instance

ADVERT = 0.2
OWN, VIP, VIP6 = "10.9.0.1", "10.9.1.1", "fd00::100"


def config(*addresses, priority=150, more="", interface="eth1"):
    return instance("web", 1, priority, *(addresses or (f"{VIP}/32",)), advert_int=ADVERT,
                    more=more, interface=interface)


@pytest.fixture
def host(lab):
    return lab.host("one", f"{OWN}/16", "fd00::1/64")


def active(host, text=None):
    director = Director(host, text or config()).start()
    director.wait_state("web", "active")
    director.wait_status(lambda status: all(a["present"] for a in
                                            status["instances"][0]["addresses"]), 3, "all is there")
    return director


def entry(host, address):
    return next((found for found in host.addresses() if found.get("local") == address), None)


def announcements(capture, since):
    from scapy.layers.l2 import ARP
    return [p for p in capture.packets(ARP) if p[ARP].psrc == p[ARP].pdst == VIP and p.time > since]


def test_k1_address_that_somebody_deletes_is_restored_and_announced(lab, host):
    director = active(host)
    time.sleep(0.3)  # the first burst is over
    capture = Capture(lab).start()
    monitor, deleted = AddressMonitor(host), time.time()
    lab.ip(host.netns, f"addr del {VIP}/32 dev eth1")
    wait(lambda: len(monitor.changes(VIP, True)) >= 2, 5, "it is restored")
    (went, _), (came, _) = monitor.changes(VIP, True)
    assert came - went < 1
    wait(lambda: announcements(capture, deleted), 5, "and announced")
    found = director.instance("web")
    assert found["state"] == "active" and found["counters"]["became_active"] == 1
    assert found["counters"]["addresses_stolen"] == 1
    lab.ip(host.netns, "addr flush dev eth1", f"addr add {OWN}/16 dev eth1")
    wait(lambda: director.state("web") == "active" and host.has(VIP), 3, "after a flush, too")


@pytest.mark.parametrize("lacking", ["carrier", "address", "interface"])
def test_k4_start_without_what_is_needed_is_a_fault_that_ends(lab, lacking):
    host = lab.host("one", *([] if lacking == "address" else [f"{OWN}/16"]))
    interface = "eth2" if lacking == "interface" else "eth1"
    if lacking == "carrier":
        host.cut()
    director = Director(host, config(interface=interface)).start()
    director.wait_state("web", "fault")
    if lacking == "carrier":
        host.plug()
    elif lacking == "address":
        lab.ip(host.netns, f"addr add {OWN}/16 dev eth1")
    else:
        lab.ip(host.netns, "link add eth2 type veth peer name far", "link set far up",
               "link set eth2 up", "addr add 10.8.0.1/16 dev eth2")
    director.wait_state("web", "active", 4)
    wait(lambda: host.has(VIP, interface), 1, "and it serves")


def test_k5_after_lost_events_the_state_is_that_of_a_fresh_dump(lab, host):
    director = active(host, "global_defs {\n    address_lease 60\n}\n"
                      + "".join(instance(f"i{n}", n, 255, f"10.9.{n}.1/32", advert_int=4)
                                for n in range(2, 40))
                      + config())
    pids = host.pids(director.program)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        lab.ip(host.netns, *(line for n in range(150) for line in
                             (f"link add v{n} type veth peer name w{n}", f"link del v{n}")))
        lab.ip(host.netns, *(line for n in range(5000) for line in
                             ("addr add 10.7.0.1/32 dev eth1", "addr del 10.7.0.1/32 dev eth1")),
               f"addr del {VIP}/32 dev eth1", "link set eth1 mtu 1400")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    director.wait_log("events were lost, reading all interfaces and addresses anew", 5)
    director.wait_status(lambda status: all(
        one["state"] == "active" and all(a["present"] for a in one["addresses"])
        for one in status["instances"]), 10, "all serve again")
    for address in (VIP, "10.9.2.1", "10.9.39.1"):
        wait(lambda: host.has(address), 3, f"{address} is there")


def test_k11_addresses_that_go_with_the_primary_of_their_subnet_are_restored(lab):
    host = lab.host("one", "10.7.0.1/24", f"{OWN}/16")
    host.sysctl("net.ipv4.conf.eth1.promote_secondaries", 0)
    director = active(host, config(f"{VIP}/16", "10.9.1.2/16", "10.9.1.3/16"))
    lab.ip(host.netns, f"addr del {OWN}/16 dev eth1")
    wait(lambda: all(host.has(address) for address in (VIP, "10.9.1.2", "10.9.1.3")), 1,
         "all are restored")
    assert director.state("web") == "active"


def test_k12_ipv6_address_that_the_kernel_calls_a_duplicate_is_healed(lab, host):
    other = lab.host("other", "fd00::2/64", f"{VIP6}/64")
    host.sysctl("net.ipv6.conf.eth1.accept_dad", 1)
    host.sysctl("net.ipv6.conf.eth1.dad_transmits", 1)
    lab.ip(host.netns, f"addr add {VIP6}/64 dev eth1")
    wait(lambda: entry(host, VIP6).get("dadfailed"), 5, "the kernel finds a duplicate")
    active(host, config(f"{VIP6}/64"))
    wait(lambda: not entry(host, VIP6).get("dadfailed"), 1, "it is usable")
    assert not entry(host, VIP6).get("tentative")
    assert other.has(VIP6)


def test_r10_what_was_there_is_adopted_where_nobody_else_serves(lab, host):
    lab.ip(host.netns, f"addr add {VIP}/32 dev eth1")
    director = Director(host, config()).start()
    while director.state("web") != "active":
        assert host.has(VIP), "it serves on"
        time.sleep(0.02)
    wait(lambda: entry(host, VIP)["valid_life_time"] <= 3, 1, "it is ours now, and leased")
    assert director.stop() == 0
    assert not host.has(VIP)


def test_r10_what_was_there_goes_where_somebody_else_serves(lab, host):
    peer = lab.host("peer", "10.9.0.2/16")
    active(peer)
    lab.ip(host.netns, f"addr add {VIP}/32 dev eth1")
    director = Director(host, config(priority=50)).start()
    wait(lambda: not host.has(VIP), 2, "it goes with the first advert")
    assert director.state("web") == "backup"


def test_address_that_is_the_owners_own_stays_when_it_stops(lab, host):
    """RFC 9568's owner: the virtual address is one that the machine has anyway."""
    director = active(host, config(f"{OWN}/16", f"{VIP}/32", priority=255))
    time.sleep(1.5)
    assert entry(host, OWN)["valid_life_time"] == 4294967295, "it has no lease"
    assert entry(host, VIP)["valid_life_time"] <= 3
    vrrp = director.role("vrrp")["pid"]
    os.kill(vrrp, signal.SIGKILL)
    wait(lambda: director.role("vrrp")["pid"] not in (None, vrrp), 3, "vrrp is back")
    director.wait_state("web", "active")
    assert director.stop() == 0
    assert host.has(OWN) and not host.has(VIP)


def test_interface_that_is_renamed_is_another_one(lab, host):
    director = active(host)
    lab.ip(host.netns, "link set eth1 name other")
    director.wait_state("web", "fault")
    wait(lambda: not host.has(VIP, "other"), 4, "what it held there ends with its lease")
    lab.ip(host.netns, "link set other name eth1")
    director.wait_state("web", "active")
    wait(lambda: host.has(VIP), 1, "and it serves again")


def test_n7_taking_over_many_addresses_does_not_hold_up_adverts(lab, host):
    listed = [f"10.10.{number // 250}.{number % 250 + 1}/32" for number in range(1500)]
    capture = Capture(lab).start()
    director = Director(host, config(*listed)).start()
    director.wait_state("web", "active")
    director.wait_status(lambda status: all(a["present"] for a in
                                            status["instances"][0]["addresses"]), 10, "all there")
    time.sleep(1.5)  # they are renewed, too
    capture.stop()
    from scapy.layers.vrrp import VRRPv3
    times = [packet.time for packet in capture.packets(VRRPv3)]
    assert len(times) > 5
    assert max(after - before for before, after in zip(times, times[1:])) < 3 * ADVERT, \
        "no peer would have noticed"


