"""Virtual MAC addresses: hosts see one hardware address whoever serves, and nobody but the Active
ever sends from it."""

import json
import os
import signal
import socket
import time

import pytest

from lab import Capture, Director, Keepalived, Lab, wait
from lab.config import instance
from lab.pinger import Pinger

ADVERT = 0.2
VIP, VIP6, MAC, MAC6 = "10.9.1.1", "fd00::100", "00:00:5e:00:01:33", "00:00:5e:00:02:33"


def config(priority=100, *addresses, vrid=51, more="use_vmac", name="web"):
    return instance(name, vrid, priority, *(addresses or (f"{VIP}/32",)), advert_int=ADVERT,
                    more=more)


class Pair:
    """Two directors and a client; the first has the higher priority."""

    def __init__(self, lab, *addresses, more="use_vmac"):
        self.lab = lab
        self.one = Director(lab.host("one", "10.9.0.1/16", "fd00::1/64"),
                            config(150, *addresses, more=more))
        self.two = Director(lab.host("two", "10.9.0.2/16", "fd00::2/64"),
                            config(100, *addresses, more=more))
        self.client = lab.host("client", "10.9.0.9/16", "fd00::9/64")

    def start(self):
        self.one.start()
        self.two.start()
        self.one.wait_state("web", "active")
        self.two.wait_state("web", "backup")
        return self


def link(host, name="vrrp.51"):
    """What ip says of an interface; None where there is none."""
    done = host.run("ip", "-d", "-j", "link", "show", "dev", name, check=False)
    return json.loads(done.stdout)[0] if done.returncode == 0 else None


def is_up(host, name="vrrp.51"):
    found = link(host, name)
    return found is not None and "UP" in found["flags"]


def holds(host, address, name="vrrp.51"):
    """Whether the interface, which may come and go, has the address."""
    done = host.run("ip", "-j", "addr", "show", "dev", name, check=False)
    links = json.loads(done.stdout or "[]") if done.returncode == 0 else []
    return any(entry.get("local") == address for found in links
               for entry in found.get("addr_info", []))


def sysctl(host, name):
    """As sysctl(8) names it: a slash stands for a dot."""
    return int(host.run("cat", "/proc/sys/" + name.translate(str.maketrans("./", "/."))).stdout)


def neighbour(client, address):
    """The hardware address that the client has for it."""
    shown = json.loads(client.run("ip", "-j", "neigh", "show", "to", address).stdout or "[]")
    return shown[0].get("lladdr") if shown else None


def answers(client, address):
    """True: whoever has the address refuses a connection to a port that nobody serves."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with client.inside(), socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        where = socket.getaddrinfo(address, 9, family)[0][4]
        try:
            connection.connect(where)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


def sent_from(capture, mac, port=None):
    source = bytes.fromhex(mac.replace(":", ""))
    return [frame for frame in list(capture.frames)
            if frame.data[6:12] == source and port in (None, frame.port)]


def test_active_serves_from_the_virtual_mac_and_the_backup_is_silent(lab):
    capture = Capture(lab).start()
    pair = Pair(lab).start()
    one, two, client = pair.one.host, pair.two.host, pair.client
    wait(lambda: holds(one, VIP), 2, "the address is on the virtual interface")
    assert not one.has(VIP)
    found = link(one)
    assert (found["address"], found["link"]) == (MAC, "eth1")
    assert found["linkinfo"]["info_kind"] == "macvlan"
    assert found["linkinfo"]["info_data"]["mode"] == "private"
    assert link(two) is not None and not is_up(two)
    assert answers(client, VIP)
    assert neighbour(client, VIP) == MAC
    from scapy.layers.inet import IP
    from scapy.layers.vrrp import VRRPv3
    time.sleep(3 * ADVERT)
    capture.stop()
    adverts = [p for p in capture.packets(VRRPv3) if p.port == "one"]
    assert adverts and {(p.src, p[IP].src) for p in adverts} == {(MAC, "10.9.0.1")}
    assert not sent_from(capture, MAC, "two")
    assert pair.one.instance("web")["virtual_mac"] == {"interface": "vrrp.51", "mac": MAC,
                                                       "up": True}
    assert pair.two.instance("web")["virtual_mac"]["up"] is False


def test_hosts_keep_their_entry_at_a_switch_over_and_lose_nothing(lab):
    pair = Pair(lab).start()
    wait(lambda: answers(pair.client, VIP), 3, "it serves")
    pinger = Pinger(pair.client, VIP, 0.001).start().wait_answers(20)
    capture = Capture(lab).start()
    pair.one.vdctl("standby", "web")
    pair.two.wait_state("web", "active")
    time.sleep(0.3)
    assert neighbour(pair.client, VIP) == MAC
    wait(lambda: not is_up(pair.one.host), 1, "the one that has handed over is silent")
    handed = time.time()
    time.sleep(3 * ADVERT)
    capture.stop()
    pinger.wait_answers(20).stop()
    assert pinger.lost() == []
    assert not [f for f in sent_from(capture, MAC, "one") if f.at > handed]
    pair.two.stop()
    pair.one.wait_state("web", "active")
    wait(lambda: answers(pair.client, VIP), 2, "it serves")
    assert neighbour(pair.client, VIP) == MAC


@pytest.mark.parametrize("more", ["use_vmac", "use_vmac\n vmac_xmit_base"])
def test_ipv6_hosts_lose_nothing_either(lab, more):
    """The kernel makes an IPv6 address usable later than it says, while links are set up and down:
    switches must not learn of the new port before."""
    pair = Pair(lab, "fe80::51/64", f"{VIP6}/64", more=more).start()
    wait(lambda: answers(pair.client, VIP6), 3, "it serves")
    pinger, changes = Pinger(pair.client, VIP6, 0.001).start().wait_answers(20), 0
    for command, new in (("standby", pair.two), ("takeover", pair.one)) * 2:
        pair.one.vdctl(command, "web")
        new.wait_state("web", "active")
        time.sleep(0.2)
        changes += 1
    lost = pinger.stop().lost()
    # It was about ten of them at each change; a busy machine may take longer than is waited for.
    assert len(lost) <= 5 * changes, f"{len(lost)} of {pinger.sent} lost at {changes} changes"


def test_backup_is_silent_when_its_link_flaps(lab):
    pair = Pair(lab, "fe80::100/64", f"{VIP6}/64").start()
    capture = Capture(lab).start()
    for down, up in ((pair.two.host.cut, pair.two.host.plug),
                     (pair.two.host.link_down, pair.two.host.link_up)):
        down()
        pair.two.wait_state("web", "fault")
        up()
        pair.two.wait_state("web", "backup")
        time.sleep(0.5)
    capture.stop()
    assert not sent_from(capture, MAC6, "two")
    assert pair.one.state("web") == "active"


def test_ipv6_is_served_from_the_virtual_mac(lab):
    pair = Pair(lab, "fe80::100/64", f"{VIP6}/64").start()
    one, client = pair.one.host, pair.client
    wait(lambda: holds(one, VIP6), 2, "the address is there")
    assert answers(client, VIP6)
    assert neighbour(client, VIP6) == MAC6
    assert answers(client, "fe80::100%eth1")
    assert sorted(entry["local"] for entry in one.addresses("vrrp.51")) == ["fd00::100", "fe80::100"]
    assert sysctl(one, "net.ipv6.conf.vrrp/51.accept_ra") == 0
    pair.one.stop()
    pair.two.wait_state("web", "active")
    wait(lambda: answers(client, VIP6), 2, "the other one serves")
    assert neighbour(client, VIP6) == MAC6
    pair.one.start()
    pair.two.wait_state("web", "backup")
    assert pair.two.instance("web")["counters"]["addresses_stolen"] == 0, "it let them go itself"


def test_settings_of_the_base_are_put_back_and_the_interface_goes_at_the_end(lab):
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, config()).start()
    director.wait_state("web", "active")
    assert sysctl(host, "net.ipv4.conf.eth1.arp_ignore") == 1
    assert sysctl(host, "net.ipv4.conf.eth1.arp_announce") == 2
    index = link(host)["ifindex"]
    vrrp = director.role("vrrp")["pid"]
    os.kill(vrrp, signal.SIGKILL)
    wait(lambda: director.role("vrrp")["pid"] not in (None, vrrp), 3, "vrrp is back")
    director.wait_state("web", "active")
    assert link(host)["ifindex"] == index, "taken over, not made anew"
    assert is_up(host) and holds(host, VIP)
    assert director.stop() == 0
    assert link(host) is None
    assert sysctl(host, "net.ipv4.conf.eth1.arp_ignore") == 0
    assert sysctl(host, "net.ipv4.conf.eth1.arp_announce") == 0


def test_virtual_mac_is_switched_on_and_off_by_a_reload(lab):
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, config(more="")).start()
    director.wait_state("web", "active")
    wait(lambda: host.has(VIP), 2, "on the interface itself")
    since = director.instance("web")["since"]
    for more, name in (("use_vmac", "vrrp.51"), ("use_vmac virt 02:00:00:00:01", "virt"), ("", "eth1")):
        director.write(config(more=more))
        director.vdctl("reload")
        wait(lambda: holds(host, VIP, name), 2, f"on {name}")
        others = {"vrrp.51", "virt", "eth1"} - {name}
        wait(lambda: not any(holds(host, VIP, other) for other in others), 2,
             "and nowhere else")
        if name == "virt":
            assert link(host, "virt")["address"] == "02:00:00:00:01:33"
    wait(lambda: link(host) is None and link(host, "virt") is None, 2, "it is removed")
    assert director.instance("web")["since"] == since, "still Active"
    wait(lambda: sysctl(host, "net.ipv4.conf.eth1.arp_ignore") == 0, 2, "the base is as it was")


def test_interface_is_made_again_with_its_base(lab):
    host = lab.host("one", "10.9.0.1/16")
    lab.ip(host.netns, "link add eth2 type veth peer name far", "link set eth2 up",
           "link set far up", "addr add 10.8.0.1/16 dev eth2")
    text = config().replace("interface eth1", "interface eth2")
    director = Director(host, text).start()
    director.wait_state("web", "active")
    for command in ("link del vrrp.51", "link set vrrp.51 down"):
        lab.ip(host.netns, command)
        wait(lambda: is_up(host) and holds(host, VIP), 2, f"mended after {command}")
    lab.ip(host.netns, "link del eth2")
    director.wait_state("web", "fault")
    lab.ip(host.netns, "link add eth2 type veth peer name far", "link set eth2 up",
           "link set far up", "addr add 10.8.0.1/16 dev eth2")
    director.wait_state("web", "active")
    wait(lambda: is_up(host) and holds(host, VIP), 2, "made again")


@pytest.mark.parametrize("change", (("name", "other"), ("address", "02:00:00:00:00:77")),
                         ids=("renamed", "another address"))
def test_what_somebody_else_changes_is_changed_back_issue_8_19(lab, change):
    """Renamed, or with another hardware address: healed, serving again, and gone at the stop."""
    one = Director(lab.host("one", "10.9.0.1/16"), config()).start()
    one.wait_state("web", "active")
    wait(lambda: holds(one.host, VIP), 3)
    index = link(one.host)["ifindex"]
    for _ in range(2):
        one.host.run("ip", "link", "set", "vrrp.51", *change)
        wait(lambda: is_up(one.host) and link(one.host)["address"] == MAC
             and link(one.host)["ifindex"] == index and holds(one.host, VIP), 10, "healed")
        one.wait_state("web", "active")
    assert "by somebody else, changing it back" in one.log_text()
    one.stop()
    assert link(one.host) is None and link(one.host, "other") is None


def test_a_renamed_interface_goes_where_its_name_is_taken_issue_8_19(lab):
    """It cannot be changed back, and must not stay up with the virtual MAC address."""
    one = Director(lab.host("one", "10.9.0.1/16"), config()).start()
    one.wait_state("web", "active")
    one.host.run("ip", "link", "add", "thief", "type", "bridge")

    def take_name():
        """Both at once, and again where the daemon was quicker."""
        return one.host.run("ip", "-batch", "-", check=False, input=(
            "link set vrrp.51 name other\nlink set thief name vrrp.51\n")).returncode == 0

    wait(take_name, 10, "the name is taken")
    wait(lambda: link(one.host, "other") is None, 5, "it is gone")
    one.wait_state("web", "fault")
    one.host.run("ip", "link", "del", "vrrp.51")
    one.wait_state("web", "active")
    wait(lambda: is_up(one.host) and link(one.host)["address"] == MAC, 5, "it is made again")
    one.stop()
    assert link(one.host) is None


def test_a_name_that_is_taken_is_a_fault_that_says_so(lab):
    host = lab.host("one", "10.9.0.1/16")
    lab.ip(host.netns, "link add vrrp.51 type veth peer name far")
    director = Director(host, config()).start()
    director.wait_state("web", "fault")
    assert any("vrrp.51" in reason["text"] for reason in director.instance("web")["reasons"])
    lab.ip(host.netns, "link del vrrp.51")
    director.wait_state("web", "active")


def test_several_virtual_routers_each_have_their_own(lab):
    host, client = lab.host("one", "10.9.0.1/16", "fd00::1/64"), lab.host("client", "10.9.0.9/16",
                                                                       "fd00::9/64")
    text = "".join(config(100, address, vrid=vrid, name=name) for name, vrid, address in
                   (("a", 51, "10.9.1.1/32"), ("b", 52, "10.9.1.2/32"), ("c", 51, "fd00::101/64")))
    director = Director(host, text).start()
    for name, address, mac in (("a", "10.9.1.1", MAC), ("b", "10.9.1.2", "00:00:5e:00:01:34"),
                               ("c", "fd00::101", MAC6)):
        director.wait_state(name, "active")
        wait(lambda: answers(client, address), 2, f"{name} serves")
        assert neighbour(client, address) == mac
    assert link(host, "vrrp6.51")["address"] == MAC6


@pytest.mark.parametrize("addresses", [(f"{VIP}/32",), ("fe80::100/64", f"{VIP6}/64")])
def test_two_active_routers_with_one_hardware_address_hear_each_other(lab, addresses):
    """The kernel gives frames from a macvlan's own address to that macvlan only."""
    pair = Pair(lab, *addresses).start()
    pair.two.host.mute()
    pair.two.wait_state("web", "active")
    assert is_up(pair.one.host) and is_up(pair.two.host)
    pair.two.host.unmute()
    pair.two.wait_state("web", "backup", 3)
    wait(lambda: not is_up(pair.two.host), 1, "it is silent")
    assert pair.one.state("web") == "active"


def test_adverts_can_go_by_the_interface_below(lab):
    capture = Capture(lab).start()
    pair = Pair(lab, more="use_vmac\n    vmac_xmit_base").start()
    wait(lambda: answers(pair.client, VIP), 2, "it serves")
    assert neighbour(pair.client, VIP) == MAC
    capture.stop()
    from scapy.layers.vrrp import VRRPv3
    adverts = [p for p in capture.packets(VRRPv3) if p.port == "one"]
    assert adverts and {p.src for p in adverts} == {pair.one.host.mac()}


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("ours", ["higher", "lower"])
def test_keepalived_with_a_virtual_mac_is_a_peer(lab, ours, family):
    one = lab.host("one", "10.9.0.1/16", "fd00::1/64")
    two = lab.host("two", "10.9.0.2/16", "fd00::2/64")
    client = lab.host("client", "10.9.0.9/16", "fd00::9/64")
    listed, mac = {4: ([f"{VIP}/32"], MAC), 6: (["fe80::100/64", f"{VIP6}/64"], MAC6)}[family]
    address = listed[-1].split("/")[0]
    director = Director(one, config(150 if ours == "higher" else 50, *listed)).start()
    Keepalived(two, config(100, *listed)).start()
    expected, server = ("active", one) if ours == "higher" else ("backup", two)
    other = two if server is one else one
    director.wait_state("web", expected)
    wait(lambda: holds(server, address), 6, "the better one serves")
    wait(lambda: not holds(other, address), 3, "and nobody else")
    wait(lambda: answers(client, address), 3, "the address answers")
    time.sleep(1)
    assert director.state("web") == expected
    if server is one:
        assert neighbour(client, address) == mac


@pytest.mark.parametrize("how", ["death", "pause"])
def test_who_comes_back_after_its_lease_hears_the_active_and_is_silent(lab, how):
    # The lease ends before the other takes over, so that what waits in the queue does not help.
    text = ("global_defs {\n    address_lease 1\n}\n"
            + instance("web", 51, 100, f"{VIP}/32", advert_int=0.6, more="use_vmac"))
    one = Director(lab.host("one", "10.9.0.1/16"), text).start()
    one.wait_state("web", "active")
    two = Director(lab.host("two", "10.9.0.2/16"), text).start()
    two.wait_state("web", "backup")
    pids = one.host.pids(one.program)
    if how == "death":
        one.kill()
    else:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
    two.wait_state("web", "active")
    wait(lambda: not one.host.has(VIP, "vrrp.51"), 5, "the lease ends")
    assert is_up(one.host), "as it was left"
    became, capture = two.instance("web")["counters"]["became_active"], Capture(lab).start()
    if how == "death":
        one.start()
    else:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    one.wait_state("web", "backup")
    wait(lambda: not is_up(one.host), 2, "it is down")
    time.sleep(2)
    capture.stop()
    assert one.state("web") == "backup" and two.state("web") == "active"
    assert two.instance("web")["counters"]["became_active"] == became
    assert one.instance("web")["counters"]["became_active"] == (how == "pause")
    advert = bytes.fromhex("01005e000012")  # a pause may end with one, before it is noticed
    assert not [frame for frame in sent_from(capture, MAC, "one") if frame.data[:6] != advert]
