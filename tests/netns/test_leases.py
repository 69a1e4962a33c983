"""Addresses are leased: who does not run loses them, whoever runs keeps them, and a reload, a
restart or a stop leaves each with the lifetime that it should have."""

import contextlib
import json
import os
import signal
import time

from lab import AddressMonitor, Capture, Director, Lab, wait
from lab.config import instance

LEASE = 2
VIP, EXCLUDED, VIP6 = "10.9.1.1", "10.8.1.1", "fd00::100"
ADVERT = 0.2
PEER, OWN = "10.9.0.2", "10.9.0.1"
FOREVER = 4294967295  # as ip shows it


def config(priority=200, lease=LEASE, addresses=(f"{VIP}/32", f"{EXCLUDED}/24"), more=""):
    return (f"global_defs {{\n    address_lease {lease}\n}}\n"
            + instance("web", 1, priority, *addresses, advert_int=ADVERT, more=more))


@contextlib.contextmanager
def stopped(director):
    """None of its processes runs within this block."""
    pids = director.host.pids(director.program)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def held(host, address):
    return next((entry for entry in host.addresses() if entry.get("local") == address), None)


def lifetime(host, address):
    """Seconds that the kernel would keep the address; None when it is not there."""
    entry = held(host, address)
    return entry and entry["valid_life_time"]


def start(lab, text, name="one", *addresses):
    return Director(lab.host(name, *(addresses or (f"{OWN}/16", "fd00::1/64"))), text).start()


def vrrp_pid(director):
    return director.role("vrrp")["pid"]


def test_address_of_the_active_has_a_lease_that_never_ends(lab):
    director = start(lab, config())
    director.wait_state("web", "active")
    host = director.host
    wait(lambda: host.has(VIP) and host.has(EXCLUDED), 2, "the addresses are there")
    end = time.monotonic() + 1.5 * LEASE
    while time.monotonic() < end:
        for address in (VIP, EXCLUDED):
            assert 0 < lifetime(host, address) <= LEASE
        time.sleep(0.1)
    found = director.instance("web")
    assert [(a["present"], a["lapsed"], a["lease"]) for a in found["addresses"]] \
        == [(True, False, LEASE)] * 2
    assert found["counters"]["addresses_lapsed"] == found["counters"]["addresses_stolen"] == 0


def test_lease_is_changed_and_switched_off_by_a_reload(lab):
    addresses = (f"{VIP6}/64", "fd00::200/128 preferred_lft forever", "fd00:1::1/64")
    director = start(lab, config(lease=600, addresses=addresses))
    director.wait_state("web", "active")
    host = director.host
    names = ("fd00::100", "fd00::200", "fd00:1::1")
    wait(lambda: all(host.has(name) for name in names), 2, "the addresses are there")
    routes = [route for route in host_routes(host) if route.get("metric") == 256]
    for lease, low, high in ((60, 50, 60), ("off", FOREVER, FOREVER), (40, 30, 40)):
        director.write(config(lease=lease, addresses=addresses))
        director.vdctl("reload")
        wait(lambda: all(low <= lifetime(host, name) <= high for name in names), 2,
             f"lease {lease}")
        assert [route for route in host_routes(host) if route.get("metric") == 256] == routes, \
            "the machine's own route to the prefix is what it was"
        assert all(route.get("expires") is None for route in routes)
    assert any(route["dst"] == "fd00:1::/64" for route in host_routes(host))
    for name in names:
        assert "tentative" not in held(host, name) and "dadfailed" not in held(host, name)


def host_routes(host):
    return json.loads(host.run("ip", "-6", "-j", "route", "show", "dev", "eth1").stdout)


def test_own_route_survives_the_end_of_a_leased_address(lab):
    director = start(lab, config(addresses=(f"{VIP6}/64",)))
    director.wait_state("web", "active")
    wait(lambda: director.host.has(VIP6), 2, "the address is there")
    time.sleep(LEASE / 2)  # it was renewed
    director.kill()
    wait(lambda: not director.host.has(VIP6), LEASE + 1.5, "the kernel removes it")
    time.sleep(0.5)
    route = next(r for r in host_routes(director.host)
                 if r["dst"] == "fd00::/64" and r.get("metric") == 256)
    assert "expires" not in route
    director.host.run("ip", "-6", "route", "get", "fd00::77")


def test_preference_of_an_ipv6_address_is_as_configured(lab):
    wanted = {"fd00::100": ("0", 0, 0), "fd00::101": ("forever", 1, LEASE),
              "fd00::102": ("3600", 1, LEASE)}
    director = start(lab, config(addresses=[f"{address}/64 preferred_lft {given}"
                                            for address, (given, _, _) in wanted.items()]))
    director.wait_state("web", "active")
    wait(lambda: all(director.host.has(address) for address in wanted), 2, "all are there")
    end = time.monotonic() + 1.5 * LEASE
    while time.monotonic() < end:
        for address, (given, low, high) in wanted.items():
            entry = held(director.host, address)
            assert low <= entry["preferred_life_time"] <= high
            assert bool(entry.get("deprecated")) == (given == "0")
        time.sleep(0.1)


def test_role_that_starts_again_renews_before_the_lease_ends(lab):
    director = start(lab, config())
    director.wait_state("web", "active")
    wait(lambda: director.host.has(VIP), 2, "the address is there")
    for _ in range(2):
        before = vrrp_pid(director)
        os.kill(before, signal.SIGKILL)
        wait(lambda: vrrp_pid(director) not in (None, before), 3, "vrrp is back")
        end = time.monotonic() + 1.2 * LEASE
        while time.monotonic() < end:
            assert director.host.has(VIP)
            time.sleep(0.05)
    assert director.instance("web")["counters"]["addresses_lapsed"] == 0


def test_addresses_that_a_stop_leaves_behind_are_permanent(lab):
    host = lab.host("one", f"{OWN}/16")
    director = Director(host, config(), "--dont-release-vrrp").start()
    director.wait_state("web", "active")
    wait(lambda: host.has(VIP), 2, "the address is there")
    assert director.stop() == 0
    assert lifetime(host, VIP) == lifetime(host, EXCLUDED) == FOREVER
    director = Director(host, config(), name="again").start()
    director.wait_state("web", "active")
    wait(lambda: lifetime(host, VIP) <= LEASE, 2, "what was left behind is leased again")
    assert director.stop() == 0
    assert not host.has(VIP) and not host.has(EXCLUDED)


def test_t1_frozen_active_loses_its_addresses_and_listens_when_it_wakes(lab):
    one = start(lab, config(150))
    two = start(lab, config(100), "two", f"{PEER}/16", "fd00::2/64")
    one.wait_state("web", "active")
    two.wait_state("web", "backup")
    wait(lambda: one.host.has(VIP), 2, "the Active holds the address")
    capture, monitor = Capture(lab).start(), AddressMonitor(one.host)
    with stopped(one):
        frozen = time.time()
        for address in (VIP, EXCLUDED):
            at, _ = monitor.wait_change(address, True)
            assert at - frozen <= LEASE + 1, "the kernel removes the addresses"
        two.wait_state("web", "active")
        time.sleep(max(0.0, LEASE + 2 - (time.time() - frozen)))
        woken = time.time()
    one.wait_state("web", "active")  # being the better one
    wait(lambda: one.host.has(VIP) and not two.host.has(VIP), 2, "one owner")
    time.sleep(0.5)
    capture.stop()
    from scapy.layers.l2 import ARP
    from scapy.layers.vrrp import VRRPv3
    adverts = [p for p in capture.packets(VRRPv3) if p.time > woken]
    early = [p for p in adverts if p.port == "one" and p.time < woken + ADVERT]
    assert len(early) <= 1, "one may have been on its way when it froze"
    assert [p[VRRPv3].priority for p in early] in ([], [0]), "and deposes nobody"
    back = next(p.time for p in adverts if p.port == "one" and p[VRRPv3].priority == 150)
    assert back - woken >= ADVERT, "it listened before it spoke"
    both = [p for p in adverts if p.port == "two" and p.time > back]
    assert len(both) <= 1, "one owner within one advert"
    announced = [p for p in capture.packets(ARP) if p[ARP].psrc == VIP and p.time > woken]
    assert announced[-1].port == "one", "the last announcement is the winner's"
    assert one.instance("web")["counters"]["addresses_lapsed"] == 2


def test_t1_frozen_for_less_than_its_peers_patience_comes_back_at_once(lab):
    """Adverts every 2 s: the peers wait 6 s, the lease ends after 2."""
    text = config(255).replace(f"advert_int {ADVERT}", "advert_int 2")
    director = start(lab, text)
    director.wait_state("web", "active", 15)
    wait(lambda: director.host.has(VIP), 2, "the address is there")
    capture = Capture(lab).start()
    with stopped(director):
        wait(lambda: not director.host.has(VIP), LEASE + 1, "the kernel removes it")
        woken = time.time()
    wait(lambda: director.host.has(VIP), 1, "it is added again")
    found = director.instance("web")
    assert found["state"] == "active"
    assert found["counters"]["became_active"] == 1
    director.wait_log("the lease of .* has ended", 2)
    time.sleep(0.3)
    capture.stop()
    from scapy.layers.l2 import ARP
    assert [p for p in capture.packets(ARP) if p[ARP].psrc == VIP and p.time > woken], \
        "and announced again"


def test_k6_death_of_all_processes_leaves_no_address_and_a_restart_adopts(lab):
    lease = 5  # long enough for a start on a busy machine
    director = start(lab, config(lease=lease))
    director.wait_state("web", "active")
    wait(lambda: director.host.has(VIP), 2, "the address is there")
    director.kill()
    assert director.host.has(VIP)
    director.start()
    end = time.monotonic() + 1.3 * lease
    while time.monotonic() < end:
        assert director.host.has(VIP), "adopted before anybody else could be Active"
        time.sleep(0.05)
    director.wait_state("web", "active")
    assert director.log_text().count("File exists") == 0
    director.kill()
    wait(lambda: not director.host.has(VIP) and not director.host.has(EXCLUDED), lease + 1,
         "nobody is left, and nothing stays")
