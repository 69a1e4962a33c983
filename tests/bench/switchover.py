"""A planned switch-over at 1 s adverts: what a client loses that asks every millisecond.

Each program runs as a pair, both pairs on one bridge, each with an address of its own and one
client for each. The nearest that keepalived has to `vdctl standby` is being stopped.
"""

import signal
import time

from lab import Director, Lab, Pinger, wait
from lab.config import instance
from peer import Peer
from row import Row

REQUESTS = 2500
INTERVAL = 0.001
BEFORE = 0.5  # s of the stream before the switch-over


class Pair:
    def __init__(self, lab, program, vrid):
        self.address, self.name = f"10.9.{vrid}.1", f"i{vrid}"
        self.one, self.two = (
            program(lab.host(f"{name}{vrid}", f"10.9.0.{vrid + number}/16"),
                    instance(self.name, vrid, 200 - 100 * number, f"{self.address}/16",
                             advert_int=1))
            for number, name in enumerate(("one", "two")))
        self.client = lab.host(f"client{vrid}", f"10.9.0.{vrid + 2}/16")

    def start(self):
        self.one.start()
        self.two.start()

    def settle(self):
        """Until only the first holds the address."""
        wait(lambda: self.one.host.has(self.address) and not self.two.host.has(self.address), 15,
             f"{self.one.host} holds {self.address}")
        time.sleep(1.2)

    def lost(self, switch_over):
        """How many of REQUESTS echos were lost around switch_over()."""
        pinger = Pinger(self.client, self.address, INTERVAL).start()
        time.sleep(BEFORE)
        begin = time.monotonic()
        switch_over()
        wait(lambda: pinger.sent >= REQUESTS, 20, "the client's stream", interval=0.01)
        pinger.stop()
        if not self.two.host.has(self.address):
            raise AssertionError(f"{self.two.host} has not taken over")
        early = pinger.lost(end=begin)
        if early:
            raise AssertionError(f"{len(early)} echos lost before anything was done")
        return len(pinger.lost()), pinger.sent


def stopped(pair):
    return pair.lost(lambda: pair.one.send(signal.SIGTERM))


def stood_by(pair):
    return pair.lost(lambda: pair.one.vdctl("standby"))


def row(what, ours, theirs):
    return Row(f"{what}: lost of {ours[1]}", str(ours[0]), f"{theirs[0]} of {theirs[1]}", "-",
               "0", ours[0] == 0)


def rows():
    with Lab() as lab:
        ours, theirs = Pair(lab, Director, 51), Pair(lab, Peer, 61)
        for pair in (ours, theirs):
            pair.start()
        for pair in (ours, theirs):
            pair.settle()
        standby = stood_by(ours)
        term_theirs = stopped(theirs)
        yield row("vdctl standby", standby, term_theirs)
        ours.one.vdctl("takeover")
        ours.settle()
        yield row("SIGTERM", stopped(ours), term_theirs)
        yield from returned(ours, theirs)


def returned(ours, theirs):
    """The better router comes back and preempts: told, there is no limit."""
    lost = []
    for pair in (ours, theirs):
        pair.one.process.wait(20)
        pinger = Pinger(pair.client, pair.address, INTERVAL).start()
        pair.one.start()
        pair.settle()
        pinger.stop()
        lost.append(f"{len(pinger.lost())} of {pinger.sent}")
    yield Row("a better router returns: lost", *lost)
