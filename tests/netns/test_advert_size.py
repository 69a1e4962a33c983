"""An advert is one frame (issue 8.17): what has no room in it is held and announced, not advertised,
and status, log and -t say so.
"""

import struct

import pytest

from lab import Capture, Director, wait
from lab.config import instance

VRID = 61
KEY = f"auth_hmac {{\n key 1 hex:{'00ff' * 16}\n active_key 1\n}}"


def ipv6(count):
    return ["fe80::1:1/64", *(f"fd00::1:{number:x}/128" for number in range(1, count))]


def ipv4(count):
    return [f"10.9.{100 + number // 250}.{1 + number % 250}/32" for number in range(count)]


def listed(capture, since, ethertype):
    """What adverts from then on list, and whether any frame was a fragment."""
    found, fragments = set(), 0
    for frame in list(capture.frames)[since:]:
        data = frame.data
        if data[12:14] != ethertype:
            continue
        if ethertype == b"\x86\xdd":
            fragments += data[20] == 44
            if data[20] == 112:
                found.add(data[14 + 40 + 3])
        else:
            fragments += struct.unpack("!H", data[20:22])[0] & 0x3FFF != 0
            if data[23] == 112:
                found.add(data[14 + 20 + 3])
    return found, fragments


def advertised(capture, ethertype, count):
    """Waits until adverts list so many; none is fragmented."""
    since = len(capture.frames)
    wait(lambda: count in listed(capture, since, ethertype)[0], 3, f"{count} are advertised")
    assert listed(capture, since, ethertype)[1] == 0


def unadvertised(director, name="one"):
    return next((reason["text"] for reason in director.instance(name)["reasons"]
                 if reason["reason"] == "unadvertised"), None)


def set_mtu(host, mtu):
    host.run("ip", "link", "set", "eth1", "mtu", str(mtu))


def test_ipv6_adverts_follow_the_mtu_issue_8_17(lab):
    """100 addresses: 90 at 1500, 77 at 1280, and 1500 again; all of them are there."""
    host = lab.host("director", "fd00::9:1/64")
    config = instance("one", VRID, 100, *ipv6(100))
    director = Director(host, config).start()
    capture = Capture(lab, host).start()
    director.wait_state("one", "active")
    advertised(capture, b"\x86\xdd", 90)
    wait(lambda: all(entry["present"] for entry in director.instance("one")["addresses"]), 5)
    assert unadvertised(director) == (
        "adverts list 90 of 100 addresses, as many as fit into a frame: the others are held and "
        "announced, but not advertised")
    assert "has 100 addresses, and an advert has room for 90 (MTU 1500)" in director.log_text()
    set_mtu(host, 1280)
    advertised(capture, b"\x86\xdd", 77)
    wait(lambda: "77 of 100" in unadvertised(director) and "eth1 has an MTU of 1280"
         in unadvertised(director), 3, "status says so")
    assert any("eth1 has an MTU of 1280" in line for line in director.log_text().splitlines())
    checked = host.run(director.program, "-t", "-f", director.config, check=False)
    assert "an advert has room for 77 (MTU 1280)" in checked.stdout + checked.stderr
    set_mtu(host, 9000)
    advertised(capture, b"\x86\xdd", 90)


def test_signed_adverts_need_room_for_their_trailer_issue_8_17(lab):
    host = lab.host("director", "fd00::9:1/64")
    set_mtu(host, 1280)
    director = Director(host, instance("one", VRID, 100, *ipv6(77), more=KEY)).start()
    capture = Capture(lab, host).start()
    director.wait_state("one", "active")
    advertised(capture, b"\x86\xdd", 75)
    assert "75 of 77" in unadvertised(director)


@pytest.mark.parametrize("mtu, room", ((1500, 255), (576, 137)))
def test_ipv4_adverts_have_a_bound_too_issue_8_17(lab, mtu, room):
    """By their format at most 255; two routers with the same file are one group."""
    hosts = [lab.host(name, f"10.9.0.{number}/16") for number, name in ((1, "one"), (2, "two"))]
    directors = []
    for host, priority in zip(hosts, (150, 100)):
        set_mtu(host, mtu)
        directors.append(Director(host, instance("one", VRID, priority, *ipv4(300))).start())
    capture = Capture(lab, hosts[0]).start()
    directors[0].wait_state("one", "active")
    directors[1].wait_state("one", "backup")
    advertised(capture, b"\x08\x00", room)
    wait(lambda: all(entry["present"] for entry in directors[0].instance("one")["addresses"]), 5)
    for director in directors:
        assert f"adverts list {room} of 300 addresses" in unadvertised(director)
        bound = "" if room == 255 else f" (MTU {mtu})"
        assert f"300 addresses, and an advert has room for {room}{bound}: " in director.log_text()
    counters = directors[1].instance("one")["counters"]
    assert counters["adverts_received"] > 0 and counters["address_list_differs"] == 0
