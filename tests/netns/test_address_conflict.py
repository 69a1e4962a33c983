"""Nobody else silently: who claims an address that is ours is noticed, named and answered."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import Capture, Director, Lab, wait
from lab.adverts import Sender
from lab.claims import STRANGER, advertisement, arp, detection, firewall
from lab.config import instance
from lab.wire import Tap, adverts, announcements

VIP, VIP6 = "10.9.1.1", "fd00:9::10"
OTHER = "10.9.2.1"
INTERVAL = 0.2
SETTLE = 2 * INTERVAL
QUIET = ["garp_master_refresh 0", "garp_master_delay 0", "garp_master_repeat 1"]


def rival(director, name, position=0):
    return director.instance(name)["addresses"][position]["duplicate_owner"]


def reasons(director, name):
    return {reason["reason"]: reason["text"] for reason in director.instance(name)["reasons"]}


def claims(director, name):
    return director.instance(name)["counters"]["foreign_claims"]


class Alone:
    """One director that is Active, and a stranger on its link."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16", "fd00:9::1/64")
        self.stranger = Sender(lab.host("stranger", "10.9.0.9/16", "fd00:9::9/64"))
        self.witness = lab.host("witness")
        more = "\n".join(QUIET)
        self.director = Director(self.host, instance("four", 1, 100, more=more)
                                 + instance("six", 2, 100, "fe80::10/64", f"{VIP6}/64", more=more)
                                 + instance("calm", 3, 100, more=more)
                                 + instance("many", 4, 100,
                                            *(f"10.9.4.{i}/32" for i in range(1, 200)), more=more))
        self.director.start()
        for name in ("four", "six", "calm", "many"):
            self.director.wait_state(name, "active")
        time.sleep(0.5)  # the first moment, in which a predecessor may still be there, is over

    def wait_rival(self, name, position=0):
        return wait(lambda: rival(self.director, name, position), 4, f"{name} has a rival")


@pytest.fixture(scope="module")
def alone():
    with Lab() as lab:
        yield Alone(lab)


def test_a_foreign_arp_is_named_everywhere_and_answered(alone):
    capture = Capture(alone.lab, alone.host).start()
    alone.stranger.send(arp(VIP))
    found = alone.wait_rival("four")
    assert found["mac"] == STRANGER and found["count"] == 1
    assert found["last_heard_ms"] < 4000
    assert reasons(alone.director, "four")["duplicate_owner"] == \
        f"{VIP} is claimed by {STRANGER} on eth1, too"
    alone.director.wait_log(rf"four: address conflict: {VIP} is claimed by {STRANGER} on eth1, too")
    assert claims(alone.director, "four") == 1
    assert "duplicate_owner" in alone.director.vdctl("status").stdout
    wait(lambda: [packet for packet in capture.packets("ARP") if packet["ARP"].psrc == VIP], 2,
         "it is announced again")
    assert alone.director.state("four") == "active"


def test_the_request_form_counts_as_well_and_our_own_frames_do_not(alone):
    before = claims(alone.director, "four")
    alone.stranger.send(arp(VIP, operation="who-has"))
    alone.stranger.send(arp(VIP, mac=alone.host.mac()))
    alone.stranger.send(arp("10.9.0.1"))
    alone.stranger.send(arp("10.9.77.77"))
    wait(lambda: claims(alone.director, "four") == before + 1, 2, "one more claim")
    time.sleep(0.1)
    assert claims(alone.director, "four") == before + 1
    assert "duplicate_owner" not in reasons(alone.director, "calm")


@pytest.mark.parametrize("frame", [advertisement, detection])
def test_a_foreign_ipv6_owner_is_named(alone, frame):
    before = claims(alone.director, "six")
    mac = "02:00:00:00:06:01" if frame is detection else STRANGER
    alone.stranger.send(frame(VIP6, mac))
    wait(lambda: (rival(alone.director, "six", 1) or {}).get("mac") == mac, 4, "it is named")
    assert claims(alone.director, "six") == before + 1


def test_a_flood_of_claims_is_bounded_and_adverts_go_on(alone):
    """10,000 frames that name our addresses: one line, adverts on time, little is sent back."""
    adverts_tap, arp_tap = (Tap(alone.witness, protocol) for protocol in (0x0800, 0x0806))
    frames = [arp(f"10.9.4.{number}") for number in range(1, 200)]
    for frame in frames * 50:
        alone.stranger.send(frame)
    wait(lambda: "more)" in reasons(alone.director, "many").get("duplicate_owner", ""), 5,
         "several addresses have a rival")
    time.sleep(1)
    assert alone.director.log_text().count("many: address conflict:") in (1, 2, 3)
    sent = [advert.at for advert in adverts(adverts_tap.read()) if advert.vrid == 4]
    gaps = [later - earlier for earlier, later in zip(sent, sent[1:])]
    assert len(gaps) >= 5 and max(gaps) < 3 * INTERVAL, "no peer would have noticed"
    ours = bytes.fromhex(alone.host.mac().replace(":", ""))
    answers = sum(mac == ours for _, mac, _ in announcements(arp_tap.read()))
    assert 0 < answers <= 3 * 199 + 10


def pair(lab, **options):
    """Two directors: one is preferred, and Active; two is Backup."""
    one = Director(lab.host("one", "10.9.0.1/16"), instance("web", 1, 200, **options)).start()
    one.wait_state("web", "active")
    two = Director(lab.host("two", "10.9.0.2/16"), instance("web", 1, 100, **options)).start()
    two.wait_state("web", "backup")
    return one, two


def test_a_change_of_roles_is_no_alarm(lab):
    one, two = pair(lab, advert_int=INTERVAL, more="garp_master_refresh 1")
    for _ in range(3):
        one.vdctl("standby")
        two.wait_state("web", "active")
        one.vdctl("takeover")
        one.wait_state("web", "active")
        wait(lambda: two.state("web") == "backup", 3)
    one.kill()
    two.wait_state("web", "active")
    one.start()
    one.wait_state("web", "active")
    time.sleep(2 * SETTLE + 1)
    for director in (one, two):
        assert "address conflict" not in director.log_text()
        assert rival(director, "web") is None


def test_of_two_takeovers_at_once_one_is_told_that_it_failed_issue_8_15(lab):
    """Both are raised to the same priority, and two's address is the higher one."""
    one, two = pair(lab, advert_int=1)  # an order waits for so long at least: the other one comes
    for first, second in ((two, one), (one, two)) * 2:
        second.vdctl("takeover")
        wait(lambda: (first.state("web"), second.state("web")) == ("backup", "active"), 5)
        with ThreadPoolExecutor() as pool:
            answers = {first: pool.submit(first.vdctl, "takeover", check=False)}
            wait(lambda: first.state("web") == "active", 5)
            answers[second] = pool.submit(second.vdctl, "takeover", check=False)
        assert answers[two].result().returncode == 0
        assert answers[one].result().returncode == 1
        assert "lost the role again to 10.9.0.2" in answers[one].result().stderr
        assert (one.state("web"), two.state("web")) == ("backup", "active")
    time.sleep(5)
    for director in (one, two):
        assert "address conflict" not in director.log_text()
        assert rival(director, "web") is None


def test_a_loser_that_hears_late_is_no_alarm_issue_8_15(lab):
    """Two becomes Active as well, and hears after some adverts only that it has to give way."""
    interval = 1
    one = Director(lab.host("one", "10.9.0.1/16"), instance("web", 1, 200, advert_int=interval))
    two = Director(lab.host("two", "10.9.0.2/16"), instance("web", 1, 100, advert_int=interval))
    one.start().wait_state("web", "active")
    firewall(two.host, "meta l4proto 112 drop")
    two.start().wait_state("web", "active")
    time.sleep(2.5 * interval)
    firewall(two.host)
    two.wait_state("web", "backup")
    time.sleep(5 * interval)
    assert claims(one, "web") > 0
    assert "address conflict" not in one.log_text()


@pytest.mark.parametrize("deaf", [("two",), ("one", "two")], ids=["one way", "both ways"])
def test_n1_two_owners_that_cannot_hear_each_other_are_both_alarmed(lab, deaf):
    """Protocol 112 is dropped where the deaf ones receive it; ARP is not."""
    one, two = pair(lab, advert_int=INTERVAL)
    capture = Capture(lab).start()
    for director in (one, two):
        if director.host.name in deaf:
            firewall(director.host, "meta l4proto 112 drop")
    two.wait_state("web", "active")
    begin = time.time()
    for director, peer in ((one, two), (two, one)):
        wait(lambda: (rival(director, "web") or {}).get("mac") == peer.host.mac(), 10,
             f"{director.host} names the other one")
        director.wait_log(rf"web: address conflict: {VIP} is claimed by {peer.host.mac()} on eth1, too")
        assert director.state("web") == "active"
    firewall(one.host)
    firewall(two.host)
    two.wait_state("web", "backup")
    assert rival(two, "web") is None, "the one that gave way has none"
    assert "duplicate_owner" not in reasons(two, "web")
    capture.stop()
    shouts = [frame for frame in capture.frames
              if frame.data[12:14] == b"\x08\x06" and frame.at > begin + 1]
    assert len(shouts) < 100, "two that shout at each other do so less and less"


def test_two_owners_with_one_virtual_mac_are_alarmed_and_a_lone_one_is_not(lab):
    """use_vmac: both have the same hardware address, by which neither could tell the other one."""
    one, two = pair(lab, advert_int=INTERVAL, more="use_vmac")
    mac = "00:00:5e:00:01:01"
    time.sleep(2 * SETTLE)
    assert claims(one, "web") == 0, "nor are its own frames taken for another's"
    for director in (one, two):
        firewall(director.host, "meta l4proto 112 drop")
    two.wait_state("web", "active")
    for director in (one, two):
        wait(lambda: (rival(director, "web") or {}).get("mac") == mac, 10,
             f"{director.host} names the other one")
