"""Side by side with Debian's keepalived: whichever of the two is Active, the other one takes over
when it stops, and neither has anything to say against the other's adverts.

Both get the same file; only the priority differs, and each role is played by both programs.  All
variants of the protocol run at the same time, as instances of one pair.
"""

import re
import time

import pytest

from lab import Capture, Director, Keepalived, Lab, SLOW, wait

HIGH, LOW = 150, 100


class Variant:
    """One instance of the pair. `kind`: multicast or unicast; `family`: 4 or 6."""

    def __init__(self, vrid, version, interval="1", more="", kind="multicast", family=4):
        self.vrid, self.version, self.interval, self.more = vrid, version, interval, more
        self.kind, self.family = kind, family

    @property
    def addresses(self):
        if self.family == 6:
            return [f"fe80::{self.vrid}", f"fd00::{self.vrid}"]
        return [f"10.9.{self.vrid}.1", f"10.9.{self.vrid}.2"]

    def node(self, number):
        """Where that director sends from when it is told to."""
        return f"fd00::{number}" if self.family == 6 else f"10.9.0.{number}"

    def text(self, name, priority):
        listed = "\n".join(f"        {address}/{128 if self.family == 6 else 32} dev eth1"
                           for address in self.addresses)
        more = self.more
        if self.kind == "unicast":
            own, peer = (1, 2) if priority == HIGH else (2, 1)
            more += f"""
    unicast_src_ip {self.node(own)}
    unicast_peer {{
        {self.node(peer)}
    }}"""
        return f"""\
vrrp_instance {name} {{
    state {"MASTER" if priority == HIGH else "BACKUP"}
    interface eth1
    virtual_router_id {self.vrid}
    priority {priority}
    version {self.version}
    advert_int {self.interval}
    {more}
    virtual_ipaddress {{
{listed}
    }}
}}
"""


PASSWORD = "authentication {\n        auth_type PASS\n        auth_pass secret12\n    }"
VARIANTS = {
    "v2": Variant(21, 2),
    "v2pass": Variant(22, 2, more=PASSWORD),
    "v3": Variant(23, 3),
    "v3half": Variant(24, 3, "0.5"),
    "v2uni": Variant(25, 2, kind="unicast"),
    "v3uni": Variant(26, 3, kind="unicast"),
    "six": Variant(27, 3, family=6),
    "sixhalf": Variant(28, 3, "0.5", family=6),
    "sixuni": Variant(29, 3, kind="unicast", family=6),
}
ADDRESSES = {name: variant.addresses for name, variant in VARIANTS.items()}


def config(priority):
    return "global_defs {\n    router_id both\n}\n" + "".join(
        variant.text(name, priority) for name, variant in VARIANTS.items())


def down_interval(name, priority):
    interval = float(VARIANTS[name].interval)
    return 3 * interval + skew(name, priority)


def skew(name, priority):
    variant = VARIANTS[name]
    return (256 - priority) / 256 * (1 if variant.version == 2 else float(variant.interval))


COMPLAINTS = re.compile(r"(?i)bogus|invalid|mismatch|incorrect|discard|error|fail|unknown|bad |"
                        r"expected|checksum|different|not match|received.*(interval|address)")


def vrrp_message(data):
    """The advert in an Ethernet frame, of either family; None for other frames."""
    if data[12:14] == b"\x86\xdd" and data[20] == 112:
        return data[54:]
    if data[12:14] == b"\x08\x00" and data[23] == 112:
        return data[14 + (data[14] & 15) * 4:]
    return None


def adverts_of(capture, variant):
    """The adverts of this instance: (frame, VRRP message)."""
    found = [(frame, vrrp_message(frame.data)) for frame in list(capture.frames)]
    return [(frame, message) for frame, message in found
            if message and message[1] == variant.vrid]


class Pair:
    """`peer` is keepalived, `ours` is vdirectord; `high` and `low` are those two by priority."""

    def __init__(self, lab, we_are):
        self.lab = lab
        one, two = (lab.host(name, f"10.9.0.{number}/16", f"fd00::{number}/64")
                    for number, name in enumerate(("one", "two"), 1))
        # What the kernel's neighbour discovery takes is no matter of these programs.
        for host, other, number in ((one, two, 2), (two, one, 1)):
            for address in (f"10.9.0.{number}", f"fd00::{number}"):
                lab.ip(host.netns, f"neigh replace {address} lladdr {other.mac()} dev eth1 nud permanent")
        self.client = lab.host("client", "10.9.0.3/16")
        ours, theirs = (one, two) if we_are == "high" else (two, one)
        self.peer = Keepalived(theirs, config(LOW if we_are == "high" else HIGH), "--vrrp")
        self.ours = Director(ours, config(HIGH if we_are == "high" else LOW), "--vrrp-only")
        self.high, self.low = ((self.ours, self.peer) if we_are == "high"
                               else (self.peer, self.ours))

    def owners(self):
        """{variant: names of the hosts that hold all of its addresses}"""
        held = {host.name: {entry["local"] for entry in host.addresses()}
                for host in (self.high.host, self.low.host)}
        return {name: [host for host, addresses in held.items() if set(wanted) <= addresses]
                for name, wanted in ADDRESSES.items()}

    def wait_owner(self, program, timeout=12):
        expected = {name: [program.host.name] for name in VARIANTS}
        try:
            wait(lambda: self.owners() == expected, timeout)
        except AssertionError:
            raise AssertionError(f"not all owned by {program.host}: {self.owners()}") from None

    def sender_of(self, name):
        """Where the adverts of the better router come from."""
        variant = VARIANTS[name]
        if (variant.family, variant.kind) != (6, "multicast"):
            return variant.node(1)
        return next(entry["local"] for entry in self.high.host.addresses()
                    if entry.get("scope") == "link" and entry["local"] not in variant.addresses
                    and entry["prefixlen"] == 64)

    def first_of_low(self, capture, name):
        """When the lesser router sent its first advert; None if it has not."""
        return next((frame.at for frame, _ in adverts_of(capture, VARIANTS[name])
                     if frame.port == self.low.host.port), None)

    def last_of_high(self, capture, name, before):
        """When the better router sent its last advert before that moment, on its own way."""
        return max(frame.at for frame, _ in adverts_of(capture, VARIANTS[name])
                   if frame.port == self.high.host.port and frame.at <= before)

    def refused(self):
        return {f"{entry['name']}.{name}": value
                for entry in self.ours.status()["instances"]
                for name, value in entry["counters"].items()
                if value and (name.startswith("bad_") or name.endswith("_differs"))}

    def complaints(self):
        """Lines of keepalived's log in which it dislikes what it has heard."""
        known = re.compile(r"max_auto_priority|script|received lower priority")
        return [line for line in self.peer.log_text().splitlines()
                if COMPLAINTS.search(line) and not known.search(line)]


@pytest.fixture(scope="module", params=["high", "low"])
def pair(request):
    with Lab() as lab:
        made = Pair(lab, request.param)
        made.high.start()
        made.wait_owner(made.high)
        made.low.start()
        yield made


def test_backup_accepts_the_adverts_of_the_active(pair):
    time.sleep(max(down_interval(name, LOW) for name in VARIANTS) + 0.5)
    pair.wait_owner(pair.high, 1)
    states = {entry["state"] for entry in pair.ours.status()["instances"]}
    assert states == {"active" if pair.high is pair.ours else "backup"}
    assert pair.refused() == {}
    assert pair.complaints() == []
    if pair.low is pair.ours:
        for name in VARIANTS:
            found = pair.ours.instance(name)
            assert found["counters"]["adverts_received"] > 2
            assert found["peer"]["priority"] == HIGH
            assert found["peer"]["address"] == pair.sender_of(name)


def test_backup_takes_over_when_the_active_stops(pair):
    capture = Capture(pair.lab).start()
    pair.high.stop()
    pair.wait_owner(pair.low)
    wait(lambda: all(pair.first_of_low(capture, name) for name in VARIANTS), 5, "all advertise")
    capture.stop()
    for name, variant in VARIANTS.items():
        resigned = next(frame.at for frame, message in adverts_of(capture, variant)
                        if message[2] == 0)
        took = pair.first_of_low(capture, name) - resigned
        # Nobody gives keepalived a processor before others; after a death it would wait for more.
        slack = 0.6 * SLOW if pair.low is pair.ours else 2 * float(variant.interval)
        assert skew(name, LOW) - 0.02 <= took < skew(name, LOW) + slack, name
    assert pair.complaints() == []
    left = {entry["local"] for entry in pair.high.host.addresses()}
    assert not any(left & set(addresses) for addresses in ADDRESSES.values())


def test_higher_priority_returns(pair):
    pair.high.start()
    pair.wait_owner(pair.high)
    time.sleep(1)
    assert pair.refused() == {}
    assert pair.complaints() == []


def test_backup_takes_over_when_the_active_dies(pair):
    capture = Capture(pair.lab).start()
    wait(lambda: all(any(frame.port == pair.high.host.port for frame, _ in adverts_of(capture, variant))
                     for variant in VARIANTS.values()), 5, "it advertises")
    begin = time.time()
    pair.high.host.mute()
    end = time.time()
    wait(lambda: all(pair.low.host.name in owners for owners in pair.owners().values()), 10,
         "the Backup has all addresses")
    wait(lambda: all(pair.first_of_low(capture, name) for name in VARIANTS), 5, "all advertise")
    capture.stop()
    if pair.low is pair.ours:
        for name in VARIANTS:
            first, bound = pair.first_of_low(capture, name), down_interval(name, LOW)
            soonest, latest = (pair.last_of_high(capture, name, at) + bound for at in (begin, end))
            assert soonest - 0.1 <= first <= latest + 0.6 * SLOW, name
    pair.high.host.unmute()
    pair.wait_owner(pair.high)
    assert pair.refused() == {}
    assert pair.complaints() == []


def test_both_end_in_order(pair):
    assert pair.ours.stop() == 0
    assert pair.peer.stop() == 0
    wait(lambda: pair.owners() == {name: [] for name in VARIANTS}, 3, "nobody holds an address")
