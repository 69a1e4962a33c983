"""Every value of an instance that goes onto the wire, or into the kernel, changes by a reload, while
the instance stays Active."""

import time

import pytest

from lab import Capture, Director, Lab, wait
from lab.config import instance

VIP, SECOND = "10.9.71.1", "10.9.0.11"


@pytest.fixture(scope="module")
def director():
    with Lab() as lab:
        lab.host("peer", "10.9.0.2/16")
        one = Director(lab.host("one", "10.9.0.1/16", f"{SECOND}/16"), plain())
        one.capture = Capture(lab, one.host).start()
        yield one.start()


def plain(more="", version=3, advert_int=0.2):
    return instance("web", 71, 100, f"{VIP}/32", version=version, advert_int=advert_int, more=more)


def adverts(director, since):
    """Those of the last moments, as scapy packets."""
    from scapy.layers.inet import IP
    return [packet for packet in director.capture.packets(IP)
            if packet.time > since and packet[IP].proto == 112]


def vrrp(packet):
    """(version, priority, interval in seconds, kind of authentication)"""
    from scapy.layers.vrrp import VRRP, VRRPv3
    if VRRPv3 in packet:
        return 3, packet[VRRPv3].priority, packet[VRRPv3].adv / 100, 0
    return 2, packet[VRRP].priority, packet[VRRP].adv, packet[VRRP].authtype


def ip(packet):
    from scapy.layers.inet import IP
    return packet[IP].src, packet[IP].dst, packet[IP].ttl


GROUP = "224.0.0.18"
CASES = [
    ("priority", plain().replace("priority 100", "priority 150"),
     lambda packet: vrrp(packet)[1] == 150),
    ("interval", plain(advert_int=0.1), lambda packet: vrrp(packet)[2] == 0.1),
    ("version", plain(version=2, advert_int=1), lambda packet: vrrp(packet)[0] == 2),
    ("password", plain("authentication { auth_type PASS\n auth_pass geheim\n }", 2, 1),
     lambda packet: vrrp(packet)[3] == 1),
    ("source", plain(f"mcast_src_ip {SECOND}"), lambda packet: ip(packet)[:2] == (SECOND, GROUP)),
    ("group", plain("mcast_dst_ip 224.0.0.77"), lambda packet: ip(packet)[1] == "224.0.0.77"),
    ("peer", plain("unicast_peer { 10.9.0.2 }"), lambda packet: ip(packet)[1] == "10.9.0.2"),
    ("ttl", plain("unicast_ttl 64\n unicast_peer { 10.9.0.2 }"),
     lambda packet: ip(packet)[1:] == ("10.9.0.2", 64)),
    ("unicast-source", plain(f"unicast_src_ip {SECOND}\n unicast_peer {{ 10.9.0.2 }}"),
     lambda packet: ip(packet)[:2] == (SECOND, "10.9.0.2")),
]


@pytest.mark.parametrize("text, is_new", [pytest.param(text, is_new, id=name)
                                          for name, text, is_new in CASES])
def test_adverts_change(director, text, is_new):
    director.write(plain())
    director.vdctl("reload")
    director.wait_state("web", "active")
    before = director.instance("web")["since"]
    director.write(text)
    director.vdctl("reload")
    begun = time.time()
    wait(lambda: adverts(director, begun), 5, "an advert after the reload")
    assert all(is_new(packet) for packet in adverts(director, begun)), \
        [packet.summary() for packet in adverts(director, begun)]
    found = director.instance("web")
    assert (found["state"], found["since"]) == ("active", before), "it was Active all the time"
    begun = time.time()
    director.write(plain())
    director.vdctl("reload")
    wait(lambda: [packet for packet in adverts(director, begun) if vrrp(packet)[:3] == (3, 100, 0.2)
                  and ip(packet) == ("10.9.0.1", GROUP, 255)], 5, "and back")
    assert director.instance("web")["since"] == before


def test_lease_changes(director):
    def lifetime():
        return next(entry["valid_life_time"] for entry in director.host.addresses()
                    if entry["local"] == VIP)
    director.write(plain("address_lease 60"))
    director.vdctl("reload")
    wait(lambda: 50 < lifetime() <= 60, 5, "a minute")
    director.write(plain("address_lease off"))
    director.vdctl("reload")
    wait(lambda: lifetime() > 1 << 30, 5, "for ever")
    director.write(plain())
    director.vdctl("reload")
    wait(lambda: lifetime() < 10, 5, "a few seconds again")
    assert director.instance("web")["counters"]["became_active"] == 1
