"""The wire: what is sent, what of the received is refused and counted, and who is not even woken.

One director, alone and therefore Active in all its instances: an advert of high priority that it
believed would show at once.
"""

import re
import subprocess
import time

import pytest

from lab import Capture, Director, Lab, SLOW, wait
from lab.adverts import Sender, advert
from lab.config import instance

PASSWORD = "secret12"
V3, V2, PASS, FOREIGN = 51, 52, 53, 99
NAME = {V3: "three", V2: "two", PASS: "pass"}
ANNOUNCED = 54  # its announcements are looked at
REPEAT, DELAY, REFRESH = 3, 1, 2
PEER = "10.9.0.9"


class Wire:
    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16")
        self.sender = Sender(lab.host("peer", f"{PEER}/16"))
        self.capture = Capture(lab, self.host).start()
        self.director = Director(self.host, self.config())
        self.director.start()
        for name in NAME.values():
            self.director.wait_state(name, "active")

    @staticmethod
    def config():
        announcements = (f"garp_master_repeat {REPEAT}\n garp_master_delay {DELAY}\n"
                         f" garp_master_refresh {REFRESH}")
        return (instance("three", V3, 100) + instance("two", V2, 100, version=2, advert_int=1)
                + instance("pass", PASS, 100, version=2, advert_int=1,
                           more=f"authentication {{ auth_type PASS\n auth_pass {PASSWORD} }}")
                + instance("announced", ANNOUNCED, 100, "10.9.54.1/32", "10.9.54.2/32",
                           more=announcements)
                + instance("late", 55, 100, interface="late0")
                + instance("six", 56, 100, "fe80::10/64"))

    def instance(self, vrid):
        return self.director.instance(NAME[vrid])


@pytest.fixture(scope="module")
def wire():
    with Lab() as lab:
        yield Wire(lab)


def frame(vrid, **fields):
    """An advert that its instance would believe, but for `fields`."""
    version = 3 if vrid == V3 else 2
    fields = {"interval": 20 if version == 3 else 1, "priority": 254, "version": version,
              "addresses": [f"10.9.{vrid}.1"], "password": PASSWORD if vrid == PASS else None,
              **fields}
    return advert(PEER, vrid=vrid, **fields)


# By section: RFC 9568 with its errata, RFC 3768 for version 2, RFC 2338 for passwords.
BAD = {
    "9568-7.1 TTL 254": ("bad_ttl", V3, {"ttl": 254}),
    "3768-7.1 TTL 1": ("bad_ttl", V2, {"ttl": 1}),
    "9568-7.1 version 2": ("bad_version", V3, {"version": 2, "interval": 1}),
    "3768-7.1 version 3": ("bad_version", V2, {"version": 3, "interval": 100}),
    "9568-7.1 type 2": ("bad_type", V3, {"type": 2}),
    "9568-7.1 cut in the addresses": ("bad_length", V3, {"cut": 10}),
    "9568-7.1 cut in the header": ("bad_length", V3, {"cut": 5}),
    "3768-7.1 without the authentication data": ("bad_length", V2, {"cut": 12}),
    "9568-5.2.5 more addresses than there are": ("bad_length", V3, {"ipcount": 5}),
    "9568-5.2.8 checksum": ("bad_checksum", V3, {"chksum": 0x1234}),
    "3768-5.3.8 checksum": ("bad_checksum", V2, {"chksum": 0x1234}),
    "3768-7.1 a password where none is": ("bad_auth_type", V2, {"password": "whatever"}),
    "3768-7.1 no password where one is": ("bad_auth_type", PASS, {"password": None}),
    "2338-10.2 another password": ("bad_auth", PASS, {"password": "wrong"}),
    "3768-7.1 another interval": ("bad_interval", V2, {"interval": 3}),
    "9568-erratum-8301 interval 0": ("bad_interval", V3, {"interval": 0}),
    "9568-erratum-8299 no address": ("bad_count", V3, {"addresses": []}),
    "another group's addresses": ("foreign_group", V3, {"addresses": ["10.9.99.1", "10.9.99.2"]}),
    "another group's addresses, version 2": ("foreign_group", V2, {"addresses": ["10.9.99.1"]}),
    "another group's resignation": ("foreign_group", V3, {"addresses": ["10.9.99.1"],
                                                          "priority": 0}),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_advert_is_counted_and_changes_nothing(wire, case):
    counter, vrid, fields = BAD[case]
    before = wire.instance(vrid)
    wire.sender.send(frame(vrid, **fields))
    wait(lambda: wire.instance(vrid)["counters"][counter] > before["counters"][counter], 3,
         f"{counter} counts")
    after = wire.instance(vrid)
    changed = {name: after["counters"][name] - value for name, value in before["counters"].items()
               if after["counters"][name] != value and not name.endswith("_sent")}
    assert changed == {counter: 1}
    assert (after["state"], after["since"]) == (before["state"], before["since"])
    assert after["peer"] == before["peer"]


def test_refused_adverts_are_logged_with_their_sender_but_not_each(wire):
    begin = len(wire.director.log_text().splitlines())
    for _ in range(50):
        wire.sender.send(frame(V3, ttl=3))
    wait(lambda: wire.instance(V3)["counters"]["bad_ttl"] >= 50, 5, "all are counted")
    lines = [line for line in wire.director.log_text().splitlines()[begin:] if "TTL 3" in line]
    assert 1 <= len(lines) <= 10
    assert PEER in lines[0] and "three" in lines[0]


def test_good_advert_is_believed(wire):
    """The frames of these tests are right but for what each makes wrong."""
    for vrid in (V3, V2, PASS):
        before = wire.instance(vrid)
        wire.sender.send(frame(vrid))
        wire.director.wait_deposed(before)
        found = wire.instance(vrid)
        assert found["counters"]["adverts_received"] == before["counters"]["adverts_received"] + 1
        assert (found["peer"]["address"], found["peer"]["priority"]) == (PEER, 254)
    for vrid in (V3, V2, PASS):
        wire.director.wait_state(NAME[vrid], "active")


def vrrp_pid(wire):
    return wire.director.role("vrrp")["pid"]


def wakeups(pid):
    text = open(f"/proc/{pid}/status", encoding="ascii").read()
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.MULTILINE)[1])


def test_foreign_virtual_routers_do_not_even_wake_it(wire):
    before, pid = {vrid: wire.instance(vrid) for vrid in NAME}, vrrp_pid(wire)
    foreign = [advert(PEER, version=version, vrid=vrid, priority=255, interval=1)
               for version in (2, 3) for vrid in (FOREIGN, 1, 255, V3 + 32, V3 - 32)]
    begin, switches = time.monotonic(), wakeups(pid)
    for _ in range(200):
        for one in foreign:
            wire.sender.send(one)
        time.sleep(0.005)
    own = (time.monotonic() - begin) * 60 + 60  # its timers: adverts, heartbeats, announcements
    assert wakeups(pid) - switches < own < 200 * len(foreign)
    for vrid, found in before.items():
        after = wire.instance(vrid)
        assert (after["state"], after["since"]) == (found["state"], found["since"])
        assert after["counters"]["adverts_received"] == found["counters"]["adverts_received"]


def test_instances_on_an_interface_share_their_sockets(wire):
    """/proc/net/raw names the protocol (112) where a port would be."""
    lines = wire.host.run("cat", "/proc/net/raw").stdout.splitlines()
    assert 1 <= len([line for line in lines if re.search(r":0070\b", line)]) <= 2


def test_interface_that_comes_later_is_used(wire):
    found = wire.director.instance("late")
    assert found["state"] == "fault"
    reason = next(reason for reason in found["reasons"] if reason["reason"] == "interface")
    assert "late0" in reason["text"]
    wire.lab.ip(wire.host.netns, "link add late0 type veth peer name late1", "link set late1 up",
                "link set late0 up", "addr add 10.10.0.1/24 dev late0")
    wire.director.wait_state("late", "active")
    assert wire.host.has("10.9.55.1", "late0")
    wire.lab.ip(wire.host.netns, "link del late0")
    wire.director.wait_state("late", "fault")
    wire.lab.ip(wire.host.netns, "link add late0 type veth peer name late1", "link set late1 up",
                "link set late0 up", "addr add 10.10.0.1/24 dev late0")
    wire.director.wait_state("late", "active")
    wait(lambda: wire.host.has("10.9.55.1", "late0"), 2, "the address is on the new interface")


def test_instance_over_ipv6_runs_beside_those_over_ipv4(wire):
    found = wire.director.instance("six")
    assert (found["state"], found["family"]) == ("active", "ipv6")
    assert wire.director.role("vrrp")["restarts"] == 0


def test_addresses_are_announced_in_bursts(wire):
    """garp_master_repeat at once, again after garp_master_delay, and one each refresh."""
    from scapy.layers.l2 import ARP, Ether
    from scapy.layers.vrrp import VRRPv3
    addresses = ["10.9.54.1", "10.9.54.2"]

    def announcements():
        return [packet for packet in wire.capture.packets(ARP) if packet[ARP].psrc in addresses]
    wait(lambda: len(announcements()) >= 4 * REPEAT + 2, 6, "two bursts and a refresh are seen")
    sent = announcements()
    first = sent[0].time
    advert_at = next(packet.time for packet in wire.capture.packets(VRRPv3)
                     if packet[VRRPv3].vrid == ANNOUNCED)
    assert advert_at <= first, "the advert goes first"
    for address in addresses:
        times = [packet.time - first for packet in sent if packet[ARP].psrc == address]
        bursts = [len([at for at in times if low <= at < low + 0.6])
                  for low in (0, DELAY - 0.1, DELAY + REFRESH - 0.1)]
        assert bursts[:2] == [REPEAT, REPEAT], times
        assert bursts[2] == 1, times
    mac = wire.host.mac()
    for packet in sent:
        arp = packet[ARP]
        assert (arp.op, arp.psrc, arp.hwsrc) == (1, arp.pdst, mac)
        assert (packet[Ether].src, packet[Ether].dst) == (mac, "ff:ff:ff:ff:ff:ff")


def test_tshark_decodes_its_adverts_without_a_complaint(wire, tmp_path):
    from scapy.layers.vrrp import VRRP, VRRPv3
    wait(lambda: len(wire.capture.packets(VRRP)) > 2 and len(wire.capture.packets(VRRPv3)) > 2, 5,
         "adverts of both versions are captured")
    wire.capture.write_pcap(tmp_path / "adverts.pcap")
    fields = ("ip.ttl", "ip.dst", "ip.dsfield", "vrrp.version", "vrrp.virt_rtr_id", "vrrp.prio",
              "vrrp.ip_addr", "vrrp.checksum.status", "ip.checksum.status",
              "_ws.expert.message", "_ws.malformed")
    command = ["tshark", "-r", tmp_path / "adverts.pcap", "-Y", "vrrp and ip", "-T", "fields",
               "-o", "ip.check_checksum:TRUE"]
    for field in fields:
        command += ["-e", field]
    shown = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                           timeout=60 * SLOW)
    assert shown.returncode == 0, shown.stderr
    decoded = {tuple(line.split("\t")) for line in shown.stdout.splitlines()}
    expected = {(version, str(vrid), "100", addresses)
                for version, vrid, addresses in (
                    ("3", V3, f"10.9.{V3}.1"), ("2", V2, f"10.9.{V2}.1"),
                    ("2", PASS, f"10.9.{PASS}.1"), ("3", ANNOUNCED, "10.9.54.1,10.9.54.2"))}
    assert {row[3:7] for row in decoded} == expected
    assert {row[:3] for row in decoded} == {("255", "224.0.0.18", "0xc0")}
    assert {row[7] for row in decoded} == {"1"}, "VRRP checksums are good"
    assert {row[8] for row in decoded} == {"1"}, "IP checksums are good"
    assert {row[9:] for row in decoded} == {("", "")}, "nothing to remark"


def fold(message):
    """The one's complement sum of 16-bit words."""
    total = sum(message[at] << 8 | message[at + 1] for at in range(0, len(message), 2))
    return (total & 0xFFFF) + (total >> 16)


def test_both_checksums_of_version_3_are_accepted(wire):
    """RFC 9568's without the pseudo-header too; it then answers in the form it has heard."""
    from scapy.layers.vrrp import VRRPv3
    message = bytes([0x31, V3, 254, 1, 0, 20, 0, 0, 10, 9, V3, 1])
    plain = ~fold(message) & 0xFFFF
    before = wire.instance(V3)
    wire.sender.send(frame(V3, chksum=plain))
    wire.director.wait_deposed(before)
    wire.director.wait_state(NAME[V3], "active")
    begin = time.time()

    def sent():
        return [packet for packet in wire.capture.packets(VRRPv3)
                if packet[VRRPv3].vrid == V3 and packet.time > begin]
    answer = bytes(wait(sent, 3, "an advert")[0][VRRPv3])
    assert fold(answer) == 0xFFFF, "without the pseudo-header"
    assert wire.instance(V3)["counters"]["bad_checksum"] == before["counters"]["bad_checksum"]


def test_lesser_router_is_answered_as_configured(lab):
    """By default with an advert and announcements, which come once a second at most; either can be
    switched off."""
    from scapy.layers.l2 import ARP
    from scapy.layers.vrrp import VRRPv3
    once = "garp_master_delay 0\n garp_master_refresh 0\n garp_master_repeat 2\n "
    director = Director(
        lab.host("director", "10.9.0.1/16"),
        instance("told", 58, advert_int=1, more=once)
        + instance("left", 59, advert_int=1,
                   more=once + "lower_prio_no_advert\n garp_lower_prio_repeat 0")).start()
    sender = Sender(lab.host("peer", f"{PEER}/16"))
    for name in ("told", "left"):
        director.wait_state(name, "active")
    time.sleep(0.2)
    capture = Capture(lab, director.host).start()
    for _ in range(4):
        for vrid in (58, 59):
            sender.send(advert(PEER, vrid=vrid, priority=1, addresses=[f"10.9.{vrid}.1"]))
        time.sleep(1.1)
    for name in ("told", "left"):
        wait(lambda: director.instance(name)["counters"]["adverts_received"] == 4, 5, "all heard")
    capture.stop()
    adverts = [packet[VRRPv3].vrid for packet in capture.packets(VRRPv3)]
    announced = [packet[ARP].psrc for packet in capture.packets(ARP)]
    # Beside the answers, both send one a second.
    assert adverts.count(58) - adverts.count(59) >= 2
    assert announced.count("10.9.58.1") >= 2 * 3
    assert announced.count("10.9.59.1") == 0
