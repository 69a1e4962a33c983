"""vdctl explain, from two directors that live."""

import json

import pytest

from lab import Director, Lab, wait
from lab.config import instance


class Pair:
    def __init__(self, lab):
        self.one, self.two = (
            Director(lab.host(name, f"10.9.0.{i}/16"),
                     instance("web", 1, priority) + instance("idle", 2, priority, interface="eth9"))
            for i, name, priority in ((1, "one", 200), (2, "two", 100)))
        for director, state in ((self.one, "active"), (self.two, "backup")):
            director.start()
            director.wait_state("web", state)
        wait(lambda: self.two.instance("web")["peer"], 3, "an advert is heard")


@pytest.fixture(scope="module")
def pair():
    with Lab() as lab:
        yield Pair(lab)


def lines(director, *arguments):
    return director.vdctl("explain", *arguments).stdout.splitlines()


def test_both_sides_say_why(pair):
    one, two = lines(pair.one, "web"), lines(pair.two, "web")
    assert one[0].startswith("web (virtual router 1 on eth1) is Active for ")
    assert "  No router that outranks it was heard." in one
    assert two[0].startswith("web (virtual router 1 on eth1) is Backup for ")
    assert any(line.startswith("  10.9.0.1 is Active with priority 200; its last advert came 0.")
               for line in two)
    assert "  Our priority is 100: one above 200 would take the role." in two
    assert any(line.startswith("  It becomes Active when 10.9.0.1 resigns") for line in two)


def test_all_instances_are_explained_and_a_fault_says_what_ends_it(pair):
    said = lines(pair.one)
    assert [line.split()[0] for line in said if line and not line.startswith(" ")] == ["web", "idle"]
    assert any("eth9 does not exist. The fault ends when the interface is there" in line
               for line in said)


def test_json_has_the_same_sentences(pair):
    said = json.loads(pair.two.vdctl("explain", "--json", "web").stdout)
    assert [(entry["name"], entry["state"]) for entry in said] == [("web", "backup")]
    assert [sentence["about"] for sentence in said[0]["sentences"]][:4] == \
        ["role", "peer", "rank", "wait"]


def test_an_unknown_instance_is_refused(pair):
    done = pair.one.vdctl("explain", "nobody", check=False)
    assert done.returncode == 1 and 'there is no instance "nobody"' in done.stderr


def test_a_standby_says_what_ends_it(pair):
    pair.one.vdctl("standby", "web")
    assert any("'vdctl takeover web' ends that" in line for line in lines(pair.one, "web"))
    pair.one.vdctl("takeover", "web")
    pair.one.wait_state("web", "active")
