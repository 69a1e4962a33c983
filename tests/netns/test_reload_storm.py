"""Many reloads, reloads at a bad moment, and broken ones: role, timers and memory stay as they are."""

import json
import os
import socket
import subprocess
import threading
import time

import pytest

from lab import BUILD, Capture, Director, Lab, SLOW, wait
from lab.config import instance, service

VIP = "10.9.71.1/32"


def config(number, priority=200, more=""):
    """What differs from one to the next is no matter of the election."""
    return (instance("web", 71, priority, VIP, more=f"garp_master_refresh {60 + number % 7}\n{more}")
            + service(8001, "10.9.0.9 8001", more=f"persistence_timeout {300 + number % 2}"))


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


class Changing:
    """Files written a while ago, of which one after the other becomes the daemon's: at rest at once."""

    def __init__(self, director, more="", count=14):
        self.director = director
        self._paths = [director.directory / f"{director.name}{number}.old" for number in range(count)]
        for number, path in enumerate(self._paths):
            path.write_text(config(number, more=more))
        time.sleep(1.1)

    def change(self, number):
        link = self.director.config.with_suffix(".new")
        link.symlink_to(self._paths[number % len(self._paths)])
        link.rename(self.director.config)


class Storm:
    """HUPs in pairs, every 30 ms, each with another file, until the block ends."""

    def __init__(self, director, more=""):
        self.director, self.count = director, 0
        self._files = Changing(director, more)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            self.count += 1
            self._files.change(self.count)
            self.director.reload()
            self.director.reload()
            time.sleep(0.03)


def settled(director):
    return director.vdctl("reload")


def test_storm_at_start_does_not_delay_it(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), config(0))
    storm = Storm(one)
    one.start()
    with storm:  # if its down timer (0.65 s) were begun anew each time, it would never end
        one.wait_state("web", "active", 5)
    settled(one)
    assert one.instance("web")["counters"]["became_active"] == 1


def test_storm_while_active_is_not_noticed(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), config(0)).start()
    two = Director(lab.host("two", "10.9.0.2/16"), config(0, 100)).start()
    one.wait_state("web", "active")
    two.wait_state("web", "backup")
    before = one.instance("web")
    capture = Capture(lab, two.host).start()
    with Storm(one) as storm:
        wait(lambda: storm.count >= 40, 20, "forty pairs of HUPs")
    settled(one)
    after = one.instance("web")
    assert (after["state"], after["since"]) == ("active", before["since"])
    assert after["counters"]["became_active"] == before["counters"]["became_active"]
    assert two.instance("web")["counters"]["became_active"] <= 1
    from scapy.layers.vrrp import VRRPv3
    capture.stop()
    assert not capture.packets(VRRPv3), "the Backup never spoke"


def test_storm_does_not_begin_preempt_delay_anew(lab):
    delay = "preempt_delay 1.5"
    two = Director(lab.host("two", "10.9.0.2/16"), config(0, 100)).start()
    two.wait_state("web", "active")
    one = Director(lab.host("one", "10.9.0.1/16"), config(0, more=delay))
    storm = Storm(one, delay)
    one.start()
    one.wait_status(lambda status: any(reason["reason"] == "preempt_delay" for reason
                                       in status["instances"][0]["reasons"]), 5, "it waits")
    with storm:
        one.wait_state("web", "active", 6)
    settled(one)
    assert one.instance("web")["counters"]["became_active"] == 1


def test_reload_during_a_reload_is_another_one_and_both_are_answered(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), config(0)).start()
    first_generation = one.status()["config"]["generation"]
    check = one.role("check.0")["pid"]

    def reload(number):
        one.write(config(number))
        return one.host.spawn(BUILD / "vdctl", "--runtime-dir", one.runtime, "reload", "--json",
                              log=one.directory / f"reload{number}.json")
    os.kill(check, 19)  # STOP: it confirms nothing
    try:
        processes = [reload(1)]
        wait(lambda: "garp_master_refresh 60 s → 61 s" in one.log_text(), 5, "the first is read")
        processes += [reload(2), reload(3)]
        time.sleep(0.2)
        assert all(process.poll() is None for process in processes), "none is answered yet"
        assert one.log_text().count("reload: reading") == 1, "nor is the file read"
    finally:
        os.kill(check, 18)
    assert [process.wait(30 * SLOW) for process in processes] == [0, 0, 0]
    answers = [json.loads((one.directory / f"reload{number}.json").read_text())
               for number in (1, 2, 3)]
    assert [answer["generation"] - first_generation for answer in answers] == [1, 2, 2]
    assert "garp_master_refresh 63" in one.vdctl("config").stdout, "the last file is in force"


def ask_and_leave(director, command, times):
    """Each time as another client, which does not wait for its answer."""
    with socket.socket(socket.AF_UNIX) as steady:
        steady.connect(str(director.runtime / "control.sock"))
        answers = steady.makefile()
        for _ in range(times):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(director.runtime / "control.sock"))
                client.send(json.dumps({"command": command}).encode() + b"\n")
            steady.send(b'{"command":"version"}\n')
            assert json.loads(answers.readline())["ok"]


def test_clients_that_leave_do_not_push_out_who_waits(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), config(0)).start()
    check = one.role("check.0")["pid"]

    def reload(number):
        one.write(config(number))
        return one.host.spawn(BUILD / "vdctl", "--runtime-dir", one.runtime, "reload", "--json",
                              log=one.directory / f"reload{number}.json")
    os.kill(check, 19)  # STOP: it confirms nothing
    try:
        processes = [reload(1)]
        wait(lambda: "garp_master_refresh 60 s → 61 s" in one.log_text(), 5, "the first is read")
        processes.append(reload(2))
        time.sleep(0.2)
        ask_and_leave(one, "reload", 40)
    finally:
        os.kill(check, 18)
    assert [process.wait(30 * SLOW) for process in processes] == [0, 0]


def test_clients_that_leave_do_not_keep_others_from_a_hand_over(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), config(0)).start()
    one.wait_state("web", "active")
    vrrp = one.role("vrrp")["pid"]
    os.kill(vrrp, 19)  # STOP: it answers nothing, and is replaced soon
    ask_and_leave(one, "standby", 40)
    assert "busy" not in one.vdctl("standby", check=False).stderr


def broken():
    good = config(0)
    yield "brace", good[:good.rindex("}")]
    yield "keyword", good.replace("priority", "prioritaet")
    yield "range", good.replace("priority 200", "priority 256")
    yield "no-vrid", good.replace("virtual_router_id 71", "")
    yield "duplicate", good + instance("again", 71, 100, "10.9.71.9/32")
    yield "include", "includem /nowhere/*.conf\n" + good
    yield "include-loop", "include {path}\n" + good
    yield "macro-loop", "$A=$B\n$B=$A\n$A\n" + good
    yield "unfinished-quote", good.replace("lb_algo rr", 'lb_algo "rr')
    yield "zero-bytes", good.replace("priority 200", "priority \0\0")
    yield "binary", "".join(chr(1 + number * 7 % 255) for number in range(4000))
    yield "restart", "global_defs { check_workers 200 }\n" + good


@pytest.fixture(scope="module")
def running():
    with Lab() as made:
        director = Director(made.host("one", "10.9.0.1/16"), config(0)).start()
        director.wait_state("web", "active")
        yield director


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in broken()])
def test_broken_file_is_refused_with_a_reason(running, text):
    before = running.instance("web"), running.status()["config"]
    running.write(text.replace("{path}", str(running.config)))
    done = running.vdctl("reload", check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) >= 1
    after = running.instance("web"), running.status()["config"]
    assert (after[0]["state"], after[0]["since"]) == (before[0]["state"], before[0]["since"])
    assert after[1] == before[1]
    assert running.status()["reload"]["errors"]
    assert running.vdctl("plan", check=False).returncode in (2, 6)
    running.write(config(0))
    assert "nothing has changed" in running.vdctl("reload").stdout


RELOADS, WARM = 900, 150


def size_of(pid):
    """Resident memory in KiB and open descriptors."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return resident, len(os.listdir(f"/proc/{pid}/fd"))


def test_hundreds_of_reloads_leak_nothing(running):
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(running.runtime / "control.sock"))
    answers = client.makefile()
    pids = {role["name"]: role["pid"] for role in running.status()["roles"]}
    before = {}
    files = Changing(running)
    for number in range(RELOADS):
        if number == WARM:
            before = {name: size_of(pid) for name, pid in pids.items()}
        files.change(number + 1)
        client.sendall(b'{"command":"reload"}\n')
        assert json.loads(answers.readline())["ok"]
        if number % 100 == 0:
            running.config.unlink()
            running.write("vrrp_instance {")
            client.sendall(b'{"command":"reload"}\n{"command":"plan"}\n')
            assert not json.loads(answers.readline())["ok"]
            assert not json.loads(answers.readline())["ok"]
    client.close()
    for name, pid in pids.items():
        resident, descriptors = size_of(pid)
        assert descriptors <= before[name][1] + 2, name
        # A leak of 2 KiB per reload would be 1500.
        assert resident <= before[name][0] + 1000, name
    assert {role["name"]: role["pid"] for role in running.status()["roles"]} == pids
    assert running.instance("web")["counters"]["became_active"] == 1


def many_servers(weight):
    """Twenty thousand, none of which answers; checked once an hour."""
    return "".join(
        f"virtual_server 10.200.0.{number} 80 {{\n protocol TCP\n lb_kind NAT\n delay_loop 3600\n"
        + "".join(f" real_server 127.1.{number}.{host} 80 {{ weight {weight}\n TCP_CHECK {{ }} }}\n"
                  for host in range(1, 201)) + "}\n" for number in range(1, 101))


def test_large_reload_does_not_hold_up_an_advert(lab):
    one = Director(lab.host("one", "10.9.0.1/16"), config(0) + many_servers(1)).start()
    two = Director(lab.host("two", "10.9.0.2/16"), config(0, 100)).start()
    one.wait_state("web", "active")
    two.wait_state("web", "backup")
    before = two.instance("web")["since"]
    one.write(config(0) + many_servers(2))
    planned = one.vdctl("plan", check=False)
    assert planned.returncode == 4 and len(planned.stdout.splitlines()) == 2
    assert "20000 servers of 100 services: weight 1 → 2" in one.vdctl("reload").stdout
    assert two.instance("web")["since"] == before, "three missing adverts, 0.6 s, make it Active"
    assert one.instance("web")["counters"]["became_active"] == 1
