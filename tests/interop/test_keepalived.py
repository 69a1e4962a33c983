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
# name: (vrid, version, advert_int, authentication)
VARIANTS = {
    "v2": (21, 2, "1", ""),
    "v2pass": (22, 2, "1", "authentication {\n        auth_type PASS\n        auth_pass secret12\n    }"),
    "v3": (23, 3, "1", ""),
    "v3half": (24, 3, "0.5", ""),
}
ADDRESSES = {name: [f"10.9.{variant[0]}.1", f"10.9.{variant[0]}.2"]
             for name, variant in VARIANTS.items()}


def config(priority):
    text = "global_defs {\n    router_id both\n}\n"
    for name, (vrid, version, interval, authentication) in VARIANTS.items():
        listed = "\n".join(f"        {address}/32 dev eth1" for address in ADDRESSES[name])
        text += f"""\
vrrp_instance {name} {{
    state {"MASTER" if priority == HIGH else "BACKUP"}
    interface eth1
    virtual_router_id {vrid}
    priority {priority}
    version {version}
    advert_int {interval}
    {authentication}
    virtual_ipaddress {{
{listed}
    }}
}}
"""
    return text


def down_interval(name, priority):
    interval = float(VARIANTS[name][2])
    return 3 * interval + skew(name, priority)


def skew(name, priority):
    _, version, interval, _ = VARIANTS[name]
    return (256 - priority) / 256 * (1 if version == 2 else float(interval))


COMPLAINTS = re.compile(r"(?i)bogus|invalid|mismatch|incorrect|discard|error|fail|unknown|bad |"
                        r"expected|checksum|different|not match|received.*(interval|address)")


class Pair:
    """`peer` is keepalived, `ours` is vdirectord; `high` and `low` are those two by priority."""

    def __init__(self, lab, we_are):
        self.lab = lab
        one, two = lab.host("one", "10.9.0.1/16"), lab.host("two", "10.9.0.2/16")
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
            assert (found["peer"]["address"], found["peer"]["priority"]) == ("10.9.0.1", HIGH)


def test_backup_takes_over_when_the_active_stops(pair):
    from scapy.layers.vrrp import VRRP, VRRPv3
    capture = Capture(pair.lab).start()
    pair.high.stop()
    pair.wait_owner(pair.low)
    time.sleep(0.3)
    capture.stop()
    for name, (vrid, version, _, _) in VARIANTS.items():
        layer = VRRPv3 if version == 3 else VRRP
        adverts = [packet for packet in capture.packets(layer) if packet[layer].vrid == vrid]
        resigned = next(packet.time for packet in adverts if packet[layer].priority == 0)
        first = next(packet.time for packet in adverts if packet.port == pair.low.host.port)
        assert skew(name, LOW) - 0.02 <= first - resigned <= skew(name, LOW) + 0.6 * SLOW, name
    assert pair.complaints() == []
    assert not any(address.startswith("10.9.2") for address in
                   (entry["local"] for entry in pair.high.host.addresses()))


def test_higher_priority_returns(pair):
    pair.high.start()
    pair.wait_owner(pair.high)
    time.sleep(1)
    assert pair.refused() == {}
    assert pair.complaints() == []


def test_backup_takes_over_when_the_active_dies(pair):
    pair.high.host.mute()
    begin = time.time()
    wait(lambda: all(pair.low.host.has(address) for addresses in ADDRESSES.values()
                     for address in addresses), 8, "the Backup has all addresses")
    took = time.time() - begin
    assert took <= max(down_interval(name, LOW) for name in VARIANTS) + 1.0 * SLOW
    pair.high.host.unmute()
    pair.wait_owner(pair.high)
    assert pair.refused() == {}
    assert pair.complaints() == []


def test_both_end_in_order(pair):
    assert pair.ours.stop() == 0
    assert pair.peer.stop() == 0
    wait(lambda: pair.owners() == {name: [] for name in VARIANTS}, 3, "nobody holds an address")
