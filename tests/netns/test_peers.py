"""Who was heard, and who never was: that is named, too."""

import pytest

from lab import Director, wait
from lab.adverts import Sender, advert
from lab.config import instance

INTERVAL = 0.2
WAIT = 10 * INTERVAL
UNICAST = "unicast_peer {\n 10.9.0.1\n 10.9.0.2\n 10.9.0.3\n}\n unicast_src_ip 10.9.0.1"


def reasons(director, name="web"):
    return {reason["reason"]: reason["text"] for reason in director.instance(name)["reasons"]}


def unheard(director, what):
    """How often the log says that it was never heard."""
    return director.log_text().count(f"web: {what}; a Backup is silent, so that may be right")


def peers(director):
    return {peer["address"]: peer for peer in director.instance("web")["peers"]}


def test_an_active_router_that_never_heard_anybody_says_so(lab):
    """Once, in the log, and not at once: it may be a fault of the network."""
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, instance("web", 1, 100, advert_int=INTERVAL)).start()
    director.wait_state("web", "active")
    assert unheard(director, "no peer was ever heard on eth1") == 0
    wait(lambda: unheard(director, "no peer was ever heard on eth1"), WAIT + 2)
    director.vdctl("reload")
    sender = Sender(lab.host("peer"))
    wait(lambda: sender.send(advert("10.9.0.9", vrid=1, priority=50, interval=20,
                                    addresses=["10.9.1.1"]))
         or director.instance("web")["counters"]["adverts_received"], 5)
    assert unheard(director, "no peer was ever heard on eth1") == 1


@pytest.mark.parametrize("more", ("", UNICAST))
def test_status_of_a_healthy_pair_shows_nothing_alarming_issue_8_21(lab, more):
    """The Backup came second and has never spoken."""
    one = Director(lab.host("one", "10.9.0.1/16"),
                   instance("web", 1, 200, advert_int=INTERVAL, more=more)).start()
    one.wait_state("web", "active")
    two = Director(lab.host("two", "10.9.0.2/16"),
                   instance("web", 1, 100, advert_int=INTERVAL, more=more.replace(
                       "src_ip 10.9.0.1", "src_ip 10.9.0.2"))).start()
    two.wait_state("web", "backup")
    one.wait_log("never heard|ever heard", WAIT + 2)
    assert list(reasons(one)) == ["elected"]
    assert list(reasons(two)) == ["peer"]
    told = one.vdctl("explain", "web").stdout
    assert "heard on eth1" not in told and "never heard" not in told


def test_each_unicast_peer_has_the_age_of_its_last_advert(lab):
    one = Director(lab.host("one", "10.9.0.1/16"),
                   instance("web", 1, 200, advert_int=INTERVAL, more=UNICAST))
    two = Director(lab.host("two", "10.9.0.2/16"),
                   instance("web", 1, 100, advert_int=INTERVAL,
                            more=UNICAST.replace("src_ip 10.9.0.1", "src_ip 10.9.0.2")))
    two.start()
    two.wait_state("web", "active")
    wait(lambda: unheard(two, "peer 10.9.0.1 and 1 more were never heard"), WAIT + 2)
    one.start()
    one.wait_state("web", "active")
    two.wait_state("web", "backup")
    found = peers(two)
    assert list(found) == ["10.9.0.1", "10.9.0.3"], "itself is left out"
    assert found["10.9.0.1"]["priority"] == 200
    assert found["10.9.0.1"]["last_heard_ms"] < 3 * INTERVAL * 1000
    assert (found["10.9.0.3"]["priority"], found["10.9.0.3"]["last_heard_ms"]) == (None, None)
    wait(lambda: unheard(one, "peer 10.9.0.3 was never heard"), WAIT + 2)
    shown = two.vdctl("status").stdout
    assert [line.split()[-2:] for line in shown.splitlines()
            if line.startswith("10.9.0.1 ")] == [["s", "ago"]]
    assert [line.split()[-1:] for line in shown.splitlines()
            if line.startswith("10.9.0.3 ")] == [["never"]]


@pytest.mark.parametrize("how", ["reload", "restart of vrrp"])
def test_what_was_heard_is_known_afterwards_as_well(lab, how):
    one = Director(lab.host("one", "10.9.0.1/16"),
                   instance("web", 1, 200, advert_int=INTERVAL, more=UNICAST)).start()
    one.wait_state("web", "active")
    sender = Sender(lab.host("peer", "10.9.0.3/16"))
    frame = advert("10.9.0.3", vrid=1, priority=50, interval=20, addresses=["10.9.1.1"],
                   destination="10.9.0.1", mac=one.host.mac())
    wait(lambda: sender.send(frame) or peers(one)["10.9.0.3"]["priority"] == 50, 5, "heard")
    if how == "reload":
        one.write(instance("web", 1, 200, advert_int=INTERVAL,
                           more=UNICAST.replace("10.9.0.2\n", "")))
        one.vdctl("reload")
    else:
        pid = one.role("vrrp")["pid"]
        one.host.run("kill", "-9", pid)
        one.wait_status(lambda status: any(role["name"] == "vrrp" and role["pid"] not in (None, pid)
                                           for role in status["roles"]))
    found = peers(one)["10.9.0.3"]
    assert found["priority"] == 50 and found["last_heard_ms"] > 0
