"""Checking a large configuration: -t, time and memory, against keepalived's for the same file.

Time is CPU time: both parse in one thread, and other work on the machine does not count then.
"""

import pathlib
import subprocess
import tempfile
from statistics import median

from lab import BUILD
from row import Row, at_most_ratio

SERVER = """\
    real_server {address} 80 {{
        weight 1
        HTTP_GET {{
            url {{
                path /
                status_code 200
            }}
        }}
    }}
"""

# Services, servers of each, pairs of runs, the limit of the time's ratio.
SIZES = ((1000, 100, 5, 1 / 5), (10, 10000, 2, 1 / 30))
MEMORY_LIMIT = 1 / 2

# Twice the servers may take this much more than twice the time.
GROWTH_LIMIT = 1.25


def write(path, services, servers):
    with open(path, "w", encoding="ascii") as file:
        for number in range(services):
            file.write(f"virtual_server 10.{100 + number // 250}.{number % 250}.1 80 {{\n"
                       "    delay_loop 5\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n")
            for serial in range(number * servers, (number + 1) * servers):
                address = f"10.{serial // 62500}.{serial // 250 % 250}.{serial % 250 + 1}"
                file.write(SERVER.format(address=address))
            file.write("}\n")


def measure(*command):
    """CPU seconds and peak memory (bytes) of a command that is to accept the file."""
    done = subprocess.run([BUILD / "bench/usage", *command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} exited with {done.returncode}: {done.stderr[-500:]}")
    used, memory = done.stdout.split()
    return float(used), int(memory)


def ours(path):
    return measure(BUILD / "vdirectord", "-t", "-f", path)


def theirs(path):
    return measure("keepalived", "-t", "-C", "-f", path)


def seconds(value):
    return f"{value:.3f} s"


def mebibytes(value):
    return f"{value / (1 << 20):.1f} MiB"


def rows():
    with tempfile.TemporaryDirectory(prefix="vdirector-bench-") as directory:
        path = pathlib.Path(directory) / "large.conf"
        for services, servers, count, limit in SIZES:
            write(path, services, servers)
            what = f"-t, {services} services x {servers} servers"
            pairs = [(ours(path), theirs(path)) for _ in range(count)]
            yield at_most_ratio(f"{what}: time", [(mine[0], other[0]) for mine, other in pairs],
                                limit, seconds)
            yield at_most_ratio(f"{what}: memory", [(mine[1], other[1]) for mine, other in pairs],
                                MEMORY_LIMIT, mebibytes)
        yield growth(path)


def growth(path):
    write(path, 500, 100)
    half = median(ours(path)[0] for _ in range(5))
    write(path, 1000, 100)
    whole = median(ours(path)[0] for _ in range(5))
    ratio = whole / half
    return Row("-t, twice the servers: time", seconds(whole), seconds(half), f"{ratio:.2f}",
               f"<= {2 * GROWTH_LIMIT:g} x", ratio <= 2 * GROWTH_LIMIT)
