"""Signed adverts (auth_hmac): against an independent implementation of the trailer, both ways, and
two directors that change keys and modes without a moment of doubt.
"""

import os
import signal
import socket
import struct
import time

import pytest

from lab import Capture, Director, Lab, wait
from lab import hmac_trailer
from lab.adverts import Sender, advert, advert_ipv6
from lab.config import instance

KEYS = {1: b"0123456789abcdef0123456789abcdef", 2: bytes(range(64))}
PEER, PEER_IPV6, PEER_UNICAST = "10.9.0.9", "fe80::9", "10.9.0.8"
# name: (vrid, version, addresses in adverts)
KINDS = {"three": (71, 3, ["10.9.71.1"]), "two": (72, 2, ["10.9.72.1"]),
         "six": (73, 3, ["fe80::73", "fd00::73"]), "uni": (74, 3, ["10.9.74.1"])}
WINDOW = 5


def block(active=1, keys=(1, 2), more=""):
    listed = "\n".join(f"key {number} hex:{KEYS[number].hex()}" for number in keys)
    return f"auth_hmac {{\n{listed}\nactive_key {active}\n{more}\n}}"


def config(key_file):
    text = ""
    for name, (vrid, version, listed) in KINDS.items():
        more = block()
        if name == "three":
            more = more.replace(f"hex:{KEYS[1].hex()}", f"file:{key_file}")
        if name == "two":
            more += "\nauthentication { auth_type PASS\n auth_pass secret12 }"
        if name == "uni":
            more += f"\nunicast_peer {{ {PEER_UNICAST} }}"
        text += instance(name, vrid, 100, *listed, version=version, more=more,
                         advert_int=1 if version == 2 else 0.2)
    return text


class Wire:
    """One director, alone and therefore Active; what it believed would show at once."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16", "fd00::1/64")
        self.sender = Sender(lab.host("peer", f"{PEER}/16", f"{PEER_UNICAST}/16"))
        key_file = self.host.directory / "key"
        key_file.write_bytes(KEYS[1] + b"\n")
        key_file.chmod(0o600)
        self.capture = Capture(lab, self.host).start()
        self.director = Director(self.host, config(key_file)).start()
        for name in KINDS:
            self.director.wait_state(name, "active")

    def frame(self, name, key=1, unsigned=False, advert_source=None, **fields):
        """An advert that its instance would believe, but for `fields`."""
        vrid, version, listed = KINDS[name]
        common = {"vrid": vrid, "priority": 254, "addresses": listed}
        if name == "six":
            plain = advert_ipv6(advert_source or PEER_IPV6, interval=20, **common)
        else:
            if name == "uni":
                common |= {"destination": "10.9.0.1", "mac": self.host.mac()}
            plain = advert(advert_source or (PEER_UNICAST if name == "uni" else PEER),
                           version=version, interval=20 if version == 3 else 1,
                           password="secret12" if name == "two" else None, **common)
        if unsigned:
            return plain
        return hmac_trailer.sign(plain, KEYS.get(key, b"x" * 32), number=key, **fields)

    def counters(self, name):
        return self.director.instance(name)["counters"]


@pytest.fixture(scope="module")
def wire():
    with Lab() as lab:
        yield Wire(lab)


def sent(wire, name):
    """(source, destination, VRRP message with its trailer, time) of its adverts."""
    vrid = KINDS[name][0]
    found = []
    for frame in list(wire.capture.frames):
        data = frame.data
        if data[12:14] == b"\x86\xdd" and data[20] == 112:
            family, source, target, message = socket.AF_INET6, data[22:38], data[38:54], data[54:]
        elif data[12:14] == b"\x08\x00" and data[23] == 112:
            family, source, target = socket.AF_INET, data[26:30], data[30:34]
            message = data[34:14 + struct.unpack("!H", data[16:18])[0]]
        else:
            continue
        if message[1] == vrid:
            found.append((socket.inet_ntop(family, source), target, message, frame.at))
    return found


def fold(content):
    total = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize("name", KINDS)
def test_what_is_sent_is_signed_by_every_byte(wire, name):
    wait(lambda: len(sent(wire, name)) >= 3, 6, "adverts")
    last = 0
    for source, target, message, at in sent(wire, name):
        assert hmac_trailer.is_right(KEYS[1], source, message)
        body, end = hmac_trailer.split(message)
        assert (end["kind"], end["number"]) == (1, 1)
        assert end["sequence"] > last, "each is greater than the one before"
        assert abs(end["at"] - at) < 1
        last = end["sequence"]
        family = socket.AF_INET6 if name == "six" else socket.AF_INET
        covered = message if name == "six" else body
        pseudo = (socket.inet_pton(family, source) + target + struct.pack("!II", len(covered), 112))
        assert fold(covered if name == "two" else pseudo + covered) == 0xFFFF


BAD = {
    "unsigned": ("hmac_missing", {"unsigned": True}),
    "of another type": ("hmac_malformed", {"kind": 2}),
    "of type 0": ("hmac_malformed", {"kind": 0}),
    "with an unknown key": ("hmac_unknown_key", {"key": 3}),
    "with zeros for an HMAC": ("hmac_invalid", {"mac": bytes(16)}),
    "for another sender": ("hmac_invalid", {"source": "10.9.0.77"}),
    "too old": ("hmac_stale", {"at": -WINDOW - 1}),
    "from the future": ("hmac_stale", {"at": WINDOW + 1}),
    "cut by a byte": ("bad_length", {"cut": 1}),
    "cut to the advert and a bit": ("bad_length", {"cut": 20}),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("name", KINDS)
def test_wrongly_signed_advert_is_counted_and_changes_nothing(wire, name, case):
    counter, fields = BAD[case]
    fields = dict(fields)
    if "at" in fields:
        fields["at"] += time.time()
    before = wire.director.instance(name)
    wire.sender.send(wire.frame(name, **fields))
    wait(lambda: wire.counters(name)[counter] > before["counters"][counter], 3, counter)
    after = wire.director.instance(name)
    changed = {key: value - before["counters"][key] for key, value in after["counters"].items()
               if value != before["counters"][key] and not key.endswith("_sent")}
    assert changed == {counter: 1}
    assert (after["state"], after["since"]) == (before["state"], before["since"])


def test_each_refusal_names_the_sender_and_what_is_wrong(wire):
    log = wire.director.log_text()
    for text in (f"three: advert from {PEER} refused: it is not signed",
                 f"three: advert from {PEER} refused: auth_hmac trailer of type 2, expected 1",
                 f"three: advert from {PEER} refused: signed with key 3, which is none of ours",
                 f"three: advert from {PEER} refused: its HMAC is wrong: key 1 there",
                 f"six: advert from {PEER_IPV6} refused: signed 6.",
                 f"at most {WINDOW} s are allowed"):
        assert text in log, text


@pytest.mark.parametrize("name", KINDS)
def test_rightly_signed_advert_is_believed_once(wire, name):
    """With either key; sent again, it and an older one are refused."""
    old = wire.frame(name)
    before, signed = wire.director.instance(name), time.time()
    frame = wire.frame(name, key=2, at=signed + 0.5)
    wire.sender.send(frame)
    took = 1000 * (time.time() - signed)
    wire.director.wait_deposed(before)
    found = wire.director.instance(name)
    assert found["auth_hmac"] == {"mode": "enforce", "active_key": 1, "keys": [1, 2],
                                  "heard_key": 2,
                                  "clock_ahead_ms": found["auth_hmac"]["clock_ahead_ms"]}
    assert 300 - took < found["auth_hmac"]["clock_ahead_ms"] <= 500
    before = wire.counters(name)
    for again in (frame, old, frame):
        wire.sender.send(again)
    wait(lambda: wire.counters(name)["hmac_replay"] == before["hmac_replay"] + 3, 3, "hmac_replay")
    assert wire.counters(name)["adverts_received"] == before["adverts_received"]
    wire.director.wait_state(name, "active", 6)


def test_guard_outlives_the_role(wire):
    """A restarted role still knows what it has accepted, and its numbers go on."""
    frame, before = wire.frame("three"), wire.director.instance("three")
    wire.sender.send(frame)
    wire.director.wait_deposed(before)
    wire.director.wait_state("three", "active", 6)
    pid = wire.director.role("vrrp")["pid"]
    os.kill(pid, signal.SIGKILL)
    wire.director.wait_status(lambda status: next(
        role for role in status["roles"] if role["name"] == "vrrp")["pid"] not in (None, pid))
    wire.director.wait_state("three", "active", 6)
    count = len(sent(wire, "three"))
    wait(lambda: len(sent(wire, "three")) > count + 2, 3, "adverts of the new one")
    numbers = [hmac_trailer.split(message)[1]["sequence"]
               for _, _, message, _ in sent(wire, "three")]
    assert numbers == sorted(set(numbers))
    before = wire.counters("three")
    wire.sender.send(frame)
    wait(lambda: wire.counters("three")["hmac_replay"] > before["hmac_replay"], 3, "hmac_replay")
    assert wire.director.state("three") == "active"


def test_keys_are_not_shown(wire):
    shown = wire.director.vdctl("config").stdout
    assert "key 1 ********" in shown and "mode enforce" in shown
    for key in KEYS.values():
        assert key.hex() not in shown and key.decode("latin-1") not in shown


class Pair:
    """Two directors; their hmac settings are changed one after the other."""

    def __init__(self, lab):
        self.lab = lab
        self.directors = [Director(lab.host(name, f"10.9.0.{number}/16"), "")
                          for number, name in enumerate(("one", "two"), 1)]

    def write(self, index, more):
        self.directors[index].write(
            instance("pair", 75, 150 - 50 * index, more=more))

    def start(self, more):
        for index, director in enumerate(self.directors):
            self.write(index, more)
            director.start()
            director.wait_state("pair", "backup" if index else "active")
        self.since = [director.instance("pair")["since"] for director in self.directors]

    def change(self, more):
        """Both get it, the Backup first; after each the adverts of the Active are believed."""
        for index in (1, 0):
            self.write(index, more)
            self.directors[index].vdctl("reload")
            heard = self.heard()
            wait(lambda: self.heard() > heard + 2, 3, "adverts of the Active")

    def heard(self):
        return self.directors[1].instance("pair")["counters"]["adverts_received"]

    def assert_nothing_happened(self, *allowed):
        for index, director in enumerate(self.directors):
            found = director.instance("pair")
            assert found["state"] == ("backup" if index else "active")
            assert found["since"] == self.since[index]
            assert {name for name, value in found["counters"].items()
                    if value and name.startswith(("hmac", "bad"))} <= set(allowed)


def test_keys_are_changed_without_a_loss(lab):
    pair = Pair(lab)
    pair.start(block(1, (1,)))
    pair.change(block(1, (1, 2)))
    pair.change(block(2, (1, 2)))
    assert pair.directors[1].instance("pair")["auth_hmac"]["heard_key"] == 2
    pair.change(block(2, (2,)))
    pair.assert_nothing_happened()


def test_signing_is_brought_in_without_a_loss(lab):
    """The way: none, receive-only, permissive, enforce; and what each of them still lets pass."""
    pair = Pair(lab)
    pair.start("")
    for mode in ("receive-only", "permissive", "enforce"):
        pair.change(block(more=f"mode {mode}"))
        assert pair.directors[1].instance("pair")["auth_hmac"]["mode"] == mode
        heard = pair.directors[1].instance("pair")["auth_hmac"]["heard_key"]
        assert heard == (None if mode == "receive-only" else 1)
    pair.assert_nothing_happened("hmac_missing")
    assert "adverts of 10.9.0.1 are not signed; auth_hmac's mode receive-only lets them pass" \
        in pair.directors[1].log_text()
    missing = pair.directors[1].instance("pair")["counters"]["hmac_missing"]
    heard = pair.heard()
    wait(lambda: pair.heard() > heard + 2, 3, "adverts")
    assert pair.directors[1].instance("pair")["counters"]["hmac_missing"] == missing


def test_signed_advert_where_none_is_expected_is_named(lab):
    director = Director(lab.host("director", "10.9.0.1/16"), instance("plain", 76)).start()
    director.wait_state("plain", "active")
    frame = advert(PEER, vrid=76, priority=254, interval=20, addresses=["10.9.76.1"])
    Sender(lab.host("peer", f"{PEER}/16")).send(hmac_trailer.sign(frame, KEYS[1]))
    director.wait_log("40 bytes with 1 address: signed \\(auth_hmac\\), which is not configured")
    assert director.state("plain") == "active"


def test_monotonic_guard_asks_no_clock(lab):
    director = Director(lab.host("director", "10.9.0.1/16"),
                        instance("mono", 77, more=block(more="anti_replay monotonic"))).start()
    director.wait_state("mono", "active")
    before = director.instance("mono")
    sender = Sender(lab.host("peer", f"{PEER}/16"))
    frame = advert(PEER, vrid=77, priority=254, interval=20, addresses=["10.9.77.1"])
    sender.send(hmac_trailer.sign(frame, KEYS[1], at=1000))
    director.wait_deposed(before)
    sender.send(hmac_trailer.sign(frame, KEYS[1], at=999))
    wait(lambda: director.instance("mono")["counters"]["hmac_replay"] == 1, 5, "it is refused")
    director.wait_state("mono", "active")
