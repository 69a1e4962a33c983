"""The kernel's lock for network configuration, held by others: the longest silence of an Active.

Both programs are Active of 20 addresses on one bridge, ours with leases to renew, keepalived's
without; a third machine takes the times. The lock is held without using a processor
(hold_rtnl.c), for so long that leases end meanwhile.
"""

import itertools
import time

from lab import BUILD, Director, Lab
from lab.config import instance
from lab.netns import wait
from lab.wire import Tap, adverts
from peer import Peer
from row import Row, at_most, milliseconds

INTERVALS = ((0.1, 0.120), (0.01, 0.015))  # and the longest gap (s)
HOLDS = (0.5, 2, 10)
BACK = 0.100  # s, from the release until all addresses are there
ADDRESSES = [f"10.9.1.{number}" for number in range(1, 21)]


def worst_gap(seen, priority):
    times = [advert.at for advert in seen if advert.priority == priority]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


def hold(host, seconds):
    """Returns when the lock is free again; it was held all the time."""
    holder = host.spawn(BUILD / "bench" / "hold_rtnl", str(seconds))
    wait(lambda: "held" in holder.log.read_text(), 5, "the lock is held", interval=0.005)
    begin = time.monotonic()
    assert holder.wait() == 0
    holder.log.unlink()
    assert time.monotonic() - begin >= 0.9 * seconds


def rows():
    for interval, limit in INTERVALS:
        with Lab() as lab:
            eye = lab.host("eye", "10.9.0.250/16")
            ours = Director(lab.host("ours", "10.9.0.1/16"),
                            instance("web", 51, 210, *[f"{one}/32" for one in ADDRESSES],
                                     advert_int=interval)).start()
            theirs = Peer(lab.host("theirs", "10.9.0.2/16"),
                          instance("web", 52, 190, *[one.replace("10.9.1.", "10.9.2.") + "/32"
                                                     for one in ADDRESSES], advert_int=interval))
            theirs.start()
            ours.wait_state("web", "active")
            time.sleep(3 + 4 * interval)
            since = ours.instance("web")["since"]
            for seconds in HOLDS:
                tap = Tap(eye)
                hold(eye, seconds)
                begin = time.monotonic()
                wait(lambda: {one["local"] for one in ours.host.addresses("eth1")
                              if "local" in one} >= set(ADDRESSES), 5, "all are back",
                     interval=0.005)
                back = time.monotonic() - begin
                time.sleep(0.5)
                seen = adverts(tap.read())
                what = f"{interval * 1e3:g} ms adverts, held for {seconds:g} s"
                yield at_most(f"{what}: longest gap", worst_gap(seen, 210), limit, milliseconds,
                              worst_gap(seen, 190))
                yield at_most(f"{what}: addresses are back", back, BACK, milliseconds)
            stays = ours.instance("web")["since"] == since
            yield Row(f"{interval * 1e3:g} ms adverts: the role", "stays" if stays else "changed",
                      limit="stays", met=stays)
