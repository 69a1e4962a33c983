"""2,000 instances over 8 interfaces at 100 ms adverts, without a late timer.

Seen from the wire: what a timer is late, its advert is. An advert counts as late from a tenth of
the interval on.
"""

import time

from lab import Director, Lab, wait
from lab.config import instance
from lab.wire import ETH_P_IP, Tap, adverts, cpu_seconds, machine, packets_sent, wire
from row import Row, at_most, milliseconds, percentile

INTERFACES, INSTANCES = 8, 250  # of each
INTERVAL = 0.1
LATE_LIMIT = INTERVAL / 10
WINDOW = 3.0


def config():
    return "".join(instance(f"i{link}.{vrid}", vrid, 100, f"10.{link}.{vrid}.1/32",
                            advert_int=INTERVAL, interface=f"eth{link}")
                   for link in range(1, INTERFACES + 1) for vrid in range(1, INSTANCES + 1))


def sent(host):
    return sum(packets_sent(host, f"eth{link}") for link in range(1, INTERFACES + 1))


def rows():
    with Lab() as lab:
        one, two = machine(lab, "one"), machine(lab, "two")
        for link in range(1, INTERFACES + 1):
            wire(one, two, f"eth{link}", f"10.{link}.0.1/16", f"10.{link}.0.2/16")
        begin = time.monotonic()
        director = Director(one, config()).start()
        wait(lambda: all(each["state"] == "active" for each in director.status()["instances"]),
             20, "all instances are Active", interval=0.2)
        took = time.monotonic() - begin
        time.sleep(8)  # the second burst of announcements has gone
        tap, pids = Tap(two, ETH_P_IP), one.pids()
        used, count = cpu_seconds(pids), sent(one)
        time.sleep(WINDOW)
        used, count = cpu_seconds(pids) - used, sent(one) - count
        seen = adverts(tap.read())
    last, late = {}, []
    for advert in seen:
        key = (advert.port, advert.vrid)
        if key in last:
            late.append(advert.at - last[key] - INTERVAL)
        last[key] = advert.at
    total = INTERFACES * INSTANCES
    yield Row("instances whose adverts are heard", str(len(last)), "-", "-", str(total),
              len(last) == total)
    yield Row("adverts in the window", str(len(seen)), "-", "-",
              f">= {total * (WINDOW / INTERVAL - 1):.0f}",
              len(seen) >= total * (WINDOW / INTERVAL - 1))
    yield at_most("the latest advert: too late by", max(late), LATE_LIMIT, milliseconds)
    yield Row("adverts late by, p99", milliseconds(percentile(late, 0.99)))
    yield Row("share of a processor", f"{100 * used / WINDOW:.1f} %")
    yield Row("start until all are Active", f"{took:.2f} s")
