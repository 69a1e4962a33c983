"""FRRouting's vrrpd (Debian's package frr), as a peer: zebra and vrrpd in a namespace of a host.

FRR holds virtual addresses on macvlan interfaces with the virtual router's MAC address, which it
does not make itself; they are there all the time, and "protocol down" while FRR is Backup.
"""

import json
import pathlib
import shutil

from .netns import wait
from .programs import Program

FOLDER = pathlib.Path("/usr/lib/frr")


class _Daemon(Program):
    """One of FRR's daemons. It gives up root, so its folder belongs to the user it becomes."""

    def __init__(self, host, name, config, folder):
        self.folder = folder
        super().__init__(host, config, name)

    def command(self):
        return [FOLDER / self.name, "--config_file", self.config, "--user", "frr", "--group", "frr",
                "--socket", self.folder / "zebra.socket", "--pid_file",
                self.folder / f"{self.name}.pid", "--vty_socket", self.folder, "--vty_port", "0",
                "--log", "stdout"]


class Frr:
    """The pair of daemons. `routers`: {vrid: (priority, centiseconds, [addresses])}; families may
    not be mixed within one VRID here."""

    def __init__(self, host, routers):
        self.host, self.routers = host, routers
        # Names of sockets are short: not in the host's folder.
        self.folder = host.directory / "f"
        self.folder.mkdir()
        shutil.chown(self.folder, "frr", "frr")
        self.zebra = _Daemon(host, "zebra", "debug zebra kernel\n", self.folder)
        self.vrrpd = _Daemon(host, "vrrpd", self._config(), self.folder)
        for vrid, (_, _, addresses) in routers.items():
            self._macvlan(vrid, addresses)

    @staticmethod
    def interface(vrid, addresses):
        return f"vrrp{6 if ':' in addresses[0] else 4}-{vrid}"

    def _macvlan(self, vrid, addresses):
        name, parent = self.interface(vrid, addresses), self.host.interface
        mac = f"00:00:5e:00:0{2 if ':' in addresses[0] else 1}:{vrid:02x}"
        self.host.lab.ip(self.host.netns,
                         f"link add {name} link {parent} address {mac} type macvlan mode bridge")
        self.host.sysctl(f"net.ipv6.conf.{name}.accept_dad", 0)
        self.host.lab.ip(self.host.netns,
                         *(f"addr add {address}/{64 if ':' in address else 16} dev {name}"
                           for address in addresses), f"link set {name} up")

    def _config(self):
        lines = [f"interface {self.host.interface}"]
        for vrid, (priority, interval, addresses) in self.routers.items():
            lines += [f" vrrp {vrid} version 3", f" vrrp {vrid} priority {priority}",
                      f" vrrp {vrid} advertisement-interval {interval * 10}"]
            lines += [f" vrrp {vrid} {'ipv6' if ':' in address else 'ip'} {address}"
                      for address in addresses]
        return "\n".join(lines) + "\n"

    def start(self):
        (self.folder / "zebra.socket").unlink(missing_ok=True)
        self.zebra.start()
        wait((self.folder / "zebra.socket").exists, 10, "zebra's socket")
        self.vrrpd.start()
        wait(lambda: self.show(check=False), 10, "vrrpd answers")
        return self

    def stop(self):
        """Resigns: vrrpd sends priority 0."""
        status = self.vrrpd.stop()
        self.zebra.stop()
        return status

    def show(self, check=True):
        """{vrid: what "show vrrp json" says of its family}"""
        done = self.host.run("vtysh", "--vty_socket", self.folder, "-d", "vrrpd", "-c",
                             "show vrrp json", check=check)
        if done.returncode != 0 or not done.stdout.strip().startswith("["):
            return None
        return {entry["vrid"]: entry["v6" if ":" in self.routers[entry["vrid"]][2][0] else "v4"]
                for entry in json.loads(done.stdout)}

    def log_text(self):
        return self.zebra.log_text() + self.vrrpd.log_text()
