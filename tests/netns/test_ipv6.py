"""VRRP over IPv6: what goes over the wire, whom it believes, and two directors that hand over."""

import os
import signal
import socket
import struct
import time

import pytest

from lab import AddressMonitor, Capture, Director, Lab, SLOW, wait
from lab.adverts import Sender, advert_ipv6
from lab.config import instance

VRID, ADDRESSES = 51, ("fe80::100", "fd00::100")
PEER = "fe80::9"
LISTED = ("fe80::100/64", "fd00::100/128", "fd00::101/64")


def link_local(host):
    return next(entry["local"] for entry in host.addresses()
                if entry["family"] == "inet6" and entry["scope"] == "link"
                and entry["local"] not in ADDRESSES)


class Wire:
    """One director, alone and therefore Active."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16", "fd00::1/64")
        self.sender = Sender(lab.host("peer", "fd00::9/64"))
        self.capture = Capture(lab, self.host).start()
        self.director = Director(self.host, instance(
            "six", VRID, 100, *LISTED, more="virtual_ipaddress_excluded { fd00::102/128\n"
            " 10.9.51.7/32 }\n garp_master_repeat 2\n garp_master_delay 1"))
        self.director.start()
        self.director.wait_state("six", "active")

    def instance(self):
        return self.director.instance("six")


@pytest.fixture(scope="module")
def wire():
    with Lab() as lab:
        yield Wire(lab)


def frame(**fields):
    return advert_ipv6(PEER, **{"vrid": VRID, "priority": 254, "interval": 20,
                                "addresses": ["fe80::100", "fd00::100", "fd00::101"], **fields})


def fragments(whole, size=1400):
    """The frames of a fragmented IPv6 packet (RFC 8200 4.5)."""
    ethernet, header, payload = whole[:14], whole[14:54], whole[54:]
    for at in range(0, len(payload), size):
        part = payload[at:at + size]
        more = at + size < len(payload)
        yield (ethernet + header[:4] + struct.pack("!HB", len(part) + 8, 44) + header[7:]
               + struct.pack("!BBHI", 112, 0, at | more, 7) + part)


def test_adverts_of_others_may_be_longer_than_a_frame_issue_8_17(wire):
    """keepalived fragments such; refused or lost, they would leave two routers Active."""
    before = wire.instance()["counters"]
    whole = frame(priority=1, addresses=["fe80::100", *(f"fd00::2:{n:x}" for n in range(1, 255))])
    for part in fragments(whole):
        wire.sender.send(part)
    wait(lambda: wire.instance()["counters"]["adverts_received"]
         == before["adverts_received"] + 1, 3, "it is heard")


def test_status_says_ipv6(wire):
    found = wire.instance()
    assert (found["family"], found["version"]) == ("ipv6", 3)
    assert {entry["address"] for entry in found["addresses"]} == {
        *LISTED, "fd00::102/128", "10.9.51.7/32"}
    assert all(entry["present"] for entry in found["addresses"])
    assert "six" in wire.director.vdctl("status").stdout


def test_adverts_are_those_of_the_standard(wire):
    """RFC 9568 5.1.2: from the link-local address to ff02::12, hop limit 255; 5.2.8: checksum."""
    from scapy.layers.inet6 import IPv6
    wait(lambda: any(packet[IPv6].nh == 112 for packet in wire.capture.packets(IPv6)), 3, "advert")
    packet = next(packet for packet in wire.capture.packets(IPv6) if packet[IPv6].nh == 112)
    layer = packet[IPv6]
    assert (layer.dst, layer.hlim, layer.tc) == ("ff02::12", 255, 0xC0)
    assert layer.src == link_local(wire.host)
    message = bytes(layer.payload)
    made = advert_ipv6(layer.src, vrid=VRID, priority=100, interval=20,
                       addresses=["fe80::100", "fd00::100", "fd00::101"])
    assert message == made[54:]


def test_tshark_finds_nothing_wrong_with_its_adverts(wire, tmp_path):
    wire.capture.write_pcap(tmp_path / "six.pcap")
    shown = wire.host.run("tshark", "-r", tmp_path / "six.pcap", "-Y", "vrrp", "-T", "fields",
                          "-e", "vrrp.checksum.status", "-e", "vrrp.addr_count", "-e",
                          "_ws.expert.message", "-o", "vrrp.v3_checksum_as_in_v2:FALSE").stdout
    assert set(shown.splitlines()) == {"1\t3\t"}


def test_addresses_are_there_at_once_and_no_source_for_others(wire):
    """No duplicate detection; a /128 is deprecated, a wider one is not."""
    entries = {entry["local"]: entry for entry in wire.host.addresses()}
    for address in ("fe80::100", "fd00::100", "fd00::101", "fd00::102"):
        assert entries[address].get("nodad") and not entries[address].get("tentative"), address
    deprecated = {address for address, entry in entries.items() if entry.get("deprecated")}
    assert deprecated == {"fd00::100", "fd00::102"}
    assert entries["fd00::100"]["preferred_life_time"] == 0


def test_addresses_are_announced_by_unsolicited_advertisements(wire):
    from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
    from scapy.layers.l2 import ARP, Ether
    wanted = {"fe80::100", "fd00::100", "fd00::101", "fd00::102"}

    def seen():
        return [packet for packet in wire.capture.packets(ICMPv6ND_NA)
                if packet[IPv6].dst == "ff02::1" and packet[ICMPv6ND_NA].tgt in wanted]
    wait(lambda: len(seen()) >= 16, 5, "two bursts of two rounds for four addresses")
    mac = wire.host.mac()
    for packet in seen():
        advertisement = packet[ICMPv6ND_NA]
        assert (packet[Ether].src, packet[Ether].dst) == (mac, "33:33:00:00:00:01")
        assert (packet[IPv6].src, packet[IPv6].hlim) == (advertisement.tgt, 255)
        assert (advertisement.R, advertisement.S, advertisement.O) == (0, 0, 1)
        assert packet[ICMPv6NDOptDstLLAddr].lladdr == mac
        sent, layer = advertisement.cksum, packet[IPv6].copy()
        del layer[ICMPv6ND_NA].cksum
        assert IPv6(bytes(layer))[ICMPv6ND_NA].cksum == sent
    assert any(packet[ARP].psrc == "10.9.51.7" for packet in wire.capture.packets(ARP))


def test_router_says_so_in_its_advertisements(wire):
    """The R flag follows forwarding, also when that is switched while it runs."""
    from scapy.layers.inet6 import ICMPv6ND_NA, IPv6
    wire.host.sysctl("net.ipv6.conf.eth1.forwarding", 1)
    begin = time.time()
    # A lesser router makes it announce again.
    wire.sender.send(frame(priority=1))
    packet = wait(lambda: next((packet for packet in wire.capture.packets(ICMPv6ND_NA)
                                if packet.time > begin and packet[IPv6].dst == "ff02::1"), None),
                  3, "announcement")
    wire.host.sysctl("net.ipv6.conf.eth1.forwarding", 0)
    assert packet[ICMPv6ND_NA].R == 1


BAD = {
    "hop limit 254": ("bad_ttl", {"hop_limit": 254}),
    "checksum": ("bad_checksum", {"checksum": 0x1234}),
    "more addresses than there are": ("bad_length", {"count": 4}),
    "no address": ("bad_count", {"addresses": []}),
    "interval 0": ("bad_interval", {"interval": 0}),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_advert_is_counted_and_changes_nothing(wire, case):
    counter, fields = BAD[case]
    before = wire.instance()
    wire.sender.send(frame(**fields))
    wait(lambda: wire.instance()["counters"][counter] > before["counters"][counter], 3, counter)
    after = wire.instance()
    assert (after["state"], after["since"]) == ("active", before["since"])
    assert after["counters"]["adverts_received"] == before["counters"]["adverts_received"]


def test_advert_to_another_group_or_of_another_router_is_not_heard(wire):
    before = wire.instance()["counters"]
    wire.sender.send(frame(destination="ff02::13", mac="33:33:00:00:00:13"))
    wire.sender.send(frame(vrid=VRID + 1))
    wire.sender.send(frame(destination=link_local(wire.host), mac=wire.host.mac()))
    time.sleep(0.3)
    after = wire.instance()["counters"]
    assert {name: value - before[name] for name, value in after.items()
            if value != before[name] and not name.endswith("_sent")} == {"wrong_vrid": 1}


def test_first_address_that_is_not_link_local_is_accepted_and_counted(wire):
    before = wire.instance()
    wire.sender.send(frame(addresses=["fd00::100"]))
    wire.director.wait_deposed(before)
    assert wire.instance()["counters"]["bad_first_address"] \
        == before["counters"]["bad_first_address"] + 1
    wire.director.wait_log(r"first address in adverts of fe80::9 is not link-local", 2)
    wire.director.wait_state("six", "active")


def test_good_advert_is_believed_and_its_sender_named(wire):
    before, monitor = wire.instance(), AddressMonitor(wire.host)
    wire.sender.send(frame())
    wire.director.wait_deposed(before)
    found = wire.instance()
    assert (found["peer"]["address"], found["peer"]["priority"]) == (PEER, 254)
    wait(lambda: monitor.removed("fd00::101"), 5, "the addresses are gone")
    monitor.stop()
    wire.director.wait_state("six", "active")


# Two directors

def pair(lab, *listed):
    """(director of priority 150, director of 100), both running, the first one Active."""
    made = [Director(lab.host(name, f"10.9.0.{number}/16", f"fd00::{number}/64"),
                     instance("six", VRID, priority, *listed))
            for number, (name, priority) in enumerate((("one", 150), ("two", 100)), 1)]
    made[0].start()
    made[0].wait_state("six", "active")
    made[1].start()
    made[1].wait_state("six", "backup")
    return made


def test_backup_takes_over_and_the_better_one_returns(lab):
    one, two = pair(lab, *LISTED)
    time.sleep(1)
    assert (one.state("six"), two.state("six")) == ("active", "backup")
    assert two.instance("six")["counters"]["adverts_received"] > 2
    assert one.stop() == 0
    two.wait_state("six", "active", 3)
    wait(lambda: two.host.has("fd00::100"), 2, "addresses")
    assert not one.host.has("fd00::100")
    one.start()
    one.wait_state("six", "active", 5)
    two.wait_state("six", "backup", 3)
    wait(lambda: one.host.has("fe80::100") and not two.host.has("fe80::100"), 2, "one owner")


def test_client_follows_the_address(lab):
    client = lab.host("client", "fd00::30/64")
    one, two = pair(lab, "fe80::100/64", "fd00::100/64")

    def answered():
        with client.inside(), socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(("fd00::100", 9))
            except ConnectionRefusedError:
                return True
            except OSError:
                return False

    def known():
        shown = client.run("ip", "-6", "neigh", "show", "fd00::100").stdout
        return shown.split()[4] if "lladdr" in shown else ""
    wait(answered, 5, "an answer from the first")
    assert known() == one.host.mac()
    one.host.mute()
    two.wait_state("six", "active", 5)
    wait(lambda: known() == two.host.mac(), 2, "the neighbour cache follows the announcement")
    assert answered()


def test_source_that_is_tentative_or_a_duplicate_is_a_named_fault(lab):
    """It waits for the end of duplicate detection, and does not speak from a duplicate."""
    other = lab.host("other", "10.9.0.2/16")
    host = lab.host("one", "10.9.0.1/16")
    own = link_local(host)
    lab.ip(other.netns, f"addr add {own}/64 dev eth1 nodad")
    lab.ip(host.netns, f"addr del {own}/64 dev eth1")
    for interface in ("all", "eth1"):
        host.sysctl(f"net.ipv6.conf.{interface}.accept_dad", 1)
        host.sysctl(f"net.ipv6.conf.{interface}.dad_transmits", 3)
    director = Director(host, instance("six", VRID, 100, *LISTED)).start()
    director.wait_state("six", "fault")
    lab.ip(host.netns, f"addr add {own}/64 dev eth1")
    director.wait_status(lambda status: "another node has the same one"
                         in str(status["instances"][0]["reasons"]), 5 * SLOW, "duplicate")
    assert director.state("six") == "fault"
    lab.ip(host.netns, "addr add fe80::77/64 dev eth1")
    seen = director.wait_status(lambda status: "duplicate detection runs"
                                in str(status["instances"][0]["reasons"]), 2, "tentative")
    assert seen["instances"][0]["reasons"][0]["reason"] == "no_source"
    director.wait_state("six", "active", 8)


def test_addresses_return_with_the_link(lab):
    """The kernel drops all IPv6 addresses of a link that is taken down."""
    one, two = pair(lab, *LISTED)
    one.host.link_down()
    one.wait_state("six", "fault", 3)
    two.wait_state("six", "active", 5)
    one.host.link_up()
    one.wait_state("six", "active", 8)
    wait(lambda: all(one.host.has(address) for address in ADDRESSES), 2, "addresses")
    two.wait_state("six", "backup", 3)
    wait(lambda: not any(two.host.has(address) for address in ADDRESSES), 2, "one owner")


def test_role_that_dies_is_taken_up_where_it_was(lab):
    one, two = pair(lab, *LISTED)
    since = one.instance("six")["since"]
    pid = one.role("vrrp")["pid"]
    os.kill(pid, signal.SIGKILL)
    one.wait_status(lambda status: next(role for role in status["roles"] if role["name"] == "vrrp"
                                        )["restarts"] == 1, 3, "the role is restarted")
    time.sleep(1)
    found = one.instance("six")
    assert (found["state"], found["since"]) == ("active", since)
    assert two.state("six") == "backup"
    assert all(one.host.has(address) for address in ADDRESSES)
