"""A server that a reload takes out of its service keeps its connections, and the plan counts them."""

import re
import socket

from lab import Classic, Lab, wait, weights
from lab.classic import ADDRESS, NODES, PORT, director_config

NODE1, NODE2 = (f"{address}:{PORT}" for address in NODES.values())


class Connection:
    """One that stays open from request to request."""

    def __init__(self, host):
        with host.inside():
            self._socket = socket.socket()
        self._socket.settimeout(5)
        self._socket.connect((ADDRESS, PORT))
        self.node = self.ask()

    def ask(self):
        """Which node answers."""
        self._socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not re.search(rb"\r\n\r\n(\w+)\n", answer):
            more = self._socket.recv(4096)
            assert more, f"it was closed after {answer!r}"
            answer += more
        return re.search(rb"\r\n\r\n(\w+)\n", answer)[1].decode()

    def close(self):
        self._socket.close()


def without_node1(text):
    """The first real server's block, taken out."""
    begin = text.index(f"real_server {NODES['node1']}")
    return text[:begin] + text[text.index(f"real_server {NODES['node2']}"):]


def compare(director, text, name):
    """A reload of whatever kind has the kernel's table compared at once."""
    director.write(text.replace("router_id director1", f"router_id {name}"))
    return director.vdctl("reload")


def test_connections_of_a_removed_server_are_counted_and_drained():
    with Lab() as lab:
        classic = Classic(lab)
        director = classic.directors["director1"].start()
        wait(lambda: classic.owners() == ["director1"], 10, "it owns the address")
        wait(lambda: weights(director.host) == {NODE1: 1, NODE2: 1}, 10, "both serve")
        connections = [Connection(classic.client) for _ in range(6)]
        mine = [connection for connection in connections if connection.node == "node1"]
        assert mine and len(mine) < 6
        both = director_config("director1")
        compare(director, both, "counted")
        wait(lambda: director.server(NODES["node1"], PORT)["connections"]["active"] == len(mine),
             5, "they are counted")

        director.write(without_node1(both).replace("router_id director1", "router_id counted"))
        planned = director.vdctl("plan", check=False)
        drained = rf"  {re.escape(NODE1)} leaves service .*: {len(mine)} active connections? " \
                  r"(is|are) drained"
        assert planned.returncode == 4 and re.search(drained, planned.stdout), planned.stdout
        assert re.search(drained, director.vdctl("reload").stdout)

        wait(lambda: weights(director.host) == {NODE1: 0, NODE2: 1}, 5, "it is quiesced")
        assert director.service(ADDRESS, PORT)["draining"] \
            == {"servers": 1, "connections": len(mine)}
        assert re.search(rf"removed servers: 1, active connections .* drained: {len(mine)}$",
                         director.vdctl("status").stdout, re.MULTILINE)
        assert [connection.ask() for connection in connections] \
            == [connection.node for connection in connections], "all go on"
        assert Connection(classic.client).node == "node2"
        for connection in mine:
            connection.close()
        compare(director, without_node1(both), "drained")
        wait(lambda: weights(director.host) == {NODE2: 1}, 12, "then it goes")
        assert director.service(ADDRESS, PORT)["draining"] == {"servers": 0, "connections": 0}
