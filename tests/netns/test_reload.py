"""Reload: whole or not at all, and what did not change does not notice."""

import time

import pytest

from lab import Director, Lab, Pinger, wait
from lab.config import instance, service
from lab.responder import Responder, http

KEPT, VIP = "10.9.71.1", "10.9.71.2"


def config(addresses=(f"{KEPT}/32", f"{VIP}/32"), priority=200, more=""):
    return (instance("web", 71, priority, *addresses) + instance("other", 72, 200)
            + service(8001, "10.9.0.3 8001") + more)


class Reloaded:
    def __init__(self, lab):
        self.lab = lab
        self.one = Director(lab.host("one", "10.9.0.1/16"), config())
        self.two = Director(lab.host("two", "10.9.0.2/16"),
                            instance("web", 71, 100, f"{KEPT}/32", f"{VIP}/32")
                            + instance("other", 72, 100))
        self.client = lab.host("client", "10.9.0.3/16")
        Responder(self.client, 8001, http(200)).start()
        self.one.start()
        self.two.start()

    def restore(self):
        self.one.write(config())
        self.one.vdctl("reload")
        for name in ("web", "other"):
            self.one.wait_state(name, "active")
        wait(lambda: self.one.host.has(KEPT) and self.one.host.has(VIP), 5, "both are held")


@pytest.fixture(scope="module")
def module_lab():
    with Lab() as lab:
        yield Reloaded(lab)


@pytest.fixture
def reloaded(module_lab):
    module_lab.restore()
    return module_lab


def kept(director, *names):
    """What an unchanged instance keeps."""
    return {name: (found["state"], found["since"], found["counters"]["became_active"])
            for name in names for found in [director.instance(name)]}


def pids(director):
    return {role["name"]: role["pid"] for role in director.status()["roles"]}


def test_broken_file_changes_nothing_and_says_why(reloaded):
    one = reloaded.one
    before, processes = kept(one, "web", "other"), pids(one)
    status = one.status()
    one.write(config().replace("priority 200", "priority 2000", 1).replace("web", "renamed"))
    done = one.vdctl("reload", check=False)
    assert done.returncode == 1
    line = next(number for number, text in enumerate(one.config.read_text().splitlines(), start=1)
                if "2000" in text)
    assert done.stderr.startswith(
        f"{one.config}:{line}:14: error: priority: expected a number from 1 to 255, not '2000'\n"
        f"{line:5} |     priority 2000\n"
        "      |              ^~~~\n")
    one.wait_log(rf"error .*:{line}:14: ")
    assert kept(one, "web", "other") == before
    assert pids(one) == processes
    after = one.status()
    assert after["config"] == status["config"]
    assert after["reload"]["ok"] is False
    assert any("2000" in text for text in after["reload"]["errors"])
    assert "2000" in one.vdctl("status").stdout, "the table says so too"
    assert "priority 2000" not in one.vdctl("config").stdout


def test_a_reload_is_as_strict_as_the_start(reloaded):
    one = reloaded.one
    one.write(config().replace("priority 200", "priority 200\n    wibble 3", 1))
    done = one.vdctl("reload", check=False)
    assert done.returncode == 1 and "error: unknown keyword 'wibble'" in done.stderr
    one.write(one.config.read_text() + "global_defs { lenient }\n")
    done = one.vdctl("reload")
    assert "warning: unknown keyword 'wibble'" in done.stderr


def test_missing_file_changes_nothing(reloaded):
    before = kept(reloaded.one, "web", "other")
    reloaded.one.config.unlink()
    assert reloaded.one.vdctl("reload", check=False).returncode == 1
    assert kept(reloaded.one, "web", "other") == before


def test_addresses_come_and_go_without_touching_the_others(reloaded):
    one, new = reloaded.one, "10.9.71.3"
    before, processes = kept(one, "web", "other"), pids(one)
    pinger = Pinger(reloaded.client, KEPT).start()
    one.write(config((f"{new}/32", f"{KEPT}/32")))
    one.vdctl("reload")
    wait(lambda: one.host.has(new) and not one.host.has(VIP), 3, "one came, one went")
    one.write(config((f"{KEPT}/32",)))
    one.vdctl("reload")
    wait(lambda: not one.host.has(new), 3, "it went")
    pinger.stop()
    assert pinger.lost() == []
    assert kept(one, "web", "other") == before
    assert pids(one) == processes


def test_address_that_moves_to_another_instance_stays(reloaded):
    one = reloaded.one
    pinger = Pinger(reloaded.client, VIP, 0.002).start()
    one.write(instance("web", 71, 200, f"{KEPT}/32")
              + instance("other", 72, 200, "10.9.72.1/32", f"{VIP}/32"))
    one.vdctl("reload", "--force")  # without its service
    time.sleep(0.5)
    pinger.stop()
    assert pinger.lost() == []
    held = {address["address"] for address in one.instance("other")["addresses"]
            if address["present"]}
    assert f"{VIP}/32" in held


def test_unchanged_instance_and_server_keep_since_and_counters(reloaded):
    one = reloaded.one
    one.wait_status(lambda status: status["services"][0]["servers"][0]["state"] == "up", 5, "up")
    before = one.status()
    one.write(config(more="# nothing but a comment\n" + instance("new", 73, 50)
                     + service(8009, "10.9.0.3 8009")))
    one.vdctl("reload")
    after = one.status()
    assert after["config"]["generation"] == before["config"]["generation"] + 1
    for old in before["instances"]:
        new = next(entry for entry in after["instances"] if entry["name"] == old["name"])
        assert (new["state"], new["since"]) == (old["state"], old["since"])
        for name, value in old["counters"].items():
            assert new["counters"][name] >= value, name
    old, new = before["services"][0]["servers"][0], after["services"][0]["servers"][0]
    assert (new["state"], new["since"]) == (old["state"], old["since"])
    assert new["last_check"]["verdict"] == "pass", "its history is there at once"
    one.wait_state("new", "active")


def test_removed_instance_resigns(reloaded):
    reloaded.one.write(config().replace(instance("other", 72, 200), ""))
    reloaded.one.vdctl("reload")
    reloaded.two.wait_state("other", "active", 2)
    wait(lambda: not reloaded.one.host.has("10.9.72.1"), 3, "its address is removed")
    assert [entry["name"] for entry in reloaded.one.status()["instances"]] == ["web"]


def test_renamed_instance_is_the_same_instance(reloaded):
    """Identity is interface, family and VRID."""
    before = kept(reloaded.one, "web")["web"]
    reloaded.one.write(config().replace("vrrp_instance web", "vrrp_instance shop"))
    reloaded.one.vdctl("reload")
    assert kept(reloaded.one, "shop")["shop"] == before


def test_lower_priority_loses_the_election_and_higher_wins_it_back(reloaded):
    one, two = reloaded.one, reloaded.two
    one.write(config(priority=50))
    one.vdctl("reload")
    assert one.instance("web")["priority"] == {"base": 50, "effective": 50}
    two.wait_state("web", "active")
    one.wait_state("web", "backup")
    assert one.state("other") == "active"
    one.write(config(priority=200))
    one.vdctl("reload")
    one.wait_state("web", "active")
    two.wait_state("web", "backup")


def test_sighup_reloads(reloaded):
    one = reloaded.one
    generation = one.status()["config"]["generation"]
    one.write(config((f"{KEPT}/32",)))
    one.reload()
    one.wait_status(lambda status: status["config"]["generation"] == generation + 1, 5, "reloaded")
    wait(lambda: not one.host.has(VIP), 3, "the address went")
    one.write("vrrp_instance {")
    one.reload()
    one.wait_status(lambda status: status["reload"]["ok"] is False, 5, "refused")
    assert one.status()["config"]["generation"] == generation + 1
    assert one.running()


def test_refusal_is_logged_once_and_one_worker_is_one_issue_8_30(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), instance("web", 71, 200, f"{VIP}/32"),
                   "--vrrp-only").start()
    one.wait_log(r"main: 2 workers run configuration generation 1$")
    for number, (text, reason) in enumerate((("", "not a single statement"),
                                             ("foo", "1 error in"))):
        one.write(text)
        assert one.vdctl("reload", check=False).returncode == 1
        refused = [line for line in one.log_text().splitlines() if " error main: " in line]
        assert len([line for line in refused if reason in line]) == 1, refused
        assert len(refused) == (1, 3)[number], "a file's errors are lines of their own"


def test_check_workers_that_are_not_there_keep_no_reload_away_issue_8_32(lab):
    """Their number can only change by a restart, but with --vrrp-only there are none."""
    def text(workers, priority):
        return (f"global_defs {{ check_workers {workers} }}\n"
                + instance("web", 71, priority, f"{VIP}/32"))
    one = Director(lab.host("one", "10.9.0.1/16"), text(2, 200), "--vrrp-only").start()
    one.wait_log(r"main: 2 workers run configuration generation 1$")
    one.write(text(3, 201))
    one.vdctl("reload")
    assert one.instance("web")["priority"]["base"] == 201
