"""Side by side with FRR's vrrpd: version 3, both families, each of the two in both roles.

What is Active hands over when it stops and when it dies, takes its addresses back when it returns,
and neither refuses the other's adverts.
"""

import re
import time

import pytest

from lab import Capture, Director, Frr, Lab, SLOW, wait
from lab.config import instance

HIGH, LOW = 150, 100
INTERVAL = 20  # centiseconds
# name: (vrid, addresses)
ROUTERS = {"four": (31, ["10.9.31.1", "10.9.31.2"]), "six": (32, ["fe80::32", "fd00::32"])}
COMPLAINTS = re.compile(r"(?i)bad |checksum|invalid|mismatch|not equal|drop|ignor|does not|incorrect")


def skew(priority):
    return (256 - priority) / 256 * INTERVAL / 100


def adverts(capture, vrid, port):
    """(time, priority, first bytes of the VRRP message) of a host's adverts, of either family."""
    found = []
    for frame in list(capture.frames):
        data = frame.data
        six = data[12:14] == b"\x86\xdd" and data[20] == 112
        four = data[12:14] == b"\x08\x00" and data[23] == 112
        message = data[54:] if six else data[34:] if four else b"\0\0"
        if message[1] == vrid and frame.port == port:
            found.append((frame.at, message[2], message))
    return found


class Pair:
    def __init__(self, lab, we_are):
        self.lab = lab
        self.we_are_high = we_are == "high"
        hosts = [lab.host(name, f"10.9.0.{number}/16", f"fd00::{number}/64")
                 for number, name in enumerate(("one", "two"), 1)]
        ours, theirs = hosts if self.we_are_high else hosts[::-1]
        priority = HIGH if self.we_are_high else LOW
        self.ours = Director(ours, "".join(
            instance(name, vrid, priority, *(
                f"{address}/{64 if address.startswith('fe80') else 128 if ':' in address else 32}"
                for address in listed), advert_int=INTERVAL / 100)
            for name, (vrid, listed) in ROUTERS.items()), "--vrrp-only")
        self.frr = Frr(theirs, {vrid: (HIGH + LOW - priority, INTERVAL, listed)
                                for vrid, listed in ROUTERS.values()})
        self.high, self.low = ((self.ours, self.frr) if self.we_are_high
                               else (self.frr, self.ours))

    def roles(self):
        """{name: (our role, FRR's)}, "-" for what does not run."""
        ours = ({entry["name"]: entry["state"] for entry in self.ours.status()["instances"]}
                if self.ours.running() else {})
        theirs = self.frr.show(check=False) or {}
        names = {"Master": "active", "Backup": "backup"}
        return {name: (ours.get(name, "-"),
                       names.get(theirs.get(vrid, {}).get("status"), "-"))
                for name, (vrid, _) in ROUTERS.items()}

    def wait_active(self, program, other="backup", timeout=10):
        wanted = ("active", other) if program is self.ours else (other, "active")
        wait(lambda: set(self.roles().values()) == {wanted}, timeout,
             f"{wanted} for both: {self.roles()}", interval=0.1)

    def assert_no_complaints(self):
        for entry in self.ours.status()["instances"]:
            refused = {name: value for name, value in entry["counters"].items()
                       if value and name.startswith(("bad_", "hmac", "unknown", "own_"))}
            assert refused == {}, entry["name"]
        assert [line for line in self.frr.vrrpd.log_text().splitlines()
                if COMPLAINTS.search(line) and "Failed to find address" not in line] == []


@pytest.fixture(scope="module", params=["high", "low"])
def pair(request):
    with Lab() as lab:
        made = Pair(lab, request.param)
        made.high.start()
        made.wait_active(made.high, "-")
        made.low.start()
        made.wait_active(made.high)
        yield made


def test_backup_believes_the_active(pair):
    time.sleep(4 * INTERVAL / 100)
    pair.wait_active(pair.high, timeout=1)
    if not pair.we_are_high:
        for name, (vrid, _) in ROUTERS.items():
            found = pair.ours.instance(name)
            assert found["counters"]["adverts_received"] > 3
            assert found["counters"]["address_list_differs"] == 0
            assert found["counters"]["interval_differs"] == 0
            assert found["peer"]["priority"] == HIGH
            assert found["peer"]["address"] == pair.frr.show()[vrid]["primaryAddress"]
    pair.assert_no_complaints()


def test_backup_takes_over_when_the_active_stops(pair):
    capture = Capture(pair.lab).start()
    pair.high.stop()
    pair.wait_active(pair.low, "-")
    wait(lambda: all(adverts(capture, vrid, pair.low.host.port) for vrid, _ in ROUTERS.values()), 5,
         "both advertise")
    capture.stop()
    for name, (vrid, _) in ROUTERS.items():
        resigned = next(at for at, priority, _ in adverts(capture, vrid, pair.high.host.port)
                        if priority == 0)
        first = next(at for at, _, _ in adverts(capture, vrid, pair.low.host.port))
        assert skew(LOW) - 0.02 <= first - resigned, name
        if pair.low is pair.ours:  # FRR gets a processor when it gets one
            assert first - resigned <= skew(LOW) + 0.6 * SLOW, name
    pair.assert_no_complaints() if pair.ours.running() else None


def test_higher_priority_returns(pair):
    pair.high.start()
    pair.wait_active(pair.high)
    pair.assert_no_complaints()


def test_backup_takes_over_when_the_active_is_cut_off_and_gives_way_again(pair):
    pair.high.host.mute()
    wait(lambda: {roles[0 if pair.low is pair.ours else 1] for roles in pair.roles().values()}
         == {"active"}, 6, "the Backup is Active")
    pair.high.host.unmute()
    pair.wait_active(pair.high)
    pair.assert_no_complaints()


def test_checksum_covers_the_pseudo_header_on_both_sides(pair):
    """FRR's form and ours are the same one here, and the status says which that is."""
    capture = Capture(pair.lab).start()
    time.sleep(4 * INTERVAL / 100)
    capture.stop()
    vrid = ROUTERS["four"][0]
    for _, _, message in adverts(capture, vrid, pair.high.host.port):
        source, group = b"\x0a\x09\x00\x01", b"\xe0\x00\x00\x12"
        size = 8 + 4 * message[3]
        content = source + group + bytes([0, 112, 0, size]) + message[:size]
        total = sum(content[at] << 8 | content[at + 1] for at in range(0, len(content), 2))
        assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert adverts(capture, vrid, pair.high.host.port)


def test_both_end_in_order(pair):
    assert pair.ours.stop() == 0
    assert pair.frr.stop() == 0
