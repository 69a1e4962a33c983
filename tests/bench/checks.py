"""CPU per TCP check and per HTTP check, against a bare loop that makes the same system calls.

Both run at the same time and pace against the same web server, each from a machine of its own: our
check workers, and as many bare loops with an equal share of the addresses. What the kernel does for
a connection is part of both figures.
"""

import time

from lab import BUILD, Director, Lab, WebServer
from lab.config import service
from lab.wire import cpu_seconds
from row import at_most_ratio, microseconds

TARGETS = 1200
INTERVAL = 1  # s
WINDOWS, WINDOW = 5, 2.0  # s
LIMIT = 1.0
TOLERANCE = 0.05  # of the measurement: two bare loops differ by that much
KINDS = {
    "TCP": ("tcp", "TCP_CHECK { connect_timeout 1 }"),
    "HTTP": ("http", "HTTP_GET { connect_timeout 1 url { path / status_code 200 } }"),
}


def address(number):
    return f"10.8.{number // 250}.{number % 250 + 1}"


def connections(host):
    """How many TCP connections this machine has begun."""
    with host.inside(), open("/proc/thread-self/net/snmp", encoding="ascii") as file:
        names, values = (line.split() for line in file if line.startswith("Tcp:"))
    return int(values[names.index("ActiveOpens")])


class Side:
    """A machine whose processes check, and what they used for it."""

    def __init__(self, host, pids):
        self.host, self.pids = host, pids
        self.mark()

    def mark(self):
        self.used, self.begun = cpu_seconds(self.pids), connections(self.host)

    def per_check(self):
        """CPU seconds per check since the last mark, and checks per second."""
        used, begun = self.used, self.begun
        self.mark()
        return (self.used - used) / (self.begun - begun)


class Field:
    def __init__(self, lab):
        web = lab.host("web", "10.9.0.9/16")
        web.run("ip", "route", "add", "local", "10.8.0.0/16", "dev", "lo")
        WebServer(web, {"/": "ok"}).start()
        self.ours, self.bare = (lab.host(name, f"10.9.0.{number}/16")
                                for number, name in enumerate(("ours", "bare"), 1))
        for host in (self.ours, self.bare):
            host.run("ip", "route", "add", "10.8.0.0/16", "via", "10.9.0.9")

    def measure(self, kind, check):
        """Pairs of CPU seconds per check."""
        config = service(80, *(f"{address(number)} 80" for number in range(TARGETS)), check=check)
        director = Director(self.ours, config, name=f"vdirectord-{kind}").start()
        workers = [role["pid"] for role in director.status()["roles"]
                   if role["name"].startswith("check")]
        share = TARGETS // len(workers)
        loops = [self.bare.spawn(BUILD / "bench/bare_checks", kind, address(250 * number), share,
                                 80, int(INTERVAL * 1e6), int(4 + WINDOWS * WINDOW))
                 for number in range(len(workers))]
        time.sleep(2)
        sides = Side(self.ours, workers), Side(self.bare, [loop.pid for loop in loops])
        pairs = []
        for _ in range(WINDOWS):
            for side in sides:
                side.mark()
            time.sleep(WINDOW)
            pairs.append(tuple(side.per_check() for side in sides))
        down = [server["address"] for each in director.status()["services"]
                for server in each["servers"] if server["state"] != "up"]
        director.stop()
        for loop in loops:
            loop.wait()
        if down:
            raise AssertionError(f"{len(down)} servers are not up, such as {down[0]}")
        return pairs


def rows():
    with Lab() as lab:
        field = Field(lab)
        for name, (kind, check) in KINDS.items():
            pairs = field.measure(kind, check)
            yield at_most_ratio(f"{name} check: CPU", pairs, LIMIT + TOLERANCE, microseconds)
