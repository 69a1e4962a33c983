"""The trailer of signed adverts (auth_hmac), written apart from the daemon's own code.

28 bytes behind the advert: type 1, key number, two zeros, UTC seconds (32 bits), their fraction
(16), a counter (16), and the first 16 bytes of an HMAC-SHA256 over: the family (4 or 6), version,
VRID, 0 and the source address in 16 bytes; the advert with its checksum as zero; the trailer
with its HMAC as zeros.
"""

import hashlib
import hmac
import socket
import struct
import time

SIZE, MAC_SIZE = 28, 16


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sequence(when=None, counter=0):
    """The number of an advert sent at that time (s since 1970; now)."""
    when = time.time() if when is None else when
    seconds = int(when)
    return seconds << 32 | int((when - seconds) * 65536) << 16 | counter


def digest(key, source, advert, head):
    address = socket.inet_pton(_family(source), source).ljust(16, b"\0")
    first = bytes([6 if ":" in source else 4, advert[0] >> 4, advert[1], 0])
    covered = first + address + advert[:6] + b"\0\0" + advert[8:] + head + bytes(MAC_SIZE)
    return hmac.new(key, covered, hashlib.sha256).digest()[:MAC_SIZE]


def trailer(key, source, advert, number=1, at=None, counter=0, kind=1):
    """The trailer for an advert (bytes of the VRRP message) that is sent from `source`."""
    head = struct.pack("!BBHQ", kind, number, 0, sequence(at, counter))
    return head + digest(key, source, advert, head)


def split(message):
    """(advert, {"kind", "number", "sequence", "mac", "head"}) of what an IP packet carries."""
    advert, last = message[:-SIZE], message[-SIZE:]
    kind, number, zero, count = struct.unpack("!BBHQ", last[:12])
    assert zero == 0
    return advert, {"kind": kind, "number": number, "sequence": count, "mac": last[12:],
                    "head": last[:12], "at": (count >> 16) / 65536}


def is_right(key, source, message):
    """Whether a message from `source` is signed with the key."""
    advert, last = split(message)
    return hmac.compare_digest(digest(key, source, advert, last["head"]), last["mac"])


def sign(frame, key, **fields):
    """An Ethernet frame of lab.adverts, signed; with the lengths and checksums that this changes.
    Fields go to trailer(); `source` may differ from the frame's, `cut` takes bytes off the end,
    and `mac` replaces the HMAC."""
    cut, mac = fields.pop("cut", 0), fields.pop("mac", None)
    if frame[12:14] == b"\x08\x00":
        return _sign_ipv4(frame, key, fields, cut, mac)
    return _sign_ipv6(frame, key, fields, cut, mac)


def _finish(last, cut, mac):
    if mac is not None:
        last = last[:-MAC_SIZE] + mac
    return last[:len(last) - cut]


def _sum(content):
    content += b"\0" * (len(content) % 2)
    total = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _sign_ipv4(frame, key, fields, cut, mac):
    """The IP header counts the trailer; the advert's checksum does not."""
    ip, advert = frame[14:34], frame[34:]
    fields.setdefault("source", socket.inet_ntoa(ip[12:16]))
    last = _finish(trailer(key, advert=advert, **fields), cut, mac)
    ip = ip[:2] + struct.pack("!H", 20 + len(advert) + len(last)) + ip[4:10] + b"\0\0" + ip[12:]
    ip = ip[:10] + struct.pack("!H", _sum(ip)) + ip[12:]
    return frame[:14] + ip + advert + last


def _sign_ipv6(frame, key, fields, cut, mac):
    """The checksum covers the trailer, as the kernel computes it."""
    ip, advert = frame[14:54], frame[54:]
    fields.setdefault("source", socket.inet_ntop(socket.AF_INET6, ip[8:24]))
    last = _finish(trailer(key, advert=advert, **fields), cut, mac)
    message = advert[:6] + b"\0\0" + advert[8:] + last
    total = _sum(ip[8:40] + struct.pack("!II", len(message), 112) + message)
    ip = ip[:4] + struct.pack("!H", len(message)) + ip[6:]
    return frame[:14] + ip + message[:6] + struct.pack("!H", total) + message[8:]
