"""VRRP by unicast, both families: adverts go to the peers and nowhere else, and only peers count."""

import time

import pytest

from lab import Capture, Director, Lab, wait
from lab.adverts import Sender, advert, advert_ipv6
from lab.config import instance

# name: (vrid, version, own addresses of both directors, virtual addresses, advert_int)
KINDS = {
    "v2": (61, 2, ("10.9.0.1", "10.9.0.2"), ["10.9.61.1/32"], 1),
    "v3": (62, 3, ("10.9.0.1", "10.9.0.2"), ["10.9.62.1/32"], 0.2),
    "six": (63, 3, ("fd00::1", "fd00::2"), ["fe80::63/64", "fd00::63/128"], 0.2),
}
ROGUE, ROGUE_IPV6 = "10.9.0.66", "fd00::66"
HIGH, LOW = 150, 100


def config(priority, more=""):
    """That of both directors: each finds itself in the list, where it is left out."""
    text = ""
    for name, (vrid, version, peers, listed, interval) in KINDS.items():
        own = peers[0] if priority == HIGH else peers[1]
        block = "\n".join(f"{peer} min_ttl 64" for peer in peers if peer != own)
        text += instance(name, vrid, priority, *listed, version=version, advert_int=interval,
                         more=f"unicast_src_ip {own}\n unicast_ttl 77\n {more}\n"
                              f"unicast_peer {{\n{block}\n}}")
    return text


def is_multicast_advert(frame):
    """An advert (of either family) in a frame to a group."""
    at = {b"\x08\x00": 23, b"\x86\xdd": 20}.get(frame.data[12:14])
    return at and frame.data[at] == 112 and frame.data[0] & 1


class Pair:
    def __init__(self, lab):
        self.lab = lab
        self.one, self.two = (
            Director(lab.host(name, f"10.9.0.{number}/16", f"fd00::{number}/64"), config(priority))
            for number, (name, priority) in enumerate((("one", HIGH), ("two", LOW)), 1))
        self.sender = Sender(lab.host("rogue", f"{ROGUE}/16", f"{ROGUE_IPV6}/64"))
        self.capture = Capture(lab).start()
        self.one.start()
        for name in KINDS:
            self.one.wait_state(name, "active")
        self.two.start()
        for name in KINDS:
            self.two.wait_state(name, "backup")


@pytest.fixture(scope="module")
def pair():
    with Lab() as lab:
        yield Pair(lab)


def test_backup_hears_the_active(pair):
    def heard():
        return all(entry["counters"]["adverts_received"] > 2
                   for entry in pair.two.status()["instances"])
    wait(heard, 5, "adverts by unicast")
    for name, (_, _, peers, _, _) in KINDS.items():
        found = pair.two.instance(name)
        assert (found["state"], found["peer"]["address"]) == ("backup", peers[0])
        assert {counter: value for counter, value in found["counters"].items()
                if value and counter.startswith(("bad_", "unknown"))} == {}


def test_no_advert_goes_to_a_group(pair):
    assert [frame.port for frame in pair.capture.frames if is_multicast_advert(frame)] == []


def test_adverts_carry_the_configured_source_and_ttl(pair):
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    four = [packet[IP] for packet in pair.capture.packets(IP) if packet[IP].proto == 112]
    six = [packet[IPv6] for packet in pair.capture.packets(IPv6) if packet[IPv6].nh == 112]
    assert four and {(packet.src, packet.dst, packet.ttl) for packet in four} == {
        ("10.9.0.1", "10.9.0.2", 77)}
    assert six and {(packet.src, packet.dst, packet.hlim) for packet in six} == {
        ("fd00::1", "fd00::2", 77)}


def frame(pair, name, source=None, **fields):
    """An advert of high priority for the Active's instance, from the Backup if not said."""
    vrid, version, peers, listed, interval = KINDS[name]
    fields = {"vrid": vrid, "priority": 254, "addresses": [one.split("/")[0] for one in listed],
              "destination": peers[0], "mac": pair.one.host.mac(), **fields}
    if name == "six":
        return advert_ipv6(source or peers[1], interval=20, **fields)
    return advert(source or peers[1], version=version, interval=20 if version == 3 else 1, **fields)


@pytest.mark.parametrize("name", KINDS)
def test_n9_rogue_sender_is_ignored_counted_and_named(pair, name):
    """N9: an unknown sender of a higher priority takes nothing."""
    rogue = ROGUE_IPV6 if name == "six" else ROGUE
    before = pair.one.instance(name)
    pair.sender.send(frame(pair, name, rogue), count=50)
    wait(lambda: pair.one.instance(name)["counters"]["unknown_peer"] >= 50, 5, "all counted")
    after = pair.one.instance(name)
    assert (after["state"], after["since"]) == ("active", before["since"])
    assert after["counters"]["adverts_received"] == before["counters"]["adverts_received"]
    lines = [line for line in pair.one.log_text().splitlines()
             if f"{name}: advert from {rogue} refused" in line]
    assert 1 <= len(lines) <= 5
    assert "none of the unicast peers" in lines[0]


@pytest.mark.parametrize("name", KINDS)
def test_ttl_below_the_limit_of_the_peer_is_refused(pair, name):
    before = pair.one.instance(name)
    pair.sender.send(frame(pair, name, **{"hop_limit" if name == "six" else "ttl": 63}))
    wait(lambda: pair.one.instance(name)["counters"]["bad_ttl"] > before["counters"]["bad_ttl"], 3,
         "bad_ttl")
    assert pair.one.state(name) == "active"


def test_multicast_advert_does_not_reach_a_unicast_instance(pair):
    before = pair.one.instance("v3")
    pair.sender.send(advert("10.9.0.2", vrid=62, priority=254, interval=20,
                            addresses=["10.9.62.1"]), count=3)
    time.sleep(0.3)
    after = pair.one.instance("v3")
    assert after["state"] == "active"
    assert after["counters"]["adverts_received"] == before["counters"]["adverts_received"]


def test_backup_takes_over_when_the_active_dies_and_gives_way_again(pair):
    pair.one.host.mute()
    for name in KINDS:
        pair.two.wait_state(name, "active", 6)
    pair.one.host.unmute()
    for name in KINDS:
        pair.two.wait_state(name, "backup", 6)
        assert pair.one.state(name) == "active"


def test_planned_stop_hands_over_within_the_skew(pair):
    assert pair.one.stop() == 0
    for name in KINDS:
        pair.two.wait_state(name, "active", 2)
    pair.one.start()
    for name in KINDS:
        pair.one.wait_state(name, "active", 6)


def test_unchecked_sender_is_believed_only_where_that_is_configured(pair):
    """check_unicast_src no; a reload changes it while the roles stay."""
    pair.one.write(config(HIGH, "check_unicast_src no"))
    assert pair.one.vdctl("reload").returncode == 0
    before = pair.one.instance("v3")
    assert before["state"] == "active"
    pair.sender.send(frame(pair, "v3", ROGUE))
    pair.one.wait_deposed(before)
    pair.one.wait_state("v3", "active", 5)


def test_reload_changes_from_multicast_to_unicast_and_back(lab):
    director = Director(lab.host("one", "10.9.0.1/16"), instance("v3", 62, 100)).start()
    director.wait_state("v3", "active")
    capture = Capture(lab).start()
    since = director.instance("v3")["since"]

    def sent(to_group):
        return [frame for frame in capture.frames if frame.data[12:14] == b"\x08\x00"
                and frame.data[23] == 112 and bool(frame.data[0] & 1) == to_group]
    lab.host("two", "10.9.0.2/16")
    director.write(instance("v3", 62, 100, more="unicast_peer { 10.9.0.2 }"))
    director.vdctl("reload")
    wait(lambda: len(sent(False)) > 1, 3, "adverts to the peer")
    seen = len(sent(True))
    time.sleep(0.5)
    assert len(sent(True)) == seen, "the group hears no more"
    director.write(instance("v3", 62, 100))
    director.vdctl("reload")
    wait(lambda: len(sent(True)) > seen + 1, 3, "adverts to the group again")
    assert (director.state("v3"), director.instance("v3")["since"]) == ("active", since)


def test_n10_empty_list_of_peers_is_refused_and_the_old_one_stays(lab):
    """N10: a template that came out empty does not turn unicast into multicast."""
    good = instance("v3", 62, 100, more="unicast_peer { 10.9.0.2 }")
    director = Director(lab.host("one", "10.9.0.1/16"), good).start()
    director.wait_state("v3", "active")
    director.write(good.replace("10.9.0.2", ""))
    answer = director.vdctl("reload", check=False)
    assert answer.returncode != 0
    assert "'unicast_peer' names no peer" in answer.stdout + answer.stderr
    assert "10.9.0.2" in director.vdctl("config").stdout


def test_no_peer_can_be_made_a_fault(lab):
    director = Director(lab.host("one", "10.9.0.1/16"),
                        instance("v3", 62, 100, more="unicast_fault_no_peer")).start()
    director.wait_state("v3", "fault")
    assert director.instance("v3")["reasons"][0]["reason"] == "no_peer"


def test_a_fault_names_the_source_only_where_it_is_missing(lab):
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, instance("v3", 62, 100, more="unicast_src_ip 10.9.0.1\n"
                                       "unicast_peer { 10.9.0.2 }")).start()
    for command, text in ((("addr", "del", "10.9.0.1/16"), "eth1 has no address to send from: "
                           "10.9.0.1"), (("link", "set", "down"), "eth1 is down")):
        host.run("ip", *command, "dev", "eth1")
        director.wait_status(lambda status: text in [reason["text"] for reason in
                                                     status["instances"][0]["reasons"]], 5, text)


def test_own_multicast_group(lab):
    """vrrp_mcast_group4 and mcast_dst_ip: two groups on one wire do not hear each other."""
    made = []
    for number, group in enumerate(("224.0.0.91", "224.0.0.91", "224.0.0.92"), 1):
        text = (f"global_defs {{ vrrp_mcast_group4 {group} }}\n" if number == 1 else "") + \
            instance("v3", 62, 100 + number, more=f"mcast_dst_ip {group}" if number > 1 else "")
        made.append(Director(lab.host(f"h{number}", f"10.9.0.{number}/16"), text).start())
    made[0].wait_state("v3", "backup")
    made[1].wait_state("v3", "active")
    made[2].wait_state("v3", "active")
    assert made[1].instance("v3")["counters"]["own_address"] == 0
    assert made[0].instance("v3")["peer"]["address"] == "10.9.0.2"
