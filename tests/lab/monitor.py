"""What the kernel says of a host's addresses, as it says so, each line with its time.

ip(8) stamps what it is told when it reads it, so it runs above all else: its times are those of
the changes, also on a busy machine, and those of two hosts can be compared.
"""

import functools
import itertools
import re
import subprocess
import time
from datetime import datetime

from .netns import wait

_ABOVE_ALL = ("chrt", "--fifo", "60")  # the daemon's own priority is lower
_serial = itertools.count(1)


@functools.cache
def _above_all():
    """What to put before a command; nothing where that is not permitted."""
    return _ABOVE_ALL if subprocess.run([*_ABOVE_ALL, "true"],
                                        stderr=subprocess.DEVNULL).returncode == 0 else ()


class AddressMonitor:
    """`ip monitor address` in a host, from here on."""

    def __init__(self, host):
        self.host, self.log = host, host.directory / f"monitor{next(_serial)}.log"
        self.process = host.spawn(*_above_all(), "ip", "-ts", "-o", "monitor", "address",
                                  log=self.log)
        wait(self._listens, 5, "ip monitor listens")

    def _listens(self):
        """Its socket is bound when the kernel lists it with a group."""
        with open(f"/proc/{self.process.pid}/net/netlink", encoding="ascii") as lines:
            return any(fields[2] == str(self.process.pid) and int(fields[3], 16)
                       for fields in (line.split() for line in lines) if fields[2] != "Pid")

    def lines(self, address=None):
        """What was said (of one address), without the times."""
        return [line for _, line in self._said(address)]

    def removed(self, address):
        return [line for line in self.lines(address) if "Deleted" in line]

    def changes(self, address, held):
        """[(wall clock s, "came" or "went"), ...] for an address that was there at the begin or not
        (`held`); renewals of its lease are neither."""
        found, last = [], "came" if held else "went"
        for at, line in self._said(address):
            what = "went" if "Deleted" in line else "came"
            if what != last:
                found.append((at, what))
            last = what
        return found

    def wait_change(self, address, held, timeout=10):
        """The first change of the address: (wall clock s, "came" or "went")."""
        return wait(lambda: self.changes(address, held), timeout, f"{address} changes")[0]

    def stop(self):
        time.sleep(0.1)  # what is on its way is written
        self.process.kill()
        self.process.wait()

    def _said(self, address):
        for line in self.log.read_text(encoding="utf-8").splitlines():
            found = re.fullmatch(r"\[(\S+)\] ?(.*)", line)
            if found and (address is None or f" {address}/" in line):
                yield datetime.fromisoformat(found[1]).timestamp(), found[2]
