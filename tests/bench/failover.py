"""The Active dies: from the end of what the protocol allows to the first announcement.

The Active is a scripted peer that stops in the middle of its adverts, so that both programs are
Backup only and meet the same death many times. The bound is that of RFC 9568 6.1: last advert heard
+ 3 intervals + skew time. Both are on one bridge, each with its own virtual router; they lose their
Active one shortly after the other, each first every second time. All times are the kernel's, at a
third machine.
"""

import os
import threading
import time
from statistics import median

from lab import Director, Lab
from lab.adverts import Sender, advert
from lab.config import instance
from lab.wire import Tap, adverts, announcements
from peer import Peer
from row import Row, at_most_ratio, milliseconds

PRIORITY, PEER_PRIORITY = 100, 200
LIMIT = 1 / 2

# Interval, deaths, time that the peer lives before each and stays dead after each (s).
DEATHS = ((0.01, 25, 0.25, 0.12), (0.1, 10, 0.55, 0.6), (1.0, 4, 1.15, 4.1))
STAGGER = 0.07


class Candidate:
    """A program that is Backup of a virtual router, and the scripted peer that is its Active."""

    def __init__(self, lab, sender, program, vrid, interval):
        self.vrid, self.interval = vrid, interval
        self.host = lab.host(f"{program.__name__}{vrid}".lower(), f"10.9.0.{vrid}/16")
        self.mac = bytes.fromhex(self.host.mac().replace(":", ""))
        self.address = f"10.9.{vrid}.1"
        self.program = program(self.host, instance(f"i{vrid}", vrid, PRIORITY, advert_int=interval))
        self._frame = advert("10.9.0.200", 3, vrid, PEER_PRIORITY, round(interval * 100),
                             (self.address,))
        self._sender, self._stop, self._thread = sender, None, None

    def live(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def die(self):
        self._stop.set()
        self._thread.join()

    def _run(self):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
        due = time.monotonic()
        while not self._stop.is_set():
            self._sender.send(self._frame)
            due = max(due + self.interval, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def excesses(self, frames, count):
        """For each death: first announcement less the bound (s)."""
        bound = 3 * self.interval + (256 - PRIORITY) / 256 * self.interval
        heard = [one.at for one in adverts(frames)
                 if one.vrid == self.vrid and one.priority == PEER_PRIORITY]
        told = [at for at, mac, address in announcements(frames)
                if mac == self.mac and address == self.address]
        found = []
        for last, following in zip(heard, heard[1:] + [float("inf")]):
            first = [at for at in told if last < at < following]
            if first and first[0] - last > 2 * self.interval:
                found.append(first[0] - last - bound)
        if len(found) != count:
            raise AssertionError(f"{self.host} took over {len(found)} times, not {count}:\n"
                                 f"{self.program.log_text()[-2000:]}")
        return found


def deaths(interval, count, alive, dead):
    """The excesses of (ours, theirs) at one advert interval."""
    with Lab() as lab:
        eye, peer = lab.host("eye", "10.9.0.250/16"), lab.host("peer", "10.9.0.200/16")
        sender = Sender(peer)
        both = [Candidate(lab, sender, Director, 51, interval),
                Candidate(lab, sender, Peer, 52, interval)]
        for one in both:
            one.live()
            one.program.start()
        time.sleep(1)
        tap = Tap(eye)
        for number in range(count):
            order = both if number % 2 == 0 else both[::-1]
            for one in order:
                if number > 0:
                    one.live()
            time.sleep(alive)
            order[0].die()
            time.sleep(STAGGER)
            order[1].die()
            time.sleep(dead)
        frames = tap.read()
        return [one.excesses(frames, count) for one in both]


def rows():
    for interval, count, alive, dead in DEATHS:
        ours, theirs = deaths(interval, count, alive, dead)
        what = f"{interval * 1e3:g} ms adverts, {count} deaths: beyond the bound"
        yield at_most_ratio(f"{what}, median", [(median(ours), median(theirs))], LIMIT,
                            milliseconds)
        yield Row(f"{what}, worst", milliseconds(max(ours)), milliseconds(max(theirs)),
                  f"{max(ours) / max(theirs):.2f}", "<= 1 x", max(ours) <= max(theirs))
