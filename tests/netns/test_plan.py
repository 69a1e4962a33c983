"""vdctl plan says what a reload would do, and does nothing; vdctl reload says the same and does it.
What only a restart can change is refused whole."""

import json
import os
import re
import socket

import pytest

from lab import Director, Lab
from lab.config import instance, service

NOTHING, INVALID, CHANGES, DISTURBS, RESTART = 0, 2, 4, 5, 6
VIP = "10.9.71.1/32"


def config(priority=150, addresses=(VIP,), servers=("10.9.0.3 8001", "10.9.0.3 8002"), head="", more=""):
    return (head + instance("web", 71, priority, *addresses)
            + service(8001, *servers, check="TCP_CHECK { connect_timeout 1 }") + more)


class Pair:
    """Two directors, the first of which is Active."""

    def __init__(self, lab):
        self.one = Director(lab.host("one", "10.9.0.1/16"), config())
        self.two = Director(lab.host("two", "10.9.0.2/16"), instance("web", 71, 100, VIP))
        self.two.start()
        self.one.start()

    def restore(self):
        self.one.write(config())
        self.one.vdctl("reload")
        self.one.wait_state("web", "active")
        self.two.wait_state("web", "backup")


@pytest.fixture(scope="module")
def module_pair():
    with Lab() as lab:
        yield Pair(lab)


@pytest.fixture
def pair(module_pair):
    module_pair.restore()
    return module_pair


def plan(director, *arguments, status=None):
    done = director.vdctl("plan", *arguments, check=False)
    if status is not None:
        assert done.returncode == status, done.stdout + done.stderr
    return done


def generation(director):
    return director.status()["config"]["generation"]


def test_nothing_would_change(pair):
    assert plan(pair.one, status=NOTHING).stdout == "nothing would change\n"


def test_plan_says_what_would_happen_and_reload_says_it_again(pair):
    one, two = pair.one, pair.two
    before = generation(one)
    one.write(config(90, (VIP, "10.9.71.2/32"), servers=("10.9.0.3 8002",)))
    planned = plan(one, status=DISTURBS).stdout.splitlines()
    assert planned == [
        "! web: priority 150 → 90: may lose Active to 10.9.0.2",
        "  web: 10.9.71.2/32 added: is added to eth1 and announced",
        "  10.9.0.3:8001 leaves service 10.9.200.1:8001/tcp: no active connections",
        "3 changes, clients may notice 1 (!)",
    ]
    assert generation(one) == before and one.state("web") == "active", "nothing was done"
    done = one.vdctl("reload").stdout.splitlines()
    assert done[:-1] == planned[:-1]
    assert done[-1] == f"generation {before + 1} is in force"
    for line in planned[:-1]:
        one.wait_log(re.escape(f"reload: {line[2:]}"))
    two.wait_state("web", "active")
    assert plan(one, status=NOTHING)
    one.write(config())
    assert "takes over from 10.9.0.2 (priority 100)" in plan(one, status=DISTURBS).stdout


def test_a_file_of_the_caller_is_planned(pair, tmp_path):
    one = pair.one
    (tmp_path / "part.conf").write_text("garp_master_refresh 7\n")
    path = tmp_path / "next.conf"
    path.write_text(config().replace("priority 150", "priority 150\n include part.conf"))
    done = one.host.run("sh", "-c", f"cd {tmp_path} && {one.program.parent}/vdctl "
                        f"--runtime-dir {one.runtime} plan next.conf", check=False)
    assert done.returncode == CHANGES, done.stderr
    assert done.stdout.splitlines() == [
        "  web: garp_master_refresh 60 s → 7 s",
        "1 change, clients should notice nothing"]
    assert plan(one, status=NOTHING), "the daemon's own file says something else"


def test_invalid_files_have_diagnostics_and_status_2(pair, tmp_path):
    one = pair.one
    bad = config().replace("priority 150", "priority 1500")
    path = tmp_path / "bad.conf"
    path.write_text(bad)
    one.write(bad)
    for arguments, name in (((), one.config), ((path,), path)):
        done = plan(one, *arguments, status=INVALID)
        assert re.search(rf"{re.escape(str(name))}:\d+:14: error: .*1500", done.stderr)
    assert plan(one, tmp_path / "missing.conf", status=INVALID).stderr
    assert one.status()["reload"]["ok"] is True, "a plan is no reload"


def test_json_has_every_member_that_the_manual_names(pair):
    one = pair.one
    one.write(config(90))
    done = plan(one, "--json", status=DISTURBS)
    answer = json.loads(done.stdout)
    assert answer["ok"] and answer["generation"] == generation(one)
    changes = answer["changes"]
    assert {name: changes[name] for name in ("count", "disturbing", "restart")} \
        == {"count": 1, "disturbing": 1, "restart": 0}
    assert changes["list"] == [{
        "object": "instance", "name": "web", "of": None, "kind": "changed",
        "keyword": "priority", "old": "150", "new": "90", "count": 1,
        "effect": "may lose Active to 10.9.0.2", "disturbs": True, "restart": False,
        "text": "web: priority 150 → 90: may lose Active to 10.9.0.2"}]
    reloaded = json.loads(one.vdctl("reload", "--json").stdout)
    assert reloaded["changes"] == changes and reloaded["unchanged"] is False
    assert json.loads(one.vdctl("reload", "--json").stdout)["unchanged"] is True


def test_secrets_never_show(pair):
    def secret(word):
        return config(more=instance("old", 73, 100, version=2, advert_int=1, more=(
            f"authentication {{ auth_type PASS\n auth_pass {word}\n }}")))
    one = pair.one
    one.write(secret("geheim1"))
    one.vdctl("reload")
    one.write(secret("geheim2"))
    done = plan(one, "--json", status=DISTURBS)
    assert "auth_pass" in done.stdout and "geheim" not in done.stdout + done.stderr
    assert "geheim" not in one.vdctl("reload").stdout + one.log_text()


def test_unchanged_file_leaves_the_workers_alone(pair):
    one = pair.one
    before = generation(one)
    one.write("# a comment\n" + config())
    assert one.vdctl("reload").stdout \
        == f"nothing has changed, generation {before} stays in force\n"
    assert generation(one) == before


def test_log_has_the_first_fifty_changes_and_says_how_many_follow(pair):
    one = pair.one
    one.write(config(more="".join(service(9000 + number, "10.9.0.3 9") for number in range(60))))
    assert len(re.findall("new, 1 server$", one.vdctl("reload").stdout, re.MULTILINE)) == 60
    one.wait_log("reload: … and 10 more$")
    assert len(re.findall("reload: service .* new, 1 server$", one.log_text(), re.MULTILINE)) == 50


def test_what_needs_a_restart_is_refused_whole(pair):
    one = pair.one
    before = generation(one)
    workers = len([role for role in one.status()["roles"] if role["name"].startswith("check")])
    one.write(config(90, head=f"global_defs {{ check_workers {workers + 1} }}\n"))
    wanted = (f"global_defs: check_workers {workers} → {workers + 1}: "
              "needs a restart of the daemon")
    assert wanted in plan(one, status=RESTART).stdout
    done = one.vdctl("reload", check=False)
    assert done.returncode == 1 and wanted in done.stderr
    one.wait_log(re.escape(wanted))
    after = one.status()
    assert after["config"]["generation"] == before
    assert after["reload"]["ok"] is False and wanted in after["reload"]["errors"]
    assert one.instance("web")["priority"]["base"] == 150, "nor was the rest applied"
    # As many as run is no change, whoever says so.
    one.write(config(head=f"global_defs {{ check_workers {workers} }}\n"))
    assert plan(one, status=NOTHING)


def test_what_is_sent_instead_of_a_configuration_harms_nobody(pair, tmp_path):
    """A pipe, garbage, and more than fits into any memory."""
    one = pair.one
    main = one.role("main")["pid"]
    (tmp_path / "garbage").write_bytes(bytes(range(256)) * 100)
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 40)
    reading, writing = os.pipe()
    files = [reading, os.open(tmp_path / "garbage", os.O_RDONLY),
             os.open(tmp_path / "huge", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY)]
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(one.runtime / "control.sock"))
        answers = client.makefile()
        for file in files:
            socket.send_fds(client, [b'{"command":"plan"}\n'], [file])
            answer = json.loads(answers.readline())
            assert not answer["ok"] and "no configuration" in answer["error"]
    for file in (*files, writing):
        os.close(file)
    assert one.role("main")["pid"] == main
    assert plan(one, status=NOTHING)


def test_only_those_who_may_change_may_plan(pair):
    one = pair.one
    os.chmod(one.runtime / "control.sock", 0o666)
    for directory in (one.runtime, one.directory, one.host.directory):
        os.chmod(directory, 0o755)
    done = one.host.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                        one.program.parent / "vdctl", "--runtime-dir", one.runtime, "plan",
                        check=False)
    assert done.returncode == 1 and "needs root" in done.stderr
