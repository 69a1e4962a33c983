"""The classic set-up: two directors, two web servers in direct routing, one client.

The directors run doc/examples/classic.conf; the second with another name and priority.
"""

from .netns import ROOT
from .observe import Requester
from .programs import Director, WebServer

EXAMPLE = ROOT / "doc/examples/classic.conf"
ADDRESS, PORT, INSTANCE = "192.168.56.200", 80, "web"
NODES = {"node1": "192.168.56.103", "node2": "192.168.56.104"}
DIRECTORS = {"director1": ("192.168.56.101", 150), "director2": ("192.168.56.102", 100)}


def director_config(name, scheduler="wlc"):
    """The example, as this director has it."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in (("router_id director1", f"router_id {name}"),
                     ("priority 150", f"priority {DIRECTORS[name][1]}"),
                     ("lb_algo wlc", f"lb_algo {scheduler}")):
        assert text.count(old) == 1, f"{EXAMPLE} does not say {old!r} once"
        text = text.replace(old, new)
    return text


class Classic:
    """The machines and what runs on them, by name; the directors are not started yet."""

    def __init__(self, lab, scheduler="wlc"):
        self.lab = lab
        self.nodes = {name: self._node(name, address) for name, address in NODES.items()}
        self.directors, self.fallbacks = {}, {}
        for name, (address, _) in DIRECTORS.items():
            host = lab.host(name, f"{address}/24")
            self.fallbacks[name] = WebServer(host, {"/": f"{name} fallback"}).start()
            self.directors[name] = Director(host, director_config(name, scheduler))
        self.client = lab.host("client", "192.168.56.10/24")

    def _node(self, name, address):
        """A real server: the service's address on lo, silent to ARP, and a web server."""
        host = self.lab.host(name, f"{address}/24")
        for interface in ("all", "lo"):
            host.sysctl(f"net.ipv4.conf.{interface}.arp_ignore", 1)
            host.sysctl(f"net.ipv4.conf.{interface}.arp_announce", 2)
        self.lab.ip(host.netns, f"addr add {ADDRESS}/32 dev lo")
        return WebServer(host, {"/": name, "/.test.html": "ok"}).start()

    def requester(self, interval=0.05, timeout=1.0):
        return Requester(self.client, ADDRESS, PORT, interval=interval, timeout=timeout)

    def owners(self):
        """The names of the directors that hold the service's address now."""
        return [name for name, director in self.directors.items() if director.host.has(ADDRESS)]

