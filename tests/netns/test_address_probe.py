"""probe_before_active: others are asked for the addresses of a router that is silent."""

import time

import pytest

from lab import Director, wait
from lab.config import instance
from test_fence import Fence

INTERVAL = 0.2
DOWN = 4 * INTERVAL  # the longest that an Active router's silence is waited for
WAIT = 0.4
PAUSE = 1  # from an answer to the next question
SLACK = 3  # of a busy machine
PROBE = f"probe_before_active {WAIT}"
VIP, VIP6 = "10.9.1.1", "fd00:9::10"


def reason(director):
    return next((entry["text"] for entry in director.instance("web")["reasons"]
                 if entry["reason"] == "probe"), None) or ""


def counters(director):
    return director.instance("web")["counters"]


def stateful(host):
    """Adverts are let in only while the host itself has sent one within a minute."""
    host.run("nft", "-f", "-", input="""
table inet lab {
    set spoke {
        type inet_proto
        flags dynamic, timeout
        timeout 60s
    }
    chain output {
        type filter hook output priority 0
        meta l4proto 112 update @spoke { meta l4proto }
    }
    chain input {
        type filter hook input priority 0
        meta l4proto 112 meta l4proto != @spoke drop
    }
}
""")


def owner(lab, *addresses, more=""):
    one = Director(lab.host("one", "10.9.0.1/16", "fd00:9::1/64"),
                   instance("web", 1, 200, *addresses, advert_int=INTERVAL, more=more)).start()
    one.wait_state("web", "active")
    return one


def late(lab, *addresses, more=PROBE):
    """A host that was booted behind such a firewall, and notes each notify script."""
    host = lab.host("two", "10.9.0.2/16", "fd00:9::2/64")
    stateful(host)
    notified = host.directory / "notified"
    script = host.directory / "notify.sh"
    script.write_text(f"#!/bin/sh\necho \"$3\" >> {notified}\n", encoding="ascii")
    script.chmod(0o755)
    more += f'\nnotify "{script}" root'
    two = Director(host, instance("web", 1, 100, *addresses, advert_int=INTERVAL, more=more))
    return two.start(), lambda: notified.read_text().split() if notified.exists() else []


def stays_backup(two, vip, notified, mac):
    """While the owner answers: longer than it takes to ask twice."""
    wait(lambda: "is answered for by" in reason(two), DOWN + WAIT + SLACK)
    text = f"{vip} is answered for by {mac} on eth1, though no advert is heard"
    assert reason(two) == text
    two.wait_log(f"web: not becoming Active: {text}")
    wait(lambda: counters(two)["probes_answered"] >= 2, WAIT + PAUSE + SLACK)
    assert two.state("web") == "backup" and not two.host.has(vip)
    assert counters(two)["became_active"] == 0 and counters(two)["adverts_sent"] == 0
    assert "MASTER" not in notified()
    assert text in two.vdctl("explain", "web").stdout.replace("\n", " ")


@pytest.mark.parametrize("more", ["", "use_vmac"], ids=["own MAC", "virtual MAC"])
def test_n2_a_firewall_that_hides_the_owner_does_not_make_two(lab, more):
    one = owner(lab, more=more)
    two, notified = late(lab, more=f"{PROBE}\n{more}")
    stays_backup(two, VIP, notified, "00:00:5e:00:01:01" if more else one.host.mac())
    one.host.mute()
    two.wait_state("web", "active", PAUSE + WAIT + SLACK)
    wait(lambda: "MASTER" in notified(), SLACK)
    assert reason(two) == ""
    two.wait_log("web: nobody answers for its addresses any more")


def test_n2_over_ipv6_neighbours_are_solicited(lab):
    addresses = ("fe80::10/64", f"{VIP6}/64")
    one = owner(lab, *addresses)
    two, notified = late(lab, *addresses, more="probe_before_active")
    stays_backup(two, "fe80::10", notified, one.host.mac())
    one.host.mute()
    two.wait_state("web", "active", PAUSE + WAIT + SLACK)


def pair(lab, more=PROBE):
    one = owner(lab)
    two = Director(lab.host("two", "10.9.0.2/16"),
                   instance("web", 1, 100, advert_int=INTERVAL, more=more)).start()
    wait(lambda: (two.instance("web")["peer"] or {}).get("address") == "10.9.0.1", SLACK)
    return one, two


def test_a_router_that_died_is_followed_after_the_wait(lab):
    one, two = pair(lab)
    since = time.monotonic()
    one.host.cut()
    two.wait_state("web", "active", DOWN + WAIT + SLACK)
    assert time.monotonic() - since >= 2 * INTERVAL + WAIT
    assert counters(two)["probes_answered"] == 0


def test_a_planned_hand_over_asks_nobody(lab):
    one, two = pair(lab, more="probe_before_active 10")
    one.vdctl("standby")
    two.wait_state("web", "active", SLACK)
    one.vdctl("takeover")
    one.wait_state("web", "active", SLACK)
    wait(lambda: two.state("web") == "backup", SLACK)
    assert one.stop() == 0
    two.wait_state("web", "active", SLACK)


def test_the_owner_of_the_addresses_asks_nobody(lab):
    two = Director(lab.host("two", "10.9.0.2/16"),
                   instance("web", 1, 255, more="probe_before_active 10")).start()
    two.wait_state("web", "active", SLACK)


def test_a_kernel_that_still_answers_keeps_the_addresses_until_a_takeover(lab):
    one, two = pair(lab)
    one.kill()
    assert one.host.has(VIP)
    wait(lambda: "is answered for by" in reason(two), DOWN + WAIT + SLACK)
    assert two.state("web") == "backup"
    two.vdctl("takeover")
    assert two.state("web") == "active"


def test_a_router_that_answers_is_not_fenced_and_one_that_does_not_is(lab):
    one = owner(lab)
    host = lab.host("two", "10.9.0.2/16")
    fence = Fence(host)
    stateful(host)
    two = Director(host, instance("web", 1, 100, advert_int=INTERVAL,
                                  more=f'{PROBE}\nfence_script "{fence.script}" root')).start()
    wait(lambda: counters(two)["probes_answered"] >= 2, DOWN + 2 * WAIT + PAUSE + SLACK)
    assert len(fence) == 0
    one.host.mute()
    two.wait_state("web", "active", PAUSE + WAIT + SLACK)
    assert len(fence) == 1


def test_a_reload_without_it_ends_the_question(lab):
    owner(lab)
    two, _notified = late(lab)
    wait(lambda: "is answered for by" in reason(two), DOWN + WAIT + SLACK)
    two.write(instance("web", 1, 100, advert_int=INTERVAL))
    two.vdctl("reload")
    wait(lambda: counters(two)["became_active"] == 1, SLACK)


def test_a_sync_group_waits_as_one_for_the_member_that_is_answered(lab):
    def group(priority, more=""):
        return (instance("web", 1, priority, advert_int=INTERVAL, more=more)
                + instance("db", 2, priority, advert_int=INTERVAL)
                + "vrrp_sync_group both {\n group {\n web\n db\n }\n}\n")

    one = Director(lab.host("one", "10.9.0.1/16"), group(200)).start()
    one.wait_state("db", "active")
    host = lab.host("two", "10.9.0.2/16")
    stateful(host)
    two = Director(host, group(100, PROBE)).start()
    wait(lambda: counters(two)["probes_answered"] >= 2, DOWN + 2 * WAIT + PAUSE + SLACK)
    assert two.state("web") == two.state("db") == "backup"
    one.host.mute()
    two.wait_state("db", "active", PAUSE + WAIT + SLACK)
    assert two.state("web") == "active"
