"""Announcements: their pace, their place behind adverts, and that losing them heals."""

import itertools
import socket
import time

import pytest

from lab import Director, wait
from lab.claims import firewall
from lab.config import instance
from lab.wire import AddressWatch, Tap, adverts, announcements, wire

ETH_P_ARP, ETH_P_IP, ETH_P_IPV6 = 0x0806, 0x0800, 0x86DD
ONE, TWO = "10.9.0.1/16", "10.9.0.2/16"


def gaps(times):
    return [later - earlier for earlier, later in itertools.pairwise(sorted(times))]


def assert_pace(times, interval):
    """Frames are sent with this interval. One that goes out late has less to the next one, which is
    on time again, so a few may be closer."""
    apart = sorted(gaps(times))
    assert apart[len(apart) // 4] > 0.9 * interval, apart
    assert sum(apart) > 0.9 * interval * len(apart), apart


def advertisements(frames):
    """The unsolicited neighbour advertisements among frames: (time, target)."""
    return [(frame.at, socket.inet_ntop(socket.AF_INET6, frame.data[62:78])) for frame in frames
            if frame.data[20] == 58 and frame.data[54] == 136 and len(frame.data) >= 78]


def config(globals_, *instances):
    return f"global_defs {{\n vrrp_garp_master_delay 0\n {globals_}\n}}\n" + "".join(instances)


def wait_announced(director, name, count, timeout=5):
    director.wait_status(lambda status: [entry for entry in status["instances"]
                                         if entry["name"] == name][0]["counters"]
                         ["announcements_sent"] >= count, timeout, f"{count} announcements")


def two_links(lab):
    """A director with eth1 on the bridge and eth2 on a cable, and a witness at both."""
    host, witness = lab.host("director", ONE, "fd00:9::1/64"), lab.host("witness")
    wire(host, witness, "eth2", "10.8.0.1/16", "10.8.0.2/16")
    return host, witness


def addresses(count, net=4, dev=""):
    return [f"10.9.{net}.{i}/32 {dev}" for i in range(1, count + 1)]


def test_an_interval_keeps_announcements_of_an_interface_apart(lab):
    """Of both families, each with its own; another interface has its own pace."""
    host, witness = two_links(lab)
    director = Director(host, config(
        "vrrp_garp_interval 0.05\n vrrp_gna_interval 0.1\n vrrp_garp_master_repeat 2",
        instance("four", 4, 200, *addresses(10), *addresses(10, 5, "dev eth2")),
        instance("six", 6, 200, "fe80::6", *(f"fd00:9::{i}/64" for i in range(1, 5)))))
    arps, nas = Tap(witness, ETH_P_ARP), Tap(witness, ETH_P_IPV6)
    director.start()
    wait_announced(director, "four", 40)
    wait_announced(director, "six", 10)
    found, spans = arps.read(), []
    for port, net in (("eth1", "10.9.4."), ("eth2", "10.9.5.")):
        of_port = announcements([frame for frame in found if frame.port == port])
        of_port = [entry for entry in of_port if entry[2].startswith(net)]
        assert len(of_port) == 20, f"{port}: each address twice"
        assert len({address for _, _, address in of_port[:10]}) == 10, "in rounds"
        assert_pace([at for at, _, _ in of_port], 0.05)
        spans.append((of_port[0][0], of_port[-1][0]))
    assert max(begin for begin, _ in spans) < min(end for _, end in spans), "at the same time"
    sent = [at for at, target in advertisements(nas.read(96)) if target.startswith(("fd", "fe"))]
    assert len(sent) >= 10
    assert_pace(sent, 0.1)


def test_interfaces_of_a_garp_group_share_one_pace(lab):
    host, witness = two_links(lab)
    director = Director(host, config(
        "vrrp_garp_master_repeat 1",
        "garp_group {\n garp_interval 0.05\n interface eth1\n interfaces {\n eth2\n }\n}\n",
        instance("four", 4, 200, *addresses(10), *addresses(10, 5, "dev eth2"))))
    arps = Tap(witness, ETH_P_ARP)
    director.start()
    wait_announced(director, "four", 20)
    found = announcements(arps.read())
    assert len({address for _, _, address in found}) == 20
    assert_pace([at for at, _, _ in found], 0.05)


def test_a_reload_changes_the_pace_of_what_still_waits(lab):
    host, witness = two_links(lab)
    slow = config("vrrp_garp_interval 5", instance("four", 4, 200, *addresses(20)))
    director = Director(host, slow).start()
    director.wait_state("four", "active")
    wait_announced(director, "four", 1)
    assert director.instance("four")["counters"]["announcements_sent"] <= 2
    director.write(slow.replace("vrrp_garp_interval 5", ""))
    director.vdctl("reload")
    wait_announced(director, "four", 100)


def test_min_garp_announces_once(lab):
    director = Director(lab.host("director", ONE),
                        "global_defs { vrrp_min_garp\n vrrp_garp_master_refresh 0 }\n"
                        + instance("four", 4, 200)).start()
    director.wait_state("four", "active")
    wait_announced(director, "four", 1)
    time.sleep(0.5)
    assert director.instance("four")["counters"]["announcements_sent"] == 1


def test_addresses_on_another_interface_are_announced_when_its_carrier_returns(lab):
    host, witness = two_links(lab)
    director = Director(host, config("vrrp_garp_master_repeat 2\n vrrp_garp_master_refresh 0",
                                     instance("four", 4, 200, "10.9.4.1/32",
                                              "10.9.5.1/32 dev eth2"))).start()
    director.wait_state("four", "active")
    wait_announced(director, "four", 4)
    arps = Tap(witness, ETH_P_ARP)
    lab.ip(witness.netns, "link set eth2 down")
    wait(lambda: "NO-CARRIER" in host.run("ip", "link", "show", "dev", "eth2").stdout, 5)
    lab.ip(witness.netns, "link set eth2 up")
    wait_announced(director, "four", 6)
    assert director.state("four") == "active"
    time.sleep(0.2)
    assert {address for _, _, address in announcements(arps.read())} == {"10.9.5.1"}


@pytest.mark.parametrize("count", [80, 5000])
def test_n7_adverts_go_on_while_many_addresses_are_taken_over(lab, count):
    """Of two directors the preferred one dies; what the other one does then takes a while."""
    interval = 0.1
    vips = [f"10.9.{100 + i // 250}.{i % 250}/32" for i in range(count)]
    text = config("vrrp_garp_master_repeat 2", instance("web", 1, 200, vips[0],
                                                        advert_int=interval,
                                                        more="virtual_ipaddress_excluded {\n"
                                                        + "\n".join(vips[1:]) + "\n}"))
    one = Director(lab.host("one", ONE), text).start()
    one.wait_state("web", "active")
    two = Director(lab.host("two", TWO), text.replace("priority 200", "priority 100")).start()
    two.wait_state("web", "backup")
    taken = AddressWatch(two.host)
    tap = Tap(lab.host("witness"), ETH_P_IP)
    one.kill()
    taken.until(count, 30)
    wait_announced(two, "web", 2 * count, 30)
    frames = tap.read()
    sent = [advert.at for advert in adverts(frames) if advert.priority == 100]
    assert sent, "it is Active"
    assert max(gaps(sent), default=0) < 3 * interval, "no peer would have noticed"


def test_n3_a_refresh_heals_lost_announcements(lab):
    """The client hears none of the new owner's first ten, and knows it after the next refresh."""
    refresh = 2
    text = (f"global_defs {{ vrrp_garp_master_delay 0.2\n vrrp_garp_master_refresh {refresh} }}\n"
            + instance("web", 1, 200))
    one = Director(lab.host("one", ONE), text).start()
    one.wait_state("web", "active")
    two = Director(lab.host("two", TWO), text.replace("priority 200", "priority 100")).start()
    two.wait_state("web", "backup")
    client = lab.host("client", "10.9.0.9/16")
    client.run("ip", "neigh", "replace", "10.9.1.1", "dev", "eth1", "lladdr", one.host.mac(),
               "nud", "stale")
    firewall(client, "arp operation request drop", family="arp")
    one.kill()
    two.wait_state("web", "active")
    wait_announced(two, "web", 10)
    firewall(client, family="arp")

    def known():
        return client.run("ip", "neigh", "show", "10.9.1.1").stdout.split()[4]
    assert known() == one.host.mac(), "nothing was heard so far"
    wait(lambda: known() == two.host.mac(), refresh + 1, "the client knows the new owner")
