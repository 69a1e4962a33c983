"""What a tired operator or a hostile neighbour process does to the daemon, and what it does then.

Deaths in the middle of a stop, a runtime directory that is cleaned away, log readers that stop
reading, clients that hoard connections or ask in one breath, descriptors that run out.
"""

import contextlib
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import time

import pytest

from lab import BUILD, Director, wait
from lab.config import instance, service

VIP = "10.9.1.1"
CONFIG = instance("web", 1, 200) + service(80, "10.9.0.9 80", more="delay_before_retry 0")
F_SETPIPE_SZ = 1031


@pytest.fixture
def director(lab):
    made = Director(lab.host("one", "10.9.0.1/16"), CONFIG).start()
    made.wait_state("web", "active")
    wait(lambda: made.host.has(VIP), 2, "the address is there")
    return made


def pids(director):
    return {role["name"]: role["pid"] for role in director.status()["roles"]}


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def connect(director):
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(director.runtime / "control.sock"))
    client.settimeout(10)
    return client


@pytest.mark.parametrize("victims", [["vrrp"], ["ipvs"], ["main"], ["keeper"], ["vrrp", "main"]],
                         ids=",".join)
def test_who_dies_during_the_stop_leaves_no_address_behind(director, victims):
    found = pids(director)
    os.kill(found["keeper"], signal.SIGTERM)
    time.sleep(0.02)
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[victim], signal.SIGKILL)
    wait(lambda: not director.host.pids(director.program), 15, "all processes have ended")
    assert not director.host.has(VIP)


def test_killing_a_role_again_and_again_does_not_change_roles(lab):
    director = Director(lab.host("one", "10.9.0.1/16"), instance("web", 1, 200, advert_int=1)).start()
    since = director.wait_state("web", "active")["instances"][0]["since"]
    for victim in ["vrrp", "main", "vrrp", "main", "vrrp", "main", "vrrp", "vrrp"]:
        before = pids(director)[victim]
        os.kill(before, signal.SIGKILL)
        director.wait_status(lambda status: {role["name"]: role["pid"] for role in status["roles"]}
                             [victim] not in (None, before), 2, f"{victim} is back")
    director.wait_status(lambda status: status["instances"][0]["since"] == since, 2,
                         "taken up, not begun anew")
    assert director.host.has(VIP)


def test_signals_that_exporters_send_to_keepalived_end_nothing(director):
    """They go to the pid file's process; `killall` and the like send them to every role."""
    before = pids(director)
    for number in (signal.SIGUSR1, signal.SIGUSR2, *range(signal.SIGRTMIN, signal.SIGRTMAX + 1)):
        for pid in before.values():
            os.kill(pid, number)
    assert pids(director) == before
    director.vdctl("reload")
    assert pids(director) == before and director.state("web") == "active"


def test_a_main_that_hangs_is_replaced_and_no_role_changes(director):
    found = pids(director)
    since = director.status()["instances"][0]["since"]
    os.kill(found["main"], signal.SIGSTOP)
    director.wait_log(rf"main \(pid {found['main']}\): heartbeat missing for \d+ s, killing it", 40)
    status = director.wait_status(lambda status: status["pid"] != found["main"], 10, "a new main")
    assert status["instances"][0]["since"] == since
    assert {**pids(director), "main": 0} == {**found, "main": 0}


def test_nobody_is_replaced_after_a_long_sleep_of_all_issue_8_32(lab):
    """As a virtual machine that its host stops for longer than any of them waits for another. The
    workers get a processor a little later than those that judge them."""
    director = Director(lab.host("one", "10.9.0.1/16"),
                        instance("web", 1, 200, advert_int=1)).start()
    director.wait_state("web", "active")
    before = pids(director)
    everybody = director.host.pids(director.program)
    judges = [before["main"], before["keeper"]]
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(23)
    for pid in judges:
        os.kill(pid, signal.SIGCONT)
    time.sleep(0.4)
    for pid in set(everybody) - set(judges):
        os.kill(pid, signal.SIGCONT)
    director.wait_state("web", "active")
    time.sleep(3)
    assert pids(director) == before
    assert not any(word in director.log_text() for word in ("killing", "replacing", "died"))


def leave_without_main(director):
    """Kills main again and again, until the keeper waits for more than a second before the next."""
    known = set(pids(director).values())
    main = pids(director)["main"]
    for times in range(1, 8):
        os.kill(main, signal.SIGKILL)
        wait(lambda: director.log_text().count("main was killed by signal 9") == times, 10,
             "the keeper sees that main is dead")
        if times < 7:
            main = wait(lambda: next(iter(set(director.host.pids(director.program)) - known), 0),
                        10, "a new main")
            known.add(main)


def test_a_stop_that_finds_no_main_is_kept_for_the_next_issue_8_32(director):
    keeper = pids(director)["keeper"]
    leave_without_main(director)
    os.kill(keeper, signal.SIGTERM)
    wait(lambda: not director.host.pids(director.program), 20, "all processes have ended")
    assert not director.host.has(VIP)


def test_a_reload_that_finds_no_main_is_kept_for_the_next_issue_8_32(director):
    keeper = pids(director)["keeper"]
    director.write(CONFIG.replace("priority 200", "priority 201"))
    leave_without_main(director)
    os.kill(keeper, signal.SIGHUP)
    time.sleep(0.1)
    os.kill(keeper, signal.SIGUSR1)  # takes nobody's place
    director.wait_log("priority 200 → 201", 20)


def test_a_reload_whose_main_dies_is_the_next_ones_issue_8_32(director):
    """The file is young, so that main waits before it believes it; there is nobody to be told."""
    found = pids(director)
    director.write(CONFIG.replace("priority 200", "priority 201"))
    os.kill(found["keeper"], signal.SIGHUP)
    director.wait_log("reload: reading", 5)
    os.kill(found["main"], signal.SIGKILL)
    director.wait_log("priority 200 → 201", 20)
    director.wait_log("reload: generation 2 is in force")
    os.kill(pids(director)["main"], signal.SIGKILL)
    wait(lambda: director.log_text().count("resumes after a restart of main") == 2, 10)
    director.vdctl("status")
    assert director.log_text().count("reload: reading") == 2, "it has been done"


def test_main_starts_again_without_its_runtime_directory(director):
    shutil.rmtree(director.runtime)
    with contextlib.suppress(ProcessLookupError):
        os.kill(next(pid for pid in director.host.pids(director.program)
                     if b"--role=main" in open(f"/proc/{pid}/cmdline", "rb").read()), signal.SIGKILL)
    director.wait_state("web", "active", 8)
    assert director.instance("web")["counters"]["became_active"] == 1
    assert director.host.has(VIP)


def test_a_control_socket_that_somebody_removed_comes_back(director):
    (director.runtime / "control.sock").unlink()
    director.wait_state("web", "active", 8)
    director.wait_log("control socket .* was missing, created it again", 1)
    assert pids(director)["main"]


def test_a_runtime_directory_with_too_long_a_name_is_refused_at_the_start(director):
    name = director.directory / ("r" * 120)
    done = director.host.run(director.program, "--config", director.config, "--runtime-dir", name,
                             check=False)
    assert done.returncode == 1 and "too long" in done.stderr
    assert not name.exists()


def test_requests_in_one_breath_are_all_answered(director):
    client = connect(director)
    client.sendall(b'{"command":"reload"}\n' * 3)
    client.shutdown(socket.SHUT_WR)
    answers = [json.loads(line) for line in client.makefile()]
    assert [answer["ok"] for answer in answers] == [True] * 3
    assert [answer["unchanged"] for answer in answers] == [True] * 3
    times = [answer["reload"]["at"] for answer in answers]
    assert times == sorted(times)


def test_clients_without_a_descriptor_for_them_do_not_keep_main_busy(director):
    main = pids(director)["main"]
    highest = max(map(int, os.listdir(f"/proc/{main}/fd")))
    resource.prlimit(main, resource.RLIMIT_NOFILE, (highest + 2, highest + 2))
    clients = [connect(director) for _ in range(10)]
    before = cpu_seconds(main)
    time.sleep(2)
    assert cpu_seconds(main) - before < 0.2
    for client in clients:
        client.close()
    assert director.state("web") == "active"


def test_main_does_not_wait_for_who_reads_its_log(director):
    """Its standard error is a pipe that is full; a role that dies is still started again."""
    director.stop()
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(director.host.command(*director.command()), stderr=writer,
                               stdin=subprocess.DEVNULL, start_new_session=True)
    director.host.lab.processes.append(process)
    os.close(writer)
    director.wait_state("web", "active")
    for _ in range(40):
        director.vdctl("reload")
    vrrp = pids(director)["vrrp"]
    os.kill(vrrp, signal.SIGKILL)
    wait(lambda: pids(director)["vrrp"] not in (None, vrrp), 3, "vrrp is back")
    os.read(reader, 65536)
    director.vdctl("reload")
    assert b"log lines dropped: the reader was too slow" in os.read(reader, 65536)
    process.terminate()
    assert process.wait(30) == 0
    os.close(reader)


def test_vdctl_gives_up_on_a_daemon_that_hangs(director):
    main = pids(director)["main"]
    os.kill(main, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        done = director.host.run(BUILD / "vdctl", "--runtime-dir", director.runtime, "status",
                                 check=False, timeout=30)
        assert done.returncode == 3 and "did not answer" in done.stderr
        assert time.monotonic() - begin < 20
    finally:
        os.kill(main, signal.SIGCONT)


def test_a_stop_ends_also_when_main_cannot_live(director):
    """Whatever main's reason is, the keeper must not try for ever: here it has no descriptors."""
    found = pids(director)
    resource.prlimit(found["keeper"], resource.RLIMIT_NOFILE, (5, 5))
    os.kill(found["main"], signal.SIGKILL)
    os.kill(found["keeper"], signal.SIGTERM)
    wait(lambda: not director.host.pids(director.program), 20, "all processes have ended")
    assert not director.host.has(VIP)


def test_elections_need_no_capability_but_their_own(lab):
    """In a container with nothing else, where nothing is to be checked."""
    director = Director(lab.host("one", "10.9.0.1/16"), instance("web", 1, 200))
    original = director.command
    director.command = lambda: ["setpriv", "--bounding-set", "-all,+net_admin,+net_raw",
                                "--inh-caps", "-all", *original()]
    director.start()
    director.wait_state("web", "active")
    director.wait_log(r"check\.0: cannot become user")
    assert director.stop() == 0
