"""One virtual router id twice on an interface, each elected with a keepalived of its own: by unicast
with other peers, and by multicast in other groups (issue 8.24); and a director without `interface`
against one that has it."""

import pytest

from lab import Director, Keepalived, wait
from lab.config import instance

OWN = "10.9.0.1"
# name: our priority, the peer's, its address, its group
PAIRS = {"A": (150, 100, "10.9.0.2", "224.0.0.91"), "B": (50, 100, "10.9.0.3", "224.0.0.92")}
TRANSPORT = {
    "unicast": lambda own, peer, group: f"unicast_src_ip {own}\n    unicast_peer {{\n        {peer}\n"
                                        "    }",
    "multicast": lambda own, peer, group: f"mcast_dst_ip {group}",
}


def text(kind, name, priority, own, peer):
    return instance(name, 51, priority, f"10.9.51.{ord(name)}/32 dev eth1", version=2, advert_int=1,
                    more=TRANSPORT[kind](own, peer, PAIRS[name][3]))


@pytest.mark.parametrize("kind", TRANSPORT)
def test_each_is_elected_with_its_own_keepalived_issue_8_24(lab, kind):
    ours = Director(lab.host("ours", f"{OWN}/16"), "".join(
        text(kind, name, priority, OWN, peer) for name, (priority, _, peer, _) in PAIRS.items()),
        "--vrrp-only")
    theirs = {name: Keepalived(lab.host(f"peer-{name.lower()}", f"{peer}/16"),
                               text(kind, name, priority, peer, OWN), "--vrrp")
              for name, (_, priority, peer, _) in PAIRS.items()}
    for program in (ours, *theirs.values()):
        program.start()
    ours.wait_state("A", "active", 12)
    wait(lambda: theirs["B"].host.has("10.9.51.66"), 12, "B is keepalived's")
    ours.wait_state("B", "backup", 6)
    wait(lambda: ours.instance("B")["counters"]["adverts_received"] > 2, 6, "adverts of B")
    assert ours.instance("B")["peer"]["address"] == PAIRS["B"][2]
    assert not theirs["A"].host.has("10.9.51.65")
    since = ours.instance("A")["since"]
    assert theirs["B"].stop() == 0
    ours.wait_state("B", "active", 6)
    assert (ours.state("A"), ours.instance("A")["since"]) == ("active", since)
    assert ours.stop() == 0
    wait(lambda: theirs["A"].host.has("10.9.51.65"), 6, "A is keepalived's")
    assert "refused" not in ours.log_text()


def test_without_an_interface_it_is_elected_with_one_that_has_it_issue_8_24(lab):
    peer = "10.9.0.2"
    theirs = Keepalived(lab.host("theirs", f"{peer}/16"), text("unicast", "A", 150, peer, OWN),
                        "--vrrp").start()
    wait(lambda: theirs.host.has("10.9.51.65"), 12, "it is keepalived's")
    ours = Director(lab.host("ours", f"{OWN}/16"), text("unicast", "A", 100, OWN, peer).replace(
        "    interface eth1\n", ""), "--vrrp-only").start()
    ours.wait_state("A", "backup", 6)
    wait(lambda: ours.instance("A")["counters"]["adverts_received"] > 2, 6, "adverts")
    assert ours.instance("A")["refused"] is None
    assert ours.instance("A")["interface"] == "eth1"
    assert theirs.stop() == 0
    ours.wait_state("A", "active", 6)
