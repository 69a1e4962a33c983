"""fence_script: a router that is silent is made harmless before its addresses are taken."""

import os
import pathlib
import time

import pytest

from lab import Director, wait
from lab.claims import firewall
from lab.config import instance

INTERVAL = 0.2


class Fence:
    """A script that notes each run and its argument, runs on while it is held, and ends as `result`
    says."""

    def __init__(self, host, held=False):
        self.runs, self.result = host.directory / "fenced", host.directory / "result"
        self.held = host.directory / "held"
        if held:
            self.held.touch()
        self.script = host.directory / "fence.sh"
        self.script.write_text(f"#!/bin/sh\necho \"$1\" >> {self.runs}\n"
                               f"while [ -e {self.held} ]; do sleep 0.05; done\n"
                               f"exit $(cat {self.result})\n", encoding="ascii")
        self.script.chmod(0o755)
        self.end_with(0)

    def release(self):
        self.held.unlink()

    def end_with(self, status):
        self.result.write_text(f"{status}\n", encoding="ascii")

    def __len__(self):
        return len(self.names())

    def names(self):
        return self.runs.read_text(encoding="ascii").split() if self.runs.exists() else []


def pair(lab, held=False, group=False, more=""):
    one = Director(lab.host("one", "10.9.0.1/16"),
                   instance("web", 1, 200, advert_int=INTERVAL)).start()
    one.wait_state("web", "active")
    host = lab.host("two", "10.9.0.2/16")
    fence = Fence(host, held)
    line = f'fence_script "{fence.script}" root\n{more}'
    text = instance("web", 1, 100, advert_int=INTERVAL, more="" if group else line)
    if group:
        text += f"vrrp_sync_group both {{\n group {{ web }}\n {line}\n}}\n"
    two = Director(host, text).start()
    wait(lambda: (two.instance("web")["peer"] or {}).get("address") == "10.9.0.1", 3)
    return one, two, fence


def reason(director):
    return next((entry["text"] for entry in director.instance("web")["reasons"]
                 if entry["reason"] == "fence"), None)


@pytest.mark.parametrize("group", [False, True], ids=["instance", "sync group"])
def test_a_router_that_died_is_fenced_before_its_addresses_are_taken(lab, group):
    one, two, fence = pair(lab, held=True, group=group)
    one.kill()
    wait(lambda: fence.names() == ["both" if group else "web"], 3, "the script runs")
    wait(lambda: "fence_script runs" in (reason(two) or ""), 1)
    assert any("was Active, and is silent" in entry["text"] and entry["reason"] == "peer"
               for instance in two.status()["instances"] for entry in instance["reasons"])
    assert two.state("web") == "backup" and not two.host.has("10.9.1.1")
    assert any("fence_script runs" in line for line in two.vdctl("explain").stdout.splitlines())
    fence.release()
    two.wait_state("web", "active", 3)
    assert reason(two) is None and len(fence) == 1


def test_a_planned_hand_over_is_not_fenced(lab):
    one, two, fence = pair(lab)
    one.vdctl("standby")
    two.wait_state("web", "active")
    one.vdctl("takeover")
    one.wait_state("web", "active")
    wait(lambda: two.state("web") == "backup", 3)
    assert one.stop() == 0
    two.wait_state("web", "active")
    assert len(fence) == 0


def test_a_failure_keeps_it_backup_and_is_tried_again(lab):
    one, two, fence = pair(lab)
    fence.end_with(1)
    one.kill()
    wait(lambda: "fence_script has failed" in (reason(two) or ""), 3)
    assert "ended with status 1" in reason(two)
    assert two.state("web") == "backup"
    fence.end_with(0)
    two.wait_state("web", "active", 5)
    assert len(fence) >= 2
    assert two.log_text().count("fence_script has failed") == 1


def test_one_that_takes_too_long_has_failed(lab):
    one, two, fence = pair(lab, held=True, more="fence_timeout 1")
    one.kill()
    wait(lambda: len(fence) >= 1, 3)
    wait(lambda: "fence_script has failed" in (reason(two) or ""), 4)
    assert two.state("web") == "backup"


def test_a_router_that_is_heard_again_meanwhile_keeps_the_role(lab):
    one, two, fence = pair(lab, held=True)
    firewall(two.host, "meta l4proto 112 drop")
    wait(lambda: len(fence) == 1, 3)
    heard = two.instance("web")["counters"]["adverts_received"]
    firewall(two.host)
    wait(lambda: two.instance("web")["counters"]["adverts_received"] > heard, 3, "it is heard again")
    fence.release()
    time.sleep(1)
    assert two.state("web") == "backup"
    assert two.instance("web")["counters"]["became_active"] == 0
    assert reason(two) is None


def test_a_restart_of_main_meanwhile_only_delays_it(lab):
    one, two, fence = pair(lab, held=True, more="fence_timeout 5")
    one.kill()
    wait(lambda: len(fence) == 1, 3)
    os.kill(two.role("main")["pid"], 9)
    fence.release()
    two.wait_state("web", "active", 25)
    assert len(fence) >= 2, "asked again, since nobody could tell how the first one ended"
