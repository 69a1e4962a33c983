"""250 instances with 10 ms adverts on one interface: CPU of Active and Backup, and the gaps.

Each program has a cable of its own: first, at the same time and both with real-time priority, as
Active with nobody at the other end; then, one after the other, as Backup of a bare loop that sends
every instance's adverts, spread over the interval as those of many routers are. CPU is given per
advert on the wire, so that who sends fewer than asked gains nothing.
"""

import re
import time
from statistics import median

from lab import BUILD, Director, Lab
from lab.config import instance
from lab.wire import ETH_P_IP, Tap, adverts, cpu_seconds, machine, packets_sent, wire
from peer import Peer
from row import Row, at_most, at_most_ratio, microseconds, milliseconds, percentile

INSTANCES = 250
INTERVAL = 0.01
RATE = INSTANCES / INTERVAL
ACTIVE_LIMIT, BACKUP_LIMIT = 1 / 4, 1 / 2
GAP_LIMIT = 0.011
WINDOWS, WINDOW = 3, 1.5  # s
BARE_SECONDS = 1.5


# keepalived may not keep up with the adverts on a busy machine: then it sends some of its own, and
# who sends more than these was no Backup.
TRIES, STRAY = 2, INSTANCES

INSTANCE_TEXT = "".join(instance(f"i{vrid}", vrid, 100, advert_int=INTERVAL)
                        for vrid in range(1, INSTANCES + 1))
REALTIME = "global_defs {\n    vrrp_rt_priority 2\n    vrrp_rlimit_rttime 60000000\n}\n"


class Side:
    """A program on one end of a cable; at the other end an eye that can also send."""

    def __init__(self, lab, program, name):
        self.host, self.eye = machine(lab, name), machine(lab, f"{name}-eye")
        wire(self.host, self.eye, "eth1", "10.9.0.1/16", "10.9.0.2/16")
        self.program = program(self.host, REALTIME + INSTANCE_TEXT)

    def bare(self, batch, seconds):
        """A loop that sends adverts of a higher priority for a while, as a process."""
        return self.eye.spawn("chrt", "-r", "3", BUILD / "bench/bare_adverts", "eth1", "10.9.0.2",
                              INSTANCES, int(INTERVAL * 1e6), batch, int(seconds / INTERVAL),
                              log=self.eye.directory / f"bare{batch}")

    def kill(self):
        self.host.kill_all()
        self.program.process.wait()

    def count(self):
        """Adverts sent by the program, and those sent to it."""
        return packets_sent(self.host, "eth1"), packets_sent(self.eye, "eth1")

    def gaps(self, frames):
        """Between two adverts of an instance."""
        last, found = {}, []
        for advert in adverts(frames):
            if advert.vrid in last:
                found.append(advert.at - last[advert.vrid])
            last[advert.vrid] = advert.at
        return found


def windows(sides):
    """For each window and side: CPU seconds, adverts sent, adverts got."""
    found = []
    pids = [side.host.pids() for side in sides]
    for _ in range(WINDOWS):
        before = [(cpu_seconds(each), *side.count()) for each, side in zip(pids, sides)]
        time.sleep(WINDOW)
        after = [(cpu_seconds(each), *side.count()) for each, side in zip(pids, sides)]
        found.append([tuple(new - old for new, old in zip(*each)) for each in zip(after, before)])
    for side, each in zip(sides, pids):
        if side.host.pids() != each:
            lines = [line for line in side.program.log_text().splitlines()
                     if not re.search(r"\bi\d+\b", line)]
            raise AssertionError("\n".join([f"{side.host}: a process ended", *lines[-20:]]))
    return found


def compare(name, found, place, limit):
    """The rows for one role; place: which counter has its adverts."""
    pairs = [tuple(side[0] / max(side[place], 1) for side in window) for window in found]
    yield at_most_ratio(f"{name}: CPU per advert", pairs, limit, microseconds)
    shares = [median(window[side][0] for window in found) / WINDOW for side in (0, 1)]
    yield Row(f"{name}: share of a processor", *(f"{100 * share:.1f} %" for share in shares))
    rates = [median(window[side][place] for window in found) / WINDOW for side in (0, 1)]
    yield Row(f"{name}: adverts per second", *(f"{rate:.0f}" for rate in rates))


def bare_cost(side, batch):
    """CPU seconds per advert of the bare loop."""
    process = side.bare(batch, BARE_SECONDS)
    process.wait()
    sent, used = process.log.read_text().split()
    return float(used) / int(sent)


def rows():
    with Lab() as lab:
        sides = [Side(lab, Director, "ours"), Side(lab, Peer, "kept")]
        bare = {batch: bare_cost(sides[0], batch) for batch in (1, 32)}
        for side in sides:
            side.program.start()
        time.sleep(2)
        active = windows(sides)
        yield from compare("Active", active, 1, ACTIVE_LIMIT)
        yield from against_bare(active, bare)
        yield from gap_rows(sides)
        for side in sides:
            side.kill()
            side.program.write(INSTANCE_TEXT)  # a busy real-time Backup starves the kernel's queue
        for _ in range(TRIES):
            mine, other = (as_backup(side) for side in sides)
            if mine[1] == 0 and other[1] < STRAY:
                break
    backup = [first + second for first, second in zip(mine[0], other[0])]
    yield Row("Backup: adverts it sent meanwhile", str(mine[1]), str(other[1]), "-", "0",
              mine[1] == 0)
    if other[1] < STRAY:
        yield from compare("Backup", backup, 2, BACKUP_LIMIT)
    else:
        yield Row("Backup: CPU per advert", microseconds(median(w[0][0] / w[0][2] for w in backup)),
                  "no Backup", "-", f"<= {BACKUP_LIMIT:g} x", False)


def as_backup(side):
    """The windows of one that hears a better router, and how many adverts it sent in them."""
    sender = side.bare(0, 2.5 + WINDOWS * WINDOW)
    side.program.start()
    time.sleep(1.5)
    tap = Tap(side.eye, ETH_P_IP)
    found = windows([side])
    sent = len(adverts(tap.read()))
    side.kill()
    sender.wait()
    return found, sent


def against_bare(active, bare):
    ours = median(window[0][0] / window[0][1] for window in active)
    for batch, cost in bare.items():
        name = "sendto" if batch == 1 else f"sendmmsg of {batch}"
        yield Row(f"Active: CPU per advert, bare {name} loop", microseconds(ours),
                  microseconds(cost), f"{ours / cost:.2f}")


def gap_rows(sides):
    taps = [Tap(side.eye, ETH_P_IP) for side in sides]
    time.sleep(1)
    ours, theirs = (side.gaps(tap.read()) for side, tap in zip(sides, taps))
    yield at_most("gap between an instance's adverts, p99", percentile(ours, 0.99), GAP_LIMIT,
                  milliseconds, percentile(theirs, 0.99))
    yield Row("gap between an instance's adverts, longest", milliseconds(max(ours)),
              milliseconds(max(theirs)))
