"""VRRP adverts made by hand: right ones, and ones that are wrong in one chosen way."""

import socket
import struct
import time

from scapy.layers.inet import IP
from scapy.layers.l2 import Ether
from scapy.layers.vrrp import VRRP, VRRPv3
from scapy.packet import Raw

GROUP = "224.0.0.18"
GROUP_MAC = "01:00:5e:00:00:12"
GROUP_IPV6 = "ff02::12"
GROUP_IPV6_MAC = "33:33:00:00:00:12"


def advert(source, version=3, vrid=51, priority=100, interval=None, addresses=("10.9.0.100",),
           ttl=255, cut=None, password=None, destination=GROUP, mac=GROUP_MAC, **fields):
    """An Ethernet frame with one advert.

    `interval` is in the wire's unit (v2: seconds, default 1; v3: centiseconds, default 100).
    `cut` keeps only so many bytes of the VRRP message.  Other fields go to scapy's VRRP layer:
    type, ipcount, chksum, authtype ..."""
    packet = IP(src=source, dst=destination, ttl=ttl, tos=0xC0, proto=112)
    if version == 3:
        message = VRRPv3(vrid=vrid, priority=priority, adv=100 if interval is None else interval,
                         addrlist=list(addresses), **fields)
    else:
        if password is not None:
            fields["authtype"] = 1
            words = struct.unpack("!II", password.encode().ljust(8, b"\0"))
            fields["auth1"], fields["auth2"] = words
        message = VRRP(version=version, vrid=vrid, priority=priority,
                       adv=1 if interval is None else interval, addrlist=list(addresses), **fields)
    content = bytes(packet / message)
    if cut is not None:
        content = bytes(packet / Raw(content[20:20 + cut]))
    return bytes(Ether(src=f"00:00:5e:00:01:{vrid:02x}", dst=mac, type=0x0800)) + content


def advert_ipv6(source, vrid=51, priority=100, interval=100, addresses=("fe80::100",), hop_limit=255,
                destination=GROUP_IPV6, mac=GROUP_IPV6_MAC, checksum=None, count=None):
    """The same over IPv6, version 3."""
    source_bytes, destination_bytes = (socket.inet_pton(socket.AF_INET6, address)
                                       for address in (source, destination))
    listed = b"".join(socket.inet_pton(socket.AF_INET6, address) for address in addresses)

    def message(total):
        return struct.pack("!BBBBHH", 0x31, vrid, priority,
                           len(addresses) if count is None else count, interval, total) + listed
    length = len(message(0))
    if checksum is None:
        checksum = _sum(source_bytes + destination_bytes + struct.pack("!II", length, 112)
                        + message(0))
    return (bytes(Ether(src=f"00:00:5e:00:02:{vrid:02x}", dst=mac, type=0x86DD))
            + struct.pack("!IHBB", 6 << 28 | 0xC0 << 20, length, 112, hop_limit)
            + source_bytes + destination_bytes + message(checksum))


def _sum(content):
    total = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Sender:
    """Sends frames from a host's interface."""

    def __init__(self, host):
        with host.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._socket.bind((host.interface, 0))
        host.lab.at_cleanup(self._socket.close)

    def send(self, frame, count=1, interval=0.0):
        for number in range(count):
            if number and interval:
                time.sleep(interval)
            self._socket.send(frame)
