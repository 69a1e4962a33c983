"""Adverts of others that are no mere mistake of a byte: other groups, other VRIDs, other checksums,
owners.  One line names the sender, a counter counts, and no role changes.
"""

import os
import re
import signal
import struct
import time

import pytest

from lab import Capture, Director, Lab, wait
from lab.adverts import Sender, advert, advert_ipv6
from lab.config import instance

PEER, PEER_IPV6, OWN = "10.9.0.9", "fe80::9", "10.9.0.1"
VRID = 81


class Wire:
    """A director and somebody who sends what he likes."""

    def __init__(self, lab, text):
        self.lab = lab
        self.host = lab.host("director", f"{OWN}/16", "fd00::1/64")
        self.sender = Sender(lab.host("peer", f"{PEER}/16"))
        self.director = Director(self.host, text).start()

    def wait_active(self, *names):
        for name in names:
            self.director.wait_state(name, "active")
        return self

    def frame(self, vrid=VRID, **fields):
        return advert(PEER, **{"vrid": vrid, "priority": 254, "interval": 20,
                               "addresses": [f"10.9.{vrid}.1"], **fields})

    def send(self, frame, count=1):
        self.sender.send(frame, count)

    def counters(self, name):
        return self.director.instance(name)["counters"]

    def count(self, name, counter, at_least):
        wait(lambda: self.counters(name)[counter] >= at_least, 3, f"{counter} >= {at_least}")

    def lines(self, pattern):
        return [line for line in self.director.log_text().splitlines() if re.search(pattern, line)]


@pytest.fixture
def wire(lab, request):
    return Wire(lab, request.param)


def over(*texts):
    return pytest.mark.parametrize("wire", ["".join(texts)], indirect=True, ids=[""])


@over(instance("one", VRID))
def test_n8_second_cluster_with_our_vrid_changes_nothing(wire):
    """Same VRID, other addresses, as Active of higher priority and when it resigns."""
    wire.wait_active("one")
    before = wire.director.instance("one")
    for priority in (255, 254, 1, 0):
        wire.send(wire.frame(addresses=["10.9.99.1", "10.9.99.2"], priority=priority), count=25)
    wire.count("one", "foreign_group", 100)
    after = wire.director.instance("one")
    assert (after["state"], after["since"]) == ("active", before["since"])
    assert after["counters"]["adverts_received"] == 0
    assert wire.host.has(f"10.9.{VRID}.1")
    lines = wire.lines("another group uses VRID 81 here")
    assert 1 <= len(lines) <= 5
    assert f"one: advert from {PEER} refused: none of its addresses (10.9.99.1 ...) is ours" \
        in lines[0]
    assert after["refused"]["address"] == PEER and "another group" in after["refused"]["text"]
    # A list that has but one in common is that of a peer whose configuration is not up to date.
    wire.send(wire.frame(addresses=["10.9.99.1", f"10.9.{VRID}.1"]))
    wire.director.wait_deposed(after)
    assert wire.counters("one")["address_list_differs"] == 1


@over(instance("one", VRID, more="skip_check_adv_addr"))
def test_list_of_a_known_router_is_not_looked_at_again(wire):
    """skip_check_adv_addr: only when another router advertises."""
    wire.wait_active("one")
    wire.send(wire.frame(addresses=["10.9.99.1"]))
    wire.count("one", "foreign_group", 1)
    wire.send(wire.frame())
    wire.send(wire.frame(addresses=["10.9.99.1"]))
    wire.count("one", "adverts_received", 2)
    counters = wire.counters("one")
    assert (counters["foreign_group"], counters["address_list_differs"]) == (1, 0)


@over(instance("one", VRID, advert_int=1))
@pytest.mark.parametrize("priority", (50, 0))
def test_reactions_to_forged_adverts_are_bounded_issue_8_4(wire, priority):
    """1000 adverts that are to be answered: five answers, then one in each interval, and one burst
    of announcements of them all."""
    wire.wait_active("one")
    wait(lambda: wire.counters("one")["announcements_sent"] >= 5, 3)
    before, started = wire.counters("one"), time.monotonic()
    for _ in range(10):
        wire.send(wire.frame(priority=priority), count=100)
    wire.count("one", "adverts_received", 900)
    after, passed = wire.counters("one"), time.monotonic() - started
    more = {name: after[name] - before[name] for name in after}
    assert more["adverts_sent"] <= 5 + 2 * (passed + 1), passed
    assert more["answers_suppressed"] >= more["adverts_received"] - 5 - passed - 1
    assert more["announcements_sent"] <= 5 * (passed + 2), passed
    assert more["announcements_suppressed"] >= more["adverts_received"] - passed - 2


@over(instance("one", VRID))
def test_adverts_from_nobody_are_refused_issue_8_5(wire):
    """The kernel lets 0.0.0.0 through to a group; it would resign for the Active router."""
    wire.wait_active("one")
    before = wire.director.instance("one")
    for priority in (254, 0):
        wire.send(advert("0.0.0.0", vrid=VRID, priority=priority, interval=20,
                         addresses=[f"10.9.{VRID}.1"]), count=5)
    wire.count("one", "bad_source", 10)
    after = wire.director.instance("one")
    assert (after["state"], after["since"]) == ("active", before["since"])
    assert after["counters"]["adverts_received"] == 0
    assert "one: advert from 0.0.0.0 refused: no router can have that address" \
        in wire.lines("0.0.0.0")[0]


@over(instance("one", VRID, priority=254, advert_int=0.1))
def test_forged_changes_of_role_announce_little_issue_8_4(wire):
    """An advert that outranks ours, then one that resigns: each pair costs a change of role."""
    wire.wait_active("one")
    before, started = wire.counters("one"), time.monotonic()
    for _ in range(200):
        wire.send(wire.frame(priority=255))
        wire.send(wire.frame(priority=0))
        time.sleep(0.004)
    after, passed = wire.counters("one"), time.monotonic() - started
    more = {name: after[name] - before[name] for name in after}
    assert more["became_active"] > 50, "the attack does nothing"
    bursts = 3 + passed + passed / 5 + 2  # at once, then one a second, and that of garp_master_delay
    assert more["announcements_sent"] <= 5 * bursts, (passed, more)
    assert len(wire.lines("one: (active → backup|backup → active)")) <= 20 + passed


def queued(host):
    """Bytes in the receive queues of the raw sockets for VRRP (protocol 112 = hexadecimal 70)."""
    total = 0
    for table in ("raw", "raw6"):
        for line in host.run("cat", f"/proc/net/{table}").stdout.splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(":0070"):
                total += int(fields[4].split(":")[1], 16)
    return total


@over(instance("one", VRID))
def test_n13_foreign_vrids_stay_out_of_the_queue_and_are_named(wire):
    """Of each VRID one advert is heard, whatever comes."""
    wire.wait_active("one")
    pids = [wire.director.role(name)["pid"] for name in ("main", "vrrp")]
    foreign = [wire.frame(vrid=vrid, addresses=["10.9.99.1"]) for vrid in (5, 6, 7)]
    for frame in foreign:
        wire.send(frame)
    wire.director.wait_status(lambda status: len(status["unknown_vrids"]) == 3, 3)
    for pid in pids:  # nobody drains the queue now, nor does main mind
        os.kill(pid, signal.SIGSTOP)
    try:
        for frame in foreign:
            wire.send(frame, count=500)
        assert queued(wire.host) == 0
        wire.send(wire.frame(ttl=3))
        assert queued(wire.host) > 0, "this is how the queue is seen"
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
    found = {entry["vrid"]: entry for entry in wire.director.status()["unknown_vrids"]}
    assert set(found) == {5, 6, 7}
    assert {key: found[5][key] for key in ("interface", "family", "version", "priority", "address",
                                           "instance")} == {
        "interface": "eth1", "family": "ipv4", "version": 3, "priority": 254, "address": PEER,
        "instance": None}
    assert len(wire.lines(f"eth1: {PEER} advertises VRID 5, which no instance has there")) == 1
    assert wire.counters("one")["wrong_vrid"] == 0


@over(instance("one", VRID, 100, f"10.9.{VRID}.1/32"), instance("six", 82, 100, "fe80::82/64"))
def test_peer_with_a_mistyped_vrid_is_named(wire):
    """Both would be Active and never hear each other."""
    wire.wait_active("one", "six")
    wire.send(wire.frame(vrid=91, addresses=["10.9.99.1", f"10.9.{VRID}.1"]), count=20)
    wire.send(advert_ipv6(PEER_IPV6, vrid=92, interval=20, addresses=["fe80::82"]), count=20)
    wire.count("one", "wrong_vrid", 1)
    wire.count("six", "wrong_vrid", 1)
    wire.director.wait_log(f"one: advert from {PEER} refused: it lists our address 10.9.{VRID}.1 "
                           f"with VRID 91, expected {VRID}")
    wire.director.wait_log(f"six: advert from {PEER_IPV6} refused: it lists our address fe80::82 "
                           "with VRID 92, expected 82")
    named = {(entry["vrid"], entry["family"]): entry["instance"]
             for entry in wire.director.status()["unknown_vrids"]}
    assert named == {(91, "ipv4"): "one", (92, "ipv6"): "six"}
    assert wire.counters("one")["wrong_vrid"] == 1, "once a minute is enough"
    assert re.search(rf"^91 +eth1 +{PEER} +254 +\d+\.\d s ago +one *$",
                     wire.director.vdctl("status").stdout, re.MULTILINE)
    assert wire.director.state("one") == wire.director.state("six") == "active"


@over("global_defs { log_unknown_vrids }\n", instance("one", VRID))
def test_unknown_vrids_may_be_worth_a_warning(wire):
    wire.wait_active("one")
    wire.send(wire.frame(vrid=5, addresses=["10.9.99.1"]))
    wire.director.wait_log(f"warning vrrp: eth1: {PEER} advertises VRID 5")


@over(instance("one", VRID))
def test_a_crowd_of_foreign_vrids_makes_few_lines_and_a_bounded_status(wire):
    wire.wait_active("one")
    foreign = [wire.frame(vrid=vrid, addresses=["10.9.99.1"]) for vrid in range(100, 200)]
    for _ in range(3):
        for frame in foreign:
            wire.send(frame)
    wire.director.wait_status(lambda status: any(entry["vrid"] == 199
                                                 for entry in status["unknown_vrids"]), 3)
    assert len(wire.director.status()["unknown_vrids"]) == 32
    assert len(wire.lines("which no instance has there")) <= 9
    assert wire.director.state("one") == "active"


def fold(content):
    content += b"\0" * (len(content) % 2)
    total = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(source, destination, message):
    """Of a version 3 advert with the pseudo-header of these addresses; none without."""
    message = message[:6] + b"\0\0" + message[8:]
    pseudo = b""
    if source:
        addresses = b"".join(bytes(map(int, one.split("."))) for one in (source, destination))
        pseudo = addresses + struct.pack("!HH", 112, len(message))
    return ~fold(pseudo + message) & 0xFFFF


@pytest.mark.parametrize("flavour", ["pseudo-header", "plain", "old-unicast"])
@over(instance("one", VRID), instance("uni", 82, more=f"unicast_peer {{ {PEER} }}"))
def test_n11_peer_with_another_checksum_is_believed_and_answered_in_kind(wire, flavour):
    """RFC 5798's with the pseudo-header, RFC 9568's without, and keepalived's of old in unicast."""
    wire.wait_active("one", "uni")
    name, vrid = ("uni", 82) if flavour == "old-unicast" else ("one", VRID)
    message = bytes([0x31, vrid, 254, 1, 0, 20, 0, 0, 10, 9, vrid, 1])
    source, covered = ((None, None) if flavour == "plain" else
                       (PEER, "224.0.0.18"))
    fields = {"destination": OWN, "mac": wire.host.mac()} if name == "uni" else {}
    before = wire.director.instance(name)
    wire.send(wire.frame(vrid=vrid, chksum=checksum(source, covered, message), **fields))
    wire.director.wait_deposed(before)
    assert wire.director.instance(name)["checksum"] == flavour
    capture = Capture(wire.lab, wire.host).start()
    wire.director.wait_state(name, "active")

    def sent():
        return [frame.data[34:46] for frame in capture.frames
                if frame.data[12:14] == b"\x08\x00" and frame.data[23] == 112
                and frame.data[35] == vrid]
    answer = wait(sent, 3, "an advert")[0]
    target = None if flavour == "plain" else "224.0.0.18"
    assert struct.unpack("!H", answer[6:8])[0] == checksum(OWN if target else None, target, answer)
    assert wire.counters(name)["bad_checksum"] == 0


@over(instance("uni", 82, more=f"unicast_peer {{ {PEER} }}\n old_unicast_checksum never"))
def test_old_checksum_can_be_refused(wire):
    wire.wait_active("uni")
    message = bytes([0x31, 82, 254, 1, 0, 20, 0, 0, 10, 9, 82, 1])
    wire.send(wire.frame(vrid=82, chksum=checksum(PEER, "224.0.0.18", message), destination=OWN,
                         mac=wire.host.mac()))
    wire.count("uni", "bad_checksum", 1)
    assert wire.director.state("uni") == "active"


@over(instance("one", VRID, 255), instance("deaf", 82, 255, more="owner_ignore_adverts"))
def test_erratum_8298_owner_tells_of_others_and_two_owners_resolve(wire):
    """The higher address wins between them; owner_ignore_adverts listens to nobody."""
    wire.wait_active("one", "deaf")
    wire.send(wire.frame(priority=200))
    wire.count("one", "other_owner", 1)
    wire.director.wait_log(f"one: {PEER} advertises with priority 200, though the owner")
    assert wire.director.state("one") == "active"
    before = wire.director.instance("one")
    for vrid in (VRID, 82):
        wire.send(wire.frame(vrid=vrid, priority=255))
    wire.director.wait_deposed(before)
    wire.count("deaf", "owner_ignored", 1)
    assert wire.director.state("deaf") == "active"
    assert wire.counters("deaf")["adverts_received"] == 0


@over(instance("six", VRID, 100, "fe80::81/64", "fd00::81/128", more="strict_mode"),
      instance("two", 82, 100, "10.9.82.1/32", "10.9.82.2/32", version=2, advert_int=1,
               more="strict_mode"))
def test_erratum_8300_and_rfc_3768_7_1_are_enforced_by_strict_mode(wire):
    """IPv6: a link-local address first. Version 2: our list, but for the owner's adverts."""
    wire.wait_active("six", "two")
    wire.send(advert_ipv6(PEER_IPV6, vrid=VRID, priority=254, interval=20,
                          addresses=["fd00::81", "fe80::81"]))
    wire.count("six", "bad_first_address", 1)
    wire.director.wait_log("six: .*its first address fd00::81 is not link-local")
    short = {"vrid": 82, "version": 2, "interval": 1, "addresses": ["10.9.82.1"]}
    wire.send(wire.frame(**short))
    wire.count("two", "address_list_differs", 1)
    wire.director.wait_log("two: .*its list of addresses \\(1\\) is not ours")
    assert wire.director.state("six") == wire.director.state("two") == "active"
    before = wire.director.instance("two")
    wire.send(wire.frame(priority=255, **short))
    wire.director.wait_deposed(before)


@over(instance("one", VRID))
def test_rfc_9568_6_4_losing_advert_is_answered_at_once(wire):
    """Within one turn of the loop, far from the next regular advert."""
    wire.wait_active("one")
    wire.director.write(instance("one", VRID, advert_int=5))
    wire.director.vdctl("reload")
    time.sleep(0.2)
    capture, heard = Capture(wire.lab).start(), wire.counters("one")["adverts_received"]
    for number in range(1, 4):
        wire.send(wire.frame(priority=1, interval=500))
        wire.count("one", "adverts_received", heard + number)
    time.sleep(0.1)
    capture.stop()
    adverts = [(frame.at, frame.data[36]) for frame in capture.frames
               if frame.data[12:14] == b"\x08\x00" and frame.data[23] == 112]
    for lost, answer in zip(adverts[::2], adverts[1::2]):
        assert (lost[1], answer[1]) == (1, 100), adverts
        assert answer[0] - lost[0] < 2.5, "half of what a regular one would take"
    assert len(adverts) >= 6


def test_t8_fraction_of_a_second_in_version_2_is_refused(lab):
    """On the wire it would be interval 0, and a flood; the old configuration stays."""
    good = instance("two", VRID, version=2, advert_int=1)
    director = Director(lab.host("director", f"{OWN}/16"), good).start()
    director.wait_state("two", "active")
    director.write(instance("two", VRID, version=2, advert_int=0.4))
    answer = director.vdctl("reload", check=False)
    assert answer.returncode != 0
    assert "version 2 has whole seconds from 1 to 255, not 0.4" in answer.stdout + answer.stderr
    assert director.instance("two")["advert_interval_ms"] == 1000
    assert director.state("two") == "active"
