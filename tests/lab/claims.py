"""Frames by which somebody claims an address: ARP, neighbour discovery. And a firewall."""

import ipaddress

from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, IPv6)
from scapy.layers.l2 import ARP, Ether

EVERYBODY = "ff:ff:ff:ff:ff:ff"
STRANGER = "02:00:00:00:be:ef"


def arp(address, mac=STRANGER, operation="is-at"):
    """Gratuitous ARP: a reply, or with "who-has" a request."""
    return bytes(Ether(src=mac, dst=EVERYBODY)
                 / ARP(op=operation, hwsrc=mac, psrc=address, hwdst=EVERYBODY, pdst=address))


def advertisement(address, mac=STRANGER):
    """An unsolicited neighbour advertisement to all nodes."""
    return bytes(Ether(src=mac, dst="33:33:00:00:00:01")
                 / IPv6(src=address, dst="ff02::1", hlim=255)
                 / ICMPv6ND_NA(tgt=address, R=1, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=mac))


def detection(address, mac=STRANGER):
    """The solicitation of duplicate address detection."""
    end = ipaddress.ip_address(address).packed[-3:]
    group = "ff02::1:ff" + end[:1].hex() + ":" + end[1:].hex()
    return bytes(Ether(src=mac, dst="33:33:ff:" + ":".join(f"{byte:02x}" for byte in end))
                 / IPv6(src="::", dst=group, hlim=255) / ICMPv6ND_NS(tgt=address))


def firewall(host, *rules, family="inet"):
    """Replaces the host's nftables rules for what it receives: "meta l4proto 112 drop" ..."""
    lines = "\n".join(f"        {rule}" for rule in rules)
    host.run("nft", "-f", "-", input=f"""
table {family} lab
delete table {family} lab
table {family} lab {{
    chain input {{
        type filter hook input priority 0; policy accept;
{lines}
    }}
}}
""")
