"""Several virtual routers of one id on one interface, told apart by peers or groups (issue 8.24), and
instances that have no interface: the source address tells which one counts."""

import os
import signal
import time

import pytest

from lab import Capture, Director, Lab, wait
from lab.adverts import Sender, advert
from lab.config import instance

# name: priority of the hub, of its peer, the peer's address
PAIRS = {"A": (150, 100, "10.9.0.2"), "B": (50, 100, "10.9.0.3")}
REFUSALS = ("bad_", "unknown", "foreign", "wrong", "own_", "address_list")
STRANGER = "10.9.0.66"


def unicast(name, priority, own, *peers, more=""):
    listed = "\n".join(peers)
    return instance(name, 51, priority, f"10.9.51.{ord(name)}/32",
                    more=f"unicast_src_ip {own}\n{more}\nunicast_peer {{\n{listed}\n}}")


def hub(**more):
    return "".join(unicast(name, priority, "10.9.0.1", peer, more=more.get(name, ""))
                   for name, (priority, _, peer) in PAIRS.items())


def refusals(director, name):
    return {counter: value for counter, value in director.instance(name)["counters"].items()
            if value and counter.startswith(REFUSALS)}


class Star:
    """The hub is a router of two virtual routers with one id, each with another peer."""

    def __init__(self, lab):
        self.hub = Director(lab.host("hub", "10.9.0.1/16"), hub())
        self.peers = {name: Director(lab.host(f"peer-{name.lower()}", f"{own}/16"),
                                     unicast(name, priority, own, "10.9.0.1"))
                      for name, (_, priority, own) in PAIRS.items()}
        self.sender = Sender(lab.host("stranger", f"{STRANGER}/16"))
        for director in (self.hub, *self.peers.values()):
            director.start()
        self.wait_roles()

    def wait_roles(self):
        for name, active in (("A", self.hub), ("B", self.peers["B"])):
            active.wait_state(name, "active")
            (self.peers[name] if active is self.hub else self.hub).wait_state(name, "backup")

    def send(self, source, vrid=51, **fields):
        self.sender.send(advert(source, vrid=vrid, priority=254, interval=20,
                                destination="10.9.0.1", mac=self.hub.host.mac(), **fields))


@pytest.fixture(scope="module")
def star():
    with Lab() as lab:
        yield Star(lab)


def test_each_is_elected_with_its_own_peer_issue_8_24(star):
    assert star.hub.instance("B")["peer"]["address"] == "10.9.0.3"
    assert star.peers["A"].instance("A")["peer"]["address"] == "10.9.0.1"
    time.sleep(1)
    star.wait_roles()
    for name, peer in star.peers.items():
        assert refusals(star.hub, name) == refusals(peer, name) == {}
    assert "refused" not in star.hub.log_text()


def test_one_is_taken_over_while_the_other_stays_issue_8_24(star):
    since = star.hub.instance("A")["since"]
    star.peers["B"].host.mute()
    star.hub.wait_state("B", "active", 6)
    assert star.hub.host.has("10.9.51.66")
    star.peers["B"].host.unmute()
    star.hub.wait_state("B", "backup", 6)
    assert (star.hub.state("A"), star.hub.instance("A")["since"]) == ("active", since)


def test_a_malformed_advert_is_the_ones_whose_peer_sent_it_issue_8_24(star):
    star.send("10.9.0.3", chksum=1)
    star.send("10.9.0.3", cut=5)
    wait(lambda: len(refusals(star.hub, "B")) == 2, 3, "both counted")
    assert refusals(star.hub, "B") == {"bad_checksum": 1, "bad_length": 1}
    assert refusals(star.hub, "A") == {}
    # One for the other's addresses is no reason to give them up.
    star.send("10.9.0.3", addresses=["10.9.51.65"])
    wait(lambda: refusals(star.hub, "B").get("foreign_group") == 1, 3, "counted as another group's")
    assert star.hub.state("A") == "active"


def test_who_is_no_peer_is_refused_counted_and_named_issue_8_24(star):
    star.send(STRANGER, addresses=["10.9.51.66"])
    wait(lambda: refusals(star.hub, "A").get("unknown_peer") == 1, 3, "counted once")
    assert "unknown_peer" not in refusals(star.hub, "B")
    assert f"A: advert from {STRANGER} refused: it is none of the unicast peers" in \
        star.hub.log_text()
    assert (star.hub.state("A"), star.hub.state("B")) == ("active", "backup")


def test_a_reload_does_not_confuse_them_issue_8_24(star):
    """Another order, another name, another peer: each goes on as what it was."""
    before = {name: star.hub.instance(name)["since"] for name in PAIRS}
    texts = [unicast(name, priority, "10.9.0.1", peer)
             for name, (priority, _, peer) in PAIRS.items()]
    for text in (texts[1] + texts[0],
                 texts[1].replace("10.9.0.3", "10.9.0.3\n10.9.0.4") + texts[0],
                 texts[0] + texts[1]):
        star.hub.write(text)
        star.hub.vdctl("reload")
        for name, since in before.items():
            assert star.hub.instance(name)["since"] == since
    star.hub.write(texts[0].replace("instance A", "instance C") + texts[1])
    star.hub.vdctl("reload")
    assert star.hub.instance("C")["since"] == before["A"]
    star.hub.write(hub())
    star.hub.vdctl("reload")
    star.wait_roles()
    assert {name: star.hub.instance(name)["since"] for name in PAIRS} == before


def test_a_dead_role_is_taken_up_by_the_right_ones_issue_8_24(star):
    before = {name: star.hub.instance(name)["since"] for name in PAIRS}
    process = star.hub.role("vrrp")["pid"]
    os.kill(process, signal.SIGKILL)
    star.hub.wait_status(lambda status: any(
        role["name"] == "vrrp" and role["pid"] not in (0, process) for role in status["roles"]), 10)
    star.wait_roles()
    assert {name: star.hub.instance(name)["since"] for name in PAIRS} == before


def test_a_peer_of_both_is_refused_at_both_places_issue_8_24(star):
    star.hub.write(hub().replace("10.9.0.3", "10.9.0.3\n10.9.0.2"))
    answer = star.hub.vdctl("reload", check=False)
    text = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "virtual_router_id 51 is already used on eth1 for IPv4, with unicast_peer 10.9.0.2 " \
        "as well" in text
    assert "it is used here" in text
    star.hub.write(hub())


def test_groups_tell_them_apart_issue_8_24(lab):
    """One host has both virtual routers, each elected with another host."""
    groups = {"A": "224.0.0.91", "B": "224.0.0.92"}

    def text(name, priority):
        return instance(name, 51, priority, f"10.9.51.{ord(name)}/32",
                        more=f"mcast_dst_ip {groups[name]}")
    both = Director(lab.host("hub", "10.9.0.1/16"), text("A", 150) + text("B", 50)).start()
    others = {name: Director(lab.host(f"peer-{name.lower()}", f"10.9.0.{number}/16"), text(name, 100)).start()
              for number, name in enumerate(groups, 2)}
    both.wait_state("A", "active")
    others["A"].wait_state("A", "backup")
    others["B"].wait_state("B", "active")
    both.wait_state("B", "backup")
    for name, other in others.items():
        assert refusals(both, name) == refusals(other, name) == {}


def without_interface(*more):
    return instance("A", 51, 100, "10.9.51.1/32 dev eth1",
                    more="unicast_src_ip 10.9.0.1\nunicast_peer {\n10.9.0.2\n}\n"
                    + "\n".join(more)).replace("    interface eth1\n", "")


def test_the_source_address_tells_the_interface_issue_8_24(lab):
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, without_interface()).start()
    director.wait_state("A", "active")
    assert director.instance("A")["interface"] == director.instance("A")["links"][0]["interface"] \
        == "eth1"
    assert "A: eth1 has 10.9.0.1: its state counts" in director.log_text()
    since = director.instance("A")["since"]
    process = director.role("vrrp")["pid"]
    os.kill(process, signal.SIGKILL)
    director.wait_status(lambda status: status["instances"][0]["state"] == "active" and any(
        role["name"] == "vrrp" and role["pid"] not in (0, process) for role in status["roles"]), 10)
    assert director.instance("A")["since"] == since
    host.link_down()
    director.wait_state("A", "fault")
    assert director.instance("A")["reasons"][0]["text"] == "eth1 is down"
    host.link_up()
    director.wait_state("A", "active")


def test_an_address_that_moves_takes_the_instance_along_issue_8_24(lab):
    """Also to an interface that nobody names; adverts go where the route says."""
    host = lab.host("one")
    lab.host("two", "10.9.0.2/16")
    director = Director(host, without_interface()).start()
    director.wait_state("A", "fault")
    found = director.instance("A")
    assert (found["interface"], found["reasons"][0]["reason"], found["reasons"][0]["text"]) == (
        None, "no_source", "no interface has the address to send from: 10.9.0.1")
    host.run("ip", "address", "add", "10.9.0.1/32", "dev", "lo")
    host.run("ip", "route", "add", "10.9.0.0/24", "dev", "eth1")
    director.wait_state("A", "active")
    assert director.instance("A")["interface"] == "lo"
    capture = Capture(lab).start()
    wait(lambda: any(frame.data[12:14] == b"\x08\x00" and frame.data[23] == 112
                     and frame.data[26:30] == bytes((10, 9, 0, 1)) for frame in capture.frames), 5,
         "adverts on eth1")
    host.run("ip", "address", "del", "10.9.0.1/32", "dev", "lo")
    director.wait_state("A", "fault")
    host.run("ip", "address", "add", "10.9.0.1/16", "dev", "eth1")
    director.wait_state("A", "active")
    assert director.instance("A")["interface"] == "eth1"


def test_both_sides_without_an_interface_elect_issue_8_24(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), without_interface()).start()
    two = Director(lab.host("two", "10.9.0.2/16"), without_interface().replace(
        "10.9.0.2", "10.9.0.9").replace("src_ip 10.9.0.1", "src_ip 10.9.0.2").replace(
        "10.9.0.9", "10.9.0.1").replace("priority 100", "priority 150")).start()
    two.wait_state("A", "active")
    one.wait_state("A", "backup")
    assert one.instance("A")["peer"]["address"] == "10.9.0.2"
    assert refusals(one, "A") == refusals(two, "A") == {}


def test_groups_with_virtual_macs_of_their_own_issue_8_24(lab):
    def text(first, second):
        return "".join(instance(name, 51, priority, f"10.9.51.{ord(name)}/32",
                                more=f"mcast_dst_ip {group}\n    use_vmac {words}")
                       for name, priority, group, words in (
                           ("A", first, "224.0.0.91", "va"),
                           ("B", second, "224.0.0.92", "vb 02:00:00:00:51:02")))
    one = Director(lab.host("one", "10.9.0.1/16"), text(150, 100)).start()
    two = Director(lab.host("two", "10.9.0.2/16"), text(100, 150)).start()
    for active, backup, name in ((one, two, "A"), (two, one, "B")):
        active.wait_state(name, "active")
        backup.wait_state(name, "backup")
        assert refusals(active, name) == refusals(backup, name) == {}
    assert one.instance("A")["virtual_mac"]["mac"] == "00:00:5e:00:01:33"
    assert two.instance("B")["virtual_mac"]["mac"] == "02:00:00:00:51:02"
