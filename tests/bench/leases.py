"""Leases: what renewing 5,000 addresses costs, and a router whose every process is frozen for 10 s.

The frozen one loses its addresses although nothing of it runs, and when it wakes it says at most one
thing before it has listened. Then, being the better one, it takes over again.
"""

import contextlib
import os
import signal
import time

from lab import Capture, Director, Lab
from lab.config import instance
from lab.netns import wait
from lab.wire import ETH_P_IP, AddressWatch, Tap, adverts, cpu_seconds, machine, wire
from row import Row, at_most, milliseconds

ADDRESSES = 5000
INTERVAL, LEASE, FREEZE, SECONDS = 0.1, 3, 10.0, 10.0
SHARE_LIMIT, LATE_LIMIT = 0.05, 0.010
VIP = "10.9.1.1"

LISTED = [f"10.10.{number // 250}.{number % 250 + 1}/32" for number in range(ADDRESSES)]


def percent(value):
    return f"{value * 100:.2f} %"


def renewing(lab, addresses):
    """The part of a processor that vrrp and net take, and how late the latest advert was."""
    name = f"hold{len(addresses)}"
    one, two = machine(lab, name), machine(lab, f"{name}-eye")
    wire(one, two, "eth1", "10.9.0.1/16", "10.9.0.2/16")
    watch = AddressWatch(one)
    director = Director(one, instance("many", 51, 100, *addresses, advert_int=INTERVAL)).start()
    watch.until(len(addresses))
    time.sleep(2)
    pids = [director.role(name)["pid"] for name in ("vrrp", "net")]
    before, tap = cpu_seconds(pids), Tap(two, ETH_P_IP)
    time.sleep(SECONDS)
    used = cpu_seconds(pids) - before
    times = [advert.at for advert in adverts(tap.read())]
    one.kill_all()
    director.process.wait()
    late = max(later - earlier for earlier, later in zip(times, times[1:])) - INTERVAL
    return used / SECONDS, late


def frozen(lab):
    """Seconds until the frozen router's addresses are gone; its adverts before it has listened;
    seconds for which both held the address afterwards."""
    one = Director(lab.host("one", "10.9.0.1/16"),
                   instance("web", 1, 150, f"{VIP}/32", advert_int=INTERVAL)).start()
    two = Director(lab.host("two", "10.9.0.2/16"),
                   instance("web", 1, 100, f"{VIP}/32", advert_int=INTERVAL)).start()
    one.wait_state("web", "active")
    wait(lambda: one.host.has(VIP), 2, "the address is there")
    capture, pids = Capture(lab).start(), one.host.pids(one.program)
    begin = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    wait(lambda: not one.host.has(VIP), LEASE + 2, "it is gone", interval=0.005)
    gone = time.monotonic() - begin
    two.wait_state("web", "active")
    time.sleep(FREEZE - (time.monotonic() - begin))
    woken = time.time()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    one.wait_state("web", "active")
    time.sleep(0.5)
    capture.stop()
    heard = adverts(capture.frames)
    early = [advert for advert in heard
             if advert.port == "one" and woken < advert.at < woken + INTERVAL]
    back = next(advert.at for advert in heard
                if advert.port == "one" and advert.at > woken and advert.priority == 150)
    both = [advert.at - back for advert in heard if advert.port == "two" and advert.at > back]
    return gone, len(early), max(both, default=0.0)


def rows():
    with Lab() as lab:
        share, late = renewing(lab, LISTED)
        bare, _ = renewing(lab, LISTED[:1])
        gone, early, both = frozen(lab)
    yield at_most(f"{ADDRESSES} addresses: processor time of vrrp and net, renewing them", share,
                  SHARE_LIMIT, percent, bare)
    yield at_most("the latest advert meanwhile: too late by", late, LATE_LIMIT, milliseconds)
    yield at_most(f"frozen for {FREEZE:.0f} s: its address is gone after", gone, LEASE + 1,
                  milliseconds)
    yield Row("its adverts when it wakes, before it has listened", str(early), limit="<= 1",
              met=early <= 1)
    yield at_most("two owners after it is back for", both, 3.7 * INTERVAL, milliseconds)
