"""Debian's keepalived and vdirectord, given the same file, fill the kernel's table alike."""

from lab import Director, Keepalived, WebServer, table, wait

ADDRESS = "192.168.57.200"
CONFIG = """\
global_defs {
    router_id same
}
vrrp_instance VI_1 {
    state MASTER
    interface eth1
    virtual_router_id 77
    priority 120
    advert_int 1
    virtual_ipaddress {
        192.168.57.200/32
    }
}
virtual_server 192.168.57.200 80 {
    delay_loop 1
    lb_algo wrr
    lb_kind DR
    persistence_timeout 60
    protocol TCP
    sorry_server 192.168.57.105 80
    real_server 192.168.57.103 80 {
        weight 3
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            connect_timeout 2
            retry 0
        }
    }
    real_server 192.168.57.104 80 {
        weight 2
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            connect_timeout 2
            retry 0
        }
    }
}
"""


def run_through(director, nodes):
    """The tables with all up, with one server down, with both down, with all up again."""
    host, tables = director.host, []

    def settled(*servers):
        """Waits until exactly these servers have a weight; keeps that table."""
        wanted = [f"192.168.57.{server}:80" for server in servers]

        def serving():
            lines = table(host)
            found = [line.split()[4] for line in lines
                     if line.startswith("-a") and not line.endswith("-w 0")]
            return lines if found == wanted else None
        tables.append(wait(serving, 15, f"{wanted} serve"))

    director.start()
    wait(lambda: host.has(ADDRESS), 15, f"{host} holds {ADDRESS}")
    settled(103, 104)
    nodes[0].stop()
    settled(104)
    nodes[1].stop()
    settled(105)
    for node in nodes:
        node.start()
    settled(103, 104)
    return tables


def without_quiesced(tables):
    return [[line for line in lines if not line.endswith("-w 0")] for lines in tables]


def test_same_file_fills_the_same_table(lab):
    host = lab.host("director", "192.168.57.101/24")
    nodes = [WebServer(lab.host(name, f"192.168.57.{number}/24"), {"/": name}).start()
             for name, number in (("node1", 103), ("node2", 104))]
    keepalived = Keepalived(host, CONFIG)
    theirs = run_through(keepalived, nodes)
    keepalived.stop()
    assert table(host) == []
    director = Director(host, CONFIG)
    ours = run_through(director, nodes)
    director.stop()
    assert table(host) == []
    assert without_quiesced(ours) == theirs
    quiesced = [len([line for line in lines if line.endswith("-w 0")]) for lines in ours]
    assert quiesced == [0, 1, 2, 0], "weight 0 instead of removal"
