"""heartbeat_interface: two cables between two directors, and what is lost with either of them.

eth1 is on the lab's bridge and carries the addresses; eth2 is a cable from one to the other.
"""

import time
from datetime import datetime

import pytest

from lab import Director, Lab, wait
from lab.claims import firewall
from lab.config import instance
from lab.wire import Tap, adverts, wire

INTERVAL = 0.2
DOWN = 3 * INTERVAL + INTERVAL * 156 / 256  # of priority 100
FAMILIES = {
    "ipv4": {"addresses": ("10.9.1.1/32",), "heartbeat": "heartbeat_interface eth2"},
    "ipv6": {"addresses": ("fe80::100/64",), "heartbeat": "heartbeat_interface eth2"},
    "unicast": {"addresses": ("10.9.1.1/32",),
                "heartbeat": "heartbeat_interface eth2\n"
                             "unicast_peer { 10.9.0.1\n 10.9.0.2 }\n unicast_src_ip 10.9.0.{host}"},
    "signed": {"addresses": ("10.9.1.1/32",),
               "heartbeat": "heartbeat_interface eth2\n"
                            "auth_hmac { key 1 hex:" + "5a" * 32 + " }"},
}


def text(host, priority, family="ipv4", more=""):
    chosen = FAMILIES[family]
    heartbeat = chosen["heartbeat"].replace("{host}", str(host))
    return instance("web", 1, priority, *chosen["addresses"], advert_int=INTERVAL,
                    more=f"{heartbeat}\n{more}")


class Pair:
    """`one` is Active (priority 200), `two` Backup (100)."""

    def __init__(self, lab, family="ipv4", priorities=(200, 100)):
        self.lab, self.family = lab, family
        hosts = [lab.host(name, f"10.9.0.{i}/16") for i, name in ((1, "one"), (2, "two"))]
        for host in hosts:
            host.sysctl("net.ipv6.conf.default.accept_dad", 0)
        wire(*hosts, "eth2", "10.8.0.1/24", "10.8.0.2/24")
        self.one, self.two = (Director(host, text(i, priority, family))
                              for i, host, priority in zip((1, 2), hosts, priorities))
        self.one.start()
        self.one.wait_state("web", "active")
        self.two.start()
        self.two.wait_state("web", "backup")
        wait(lambda: all(link(self.two, interface)["last_heard_ms"] is not None
                         and link(self.one, interface)["up"] and link(self.two, interface)["up"]
                         for interface in ("eth1", "eth2")), 5, "heard on both links")

    def drop(self, *interfaces):
        """Adverts are dropped where they arrive."""
        for director in (self.one, self.two):
            firewall(director.host, *(f"iifname {interface} meta l4proto 112 drop"
                                      for interface in interfaces))

    def states(self):
        return self.one.state("web"), self.two.state("web")


def link(director, interface):
    return next(entry for entry in director.instance("web")["links"]
                if entry["interface"] == interface)


def reasons(director):
    return {reason["reason"]: reason["text"] for reason in director.instance("web")["reasons"]}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_peer_is_alive_while_it_is_heard_on_any_link(lab, family):
    pair = Pair(lab, family)
    since = pair.two.instance("web")["since"]
    assert link(pair.two, "eth2")["up"] and link(pair.two, "eth2")["heartbeat"]
    for dropped in ("eth1", "eth2") if family == "ipv4" else ("eth1",):
        pair.drop(dropped)
        time.sleep(2 * DOWN)
        assert pair.states() == ("active", "backup")
        assert pair.two.instance("web")["since"] == since
        wait(lambda: reasons(pair.two).get("link") == f"no advert is heard on {dropped}", 3)
        assert link(pair.two, dropped)["silent"]
        assert link(pair.two, dropped)["last_heard_ms"] > 1000 * DOWN
        assert pair.two.log_text().count(f"no advert is heard on {dropped}") == 1
        pair.drop()
        wait(lambda: "link" not in reasons(pair.two), 3)
    begin = time.time()
    pair.drop("eth1", "eth2")
    end = time.time()
    pair.two.wait_state("web", "active")
    since = datetime.fromisoformat(pair.two.instance("web")["since"]).timestamp()
    assert begin + DOWN - INTERVAL - 0.1 < since < end + DOWN + 0.5
    counters = pair.two.instance("web")["counters"]
    assert not any(value for name, value in counters.items() if name.startswith(("bad", "hmac")))


def test_the_loss_of_the_first_link_is_a_fault_and_of_another_is_named(lab):
    pair = Pair(lab)
    lab.ip(pair.two.host.netns, "link set eth2 down")
    wait(lambda: reasons(pair.one).get("link") == "there is no carrier on eth2", 5)
    assert pair.states() == ("active", "backup")
    assert "eth2" in pair.one.vdctl("status").stdout
    lab.ip(pair.two.host.netns, "link set eth2 up")
    wait(lambda: "link" not in reasons(pair.one), 5)
    pair.one.wait_log("web: link eth2 works again")
    pair.one.host.cut()
    pair.one.wait_state("web", "fault")
    pair.two.wait_state("web", "active")


def test_a_copy_of_an_advert_on_another_link_is_not_answered_again(lab):
    """A lesser router that is deaf speaks on both links, and gets one answer for each advert."""
    pair = Pair(lab)
    firewall(pair.two.host, "meta l4proto 112 drop")
    pair.two.wait_state("web", "active")
    tap = Tap(lab.host("witness"), 0x0800)
    time.sleep(8 * INTERVAL)
    frames = adverts(tap.read())
    counts = {priority: sum(advert.priority == priority for advert in frames)
              for priority in (200, 100)}
    assert counts[100] >= 6
    assert counts[200] <= 1.5 * counts[100] + 2


def test_both_routers_decide_equal_priorities_by_the_same_addresses(lab):
    """On the cable the order of the addresses is the other way round."""
    with Lab() as other:
        hosts = [other.host(name, f"10.9.0.{i}/16") for i, name in ((1, "one"), (2, "two"))]
        wire(*hosts, "eth2", "10.8.0.2/24", "10.8.0.1/24")
        one, two = (Director(host, text(i, 100)) for i, host in zip((1, 2), hosts))
        one.start()
        one.wait_state("web", "active")
        two.start()
        time.sleep(2 * DOWN)
        # two has the higher address on eth1, but a Backup leaves an equal one in place
        assert (one.state("web"), two.state("web")) == ("active", "backup")
        for director in (one, two):
            firewall(director.host, "meta l4proto 112 drop")
        two.wait_state("web", "active")
        for director in (one, two):
            firewall(director.host)
        wait(lambda: (one.state("web"), two.state("web")) == ("backup", "active"), 5,
             "the higher address of eth1 wins, whatever link is heard first")
        since = [director.instance("web")["since"] for director in (one, two)]
        time.sleep(2 * DOWN)
        assert [director.instance("web")["since"] for director in (one, two)] == since
        assert "give them different priorities" in one.log_text() + two.log_text()


def test_links_change_with_a_reload(lab):
    pair = Pair(lab)
    assert len(pair.two.instance("web")["links"]) == 2
    since = pair.two.instance("web")["since"]
    for director, host, priority in ((pair.one, 1, 200), (pair.two, 2, 100)):
        director.write(text(host, priority).replace("heartbeat_interface eth2", ""))
        director.vdctl("reload")
    assert [entry["interface"] for entry in pair.two.instance("web")["links"]] == ["eth1"]
    time.sleep(DOWN)
    for director, host, priority in ((pair.one, 1, 200), (pair.two, 2, 100)):
        director.write(text(host, priority))
        director.vdctl("reload")
    wait(lambda: link(pair.two, "eth2")["last_heard_ms"] is not None, 3)
    assert pair.two.instance("web")["since"] == since


def test_a_peer_that_does_not_know_heartbeats_is_not_disturbed(lab):
    pair = Pair(lab)
    pair.two.stop()
    pair.two.write(text(2, 100).replace("heartbeat_interface eth2", ""))
    pair.two.start()
    pair.two.wait_state("web", "backup")
    time.sleep(2 * DOWN)
    assert pair.states() == ("active", "backup")
    assert not any(value for name, value in pair.two.instance("web")["counters"].items()
                   if name.startswith("bad"))
