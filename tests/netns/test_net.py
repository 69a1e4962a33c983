"""The role net: elections do not wait for it, addresses follow the words of the instances and
nothing else, and whoever of the two dies finds what the other one did."""

import contextlib
import os
import signal
import time

import pytest
from lab import AddressMonitor, Director, Pinger, wait
from lab.config import instance

ADVERT = 0.1
LEASE = 30
VIP = "10.9.1.1"
GRACE = 1.0  # from the end of an instance's time until its addresses are removed
DOWN = 3 * ADVERT


def config(priority, lease=LEASE, advert=ADVERT, more="", addresses=(f"{VIP}/32",)):
    return (f"global_defs {{\n    address_lease {lease}\n}}\n"
            + instance("web", 1, priority, *addresses, advert_int=advert, more=more))


def pid(director, role):
    return director.role(role)["pid"]


@contextlib.contextmanager
def stopped(*pids):
    for one in pids:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in reversed(pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)


def start(lab, name, number, text):
    return Director(lab.host(name, f"10.9.0.{number}/16"), text).start()


def pair(lab, **options):
    """The first is Active and has its address."""
    one = start(lab, "one", 1, config(200, **options))
    one.wait_state("web", "active")
    two = start(lab, "two", 2, config(100, **options))
    two.wait_state("web", "backup")
    wait(lambda: one.host.has(VIP), 2, "it has its address")
    return one, two


def counters(director):
    return director.instance("web")["counters"]


def test_an_election_does_not_wait_for_net(lab):
    one, two = pair(lab)
    before = one.instance("web"), two.instance("web")
    with stopped(pid(one, "main"), pid(one, "net")):
        time.sleep(3.0)
    after = one.instance("web"), two.instance("web")
    assert [found["since"] for found in after] == [found["since"] for found in before]
    sent = after[0]["counters"]["adverts_sent"] - before[0]["counters"]["adverts_sent"]
    assert sent >= 3.0 / ADVERT * 0.7, "adverts went on"
    assert one.host.has(VIP)


def test_a_take_over_goes_on_when_net_does(lab):
    one, two = pair(lab)
    helper = pid(two, "net")
    with stopped(pid(two, "main"), helper):
        one.kill()
        time.sleep(4 * DOWN)
        assert not two.host.has(VIP), "nobody adds it"
    two.wait_state("web", "active")
    wait(lambda: two.host.has(VIP), 2, "net has gone on")
    assert counters(two)["became_active"] == 1


def test_who_hangs_loses_its_addresses_though_leases_are_long(lab):
    one, two = pair(lab)
    monitor = AddressMonitor(one.host)
    with stopped(pid(one, "main"), pid(one, "vrrp")):
        begin = time.time()
        at, _ = monitor.wait_change(VIP, True)
        assert DOWN + GRACE - 0.2 <= at - begin, "not before its time is over"
        assert at - begin < LEASE / 3, "long before the kernel would"
        two.wait_state("web", "active")
    wait(lambda: one.state("web") == "active" and one.host.has(VIP), 10, "the better one is back")
    wait(lambda: not two.host.has(VIP), 5, "one owner")
    assert counters(one)["addresses_lapsed"] == 1
    monitor.stop()


def test_permanent_addresses_go_as_well(lab):
    one = start(lab, "one", 1, config(200, lease="off"))
    one.wait_state("web", "active")
    wait(lambda: one.host.has(VIP), 2, "it has its address")
    with stopped(pid(one, "main"), pid(one, "vrrp")):
        wait(lambda: not one.host.has(VIP), DOWN + GRACE + 5, "it goes without a lease, too")
    one.wait_state("web", "active")
    wait(lambda: one.host.has(VIP), 5, "and comes back")


def test_who_cannot_send_loses_its_addresses(lab):
    """The peers hear nothing from it: a firewall keeps its adverts from leaving."""
    one = start(lab, "one", 1, config(200))
    one.wait_state("web", "active")
    wait(lambda: one.host.has(VIP), 2, "it has its address")
    one.host.run("nft", "-f", "-", input="table ip lab { chain out { type filter hook output "
                 "priority 0; ip protocol 112 drop; }; }")
    wait(lambda: counters(one)["send_errors"] > 0, 5, "its adverts are refused")
    wait(lambda: not one.host.has(VIP), DOWN + GRACE + 5, "its time is over")
    one.host.run("nft", "delete", "table", "ip", "lab")
    wait(lambda: one.host.has(VIP), 5, "and begins again with the next advert that leaves")


def test_net_finds_what_became_of_the_words_while_it_was_dead(lab):
    one, two = pair(lab)
    helper = pid(one, "net")
    main = pid(one, "main")
    with stopped(main, helper):
        two.vdctl("takeover", "web")
        two.wait_state("web", "active")
        wait(lambda: two.host.has(VIP), 2, "the other has it")
        time.sleep(1)  # it lingers no more
        assert one.host.has(VIP), "nobody took it away"
        os.kill(helper, signal.SIGKILL)
    wait(lambda: not one.host.has(VIP), 5, "the next net does")
    assert one.state("web") == "backup"


@pytest.mark.parametrize("role", ["net", "vrrp"])
@pytest.mark.parametrize("change", ["standby", "takeover", "reload"])
def test_a_death_within_a_change_of_owner_leaves_one_owner(lab, role, change):
    one, two = pair(lab)
    actor = two if change == "takeover" else one
    for delay in (0, 0.001, 0.01, 0.05):
        victim = pid(actor, role)
        if change == "reload":
            actor.write(config(200, addresses=(f"{VIP}/32", f"10.9.2.{int(delay * 1000)}/32")))
        with stopped(pid(actor, "keeper")):  # nothing is lost with main's orders
            wish = actor.host.spawn(actor.program.with_name("vdctl"), "--runtime-dir",
                                    actor.runtime, *([change] if change == "reload"
                                                     else [change, "web"]))
            time.sleep(delay)
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            wish.wait()

        def one_owner():
            states = one.state("web"), two.state("web")
            owners = one.host.has(VIP), two.host.has(VIP)
            return states in (("active", "backup"), ("backup", "active")) \
                and owners == tuple(state == "active" for state in states)
        wait(one_owner, 15, "one is Active, and has the address alone")
        for director in (one, two):
            director.vdctl("takeover", "web", check=False) if director is one else None
        wait(lambda: one_owner() and one.state("web") == "active", 15, "as before")


def test_net_may_die_as_often_as_it_likes(lab):
    one, two = pair(lab, lease=3)
    pinger = Pinger(lab.host("client", "10.9.0.9/16"), VIP, 0.005).start().wait_answers(20)
    before = one.instance("web")["since"]
    for _ in range(3):
        os.kill(pid(one, "net"), signal.SIGKILL)
        wait(lambda: one.role("net")["state"] == "running", 5, "it is there again")
        time.sleep(1.2)
    pinger.stop()
    assert pinger.lost() == []
    assert one.instance("web")["since"] == before
    assert counters(one)["addresses_lapsed"] == 0
    assert two.state("web") == "backup"


def test_vrrp_may_die_while_net_is_held_up(lab):
    """It takes up its role when it learns which interfaces there are."""
    one, _ = pair(lab)
    with stopped(pid(one, "net")):
        os.kill(pid(one, "vrrp"), signal.SIGKILL)
        wait(lambda: one.role("vrrp")["restarts"] == 1, 5, "a new one is started")
    one.wait_state("web", "active")
    wait(lambda: one.host.has(VIP), 5, "with its address")


@pytest.mark.parametrize("lease", [LEASE, "off"])
def test_without_main_and_keeper_the_peer_takes_over_without_a_gap(lab, lease):
    """Both of those who are left stop at once: net does not take away what vrrp hands over."""
    one, two = pair(lab, lease=lease)
    pinger = Pinger(lab.host("client", "10.9.0.9/16"), VIP, 0.002).start().wait_answers(20)
    keeper, main = pid(one, "keeper"), pid(one, "main")
    os.kill(main, signal.SIGSTOP)  # it would start another keeper
    os.kill(keeper, signal.SIGKILL)
    os.kill(main, signal.SIGKILL)
    two.wait_state("web", "active")
    wait(lambda: not one.host.pids(one.program), 15, "nobody of it is left")
    pinger.wait_answers(20).stop()
    assert not one.host.has(VIP)
    assert pinger.lost() == []


def test_an_instance_whose_interface_is_found_by_an_address_alone_starts(lab):
    """The dump itself comes upon the interface: nobody names it."""
    host = lab.host("one", "10.9.0.1/16")
    host.link("eth2", "10.7.0.1/16")
    one = Director(host, f"""
vrrp_instance web {{
    version 3
    virtual_router_id 1
    priority 100
    advert_int {ADVERT}
    unicast_src_ip 10.7.0.1
    unicast_peer {{ 10.7.0.2 }}
    virtual_ipaddress {{ {VIP}/32 dev eth1 }}
}}
""").start()
    one.wait_state("web", "active")
    wait(lambda: host.has(VIP), 2, "it has its address")
    assert one.instance("web")["interface"] == "eth2"


def test_a_stop_removes_what_a_dead_vrrp_held(lab):
    one = start(lab, "one", 1, config(200))
    one.wait_state("web", "active")
    wait(lambda: one.host.has(VIP), 2, "it has its address")
    vrrp = pid(one, "vrrp")
    os.kill(vrrp, signal.SIGKILL)
    assert one.stop() == 0
    assert not one.host.has(VIP)
