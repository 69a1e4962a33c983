"""5,000 addresses in one instance at 100 ms adverts: until all are there, and the latest advert.

The time is from the first advert (the role is taken) to the kernel's word of the last address;
for `ip -batch` from its start. An advert names as many of the addresses as it has room for.
"""

import time

from lab import Director, Lab, Program
from lab.config import instance
from lab.wire import ETH_P_IP, AddressWatch, Tap, adverts, machine, wire
from peer import Peer
from row import at_most, at_most_ratio, milliseconds

ADDRESSES = 5000
INTERVAL = 0.1
RUNS = 3
TIME_LIMIT, LATE_LIMIT = 1.2, 0.010

LISTED = [f"10.10.{number // 250}.{number % 250 + 1}/32" for number in range(ADDRESSES)]
CONFIG = instance("many", 51, 100, *LISTED, advert_int=INTERVAL)


def pair(lab, name):
    """A fresh machine, and one on the other end of its cable."""
    one, two = machine(lab, name), machine(lab, f"{name}-eye")
    wire(one, two, "eth1", "10.9.0.1/16", "10.9.0.2/16")
    return one, two


def batch(lab, name):
    """Seconds that `ip -batch` needs."""
    one, _ = pair(lab, name)
    file = one.directory / "addresses"
    file.write_text("".join(f"addr add {address} dev eth1\n" for address in LISTED))
    watch, begin = AddressWatch(one), time.time()
    process = one.spawn("ip", "-batch", file)
    end = watch.until(ADDRESSES)
    process.wait()
    return end - begin


def takes_over(lab, program, name):
    """Seconds from the first advert to the last address; how late the latest advert was."""
    one, two = pair(lab, name)
    tap, watch = Tap(two, ETH_P_IP), AddressWatch(one)
    started = program(one, CONFIG)
    Program.start(started)
    end = watch.until(ADDRESSES)
    time.sleep(0.5)
    one.kill_all()
    started.process.wait()
    times = [advert.at for advert in adverts(tap.read())]
    late = max(later - earlier for earlier, later in zip(times, times[1:])) - INTERVAL
    return end - times[0], late


def rows():
    with Lab() as lab:
        bare, mine, other = [], [], []
        for run in range(RUNS):
            bare.append(batch(lab, f"batch{run}"))
            mine.append(takes_over(lab, Director, f"ours{run}"))
            other.append(takes_over(lab, Peer, f"kept{run}"))
    yield at_most_ratio(f"{ADDRESSES} addresses: all there, against ip -batch",
                        [(each[0], base) for each, base in zip(mine, bare)], TIME_LIMIT,
                        milliseconds)
    yield at_most_ratio(f"{ADDRESSES} addresses: all there, against keepalived",
                        [(each[0], base[0]) for each, base in zip(mine, other)], 1, milliseconds)
    yield at_most("the latest advert meanwhile: too late by", max(late for _, late in mine),
                  LATE_LIMIT, milliseconds, max(late for _, late in other))
