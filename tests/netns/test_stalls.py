"""What stands still around the election must not stop it: a processor, a disk, a log daemon."""

import contextlib
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import time

from lab import Director, wait
from lab.config import instance
from lab.wire import Tap, adverts

INTERVAL = 0.2
PATIENCE = 3 * INTERVAL  # of any peer, at least
ETH_P_IP = 0x0800


def worst_gap(tap):
    """Of the adverts that a tap has seen from one router of priority 200."""
    sent = [advert.at for advert in adverts(tap.read()) if advert.priority == 200]
    assert len(sent) > 3
    return max(later - earlier for earlier, later in itertools.pairwise(sent))


def lateness(director):
    """Seconds, the worst so far of the election."""
    return director.role("vrrp")["lateness_max_us"] / 1e6


def pair(lab, interval):
    made = []
    for i, name, priority in ((1, "one", 200), (2, "two", 100)):
        director = Director(lab.host(name, f"10.9.0.{i}/16"),
                            instance("web", 1, priority, advert_int=interval)).start()
        director.wait_state("web", "active" if i == 1 else "backup")
        made.append(director)
    return made


def test_t2_a_starved_processor_changes_no_role_and_shows_in_the_lateness(lab):
    """vrrp is held up for less than its peer waits, again and again, as by a busy processor."""
    one, two = pair(lab, 1)
    since = [director.instance("web")["since"] for director in (one, two)]
    pid = one.role("vrrp")["pid"]
    before = lateness(one)
    for _ in range(4):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.5)  # main thinks that it hangs after 1 s, the peer after 3.2
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.3)
    assert one.role("vrrp")["pid"] == pid
    assert lateness(one) > max(before, 0.2)
    assert (one.state("web"), two.state("web")) == ("active", "backup")
    assert [director.instance("web")["since"] for director in (one, two)] == since


@contextlib.contextmanager
def file_system(directory):
    """A file system of its own, in a file; yields the directory."""
    image, mounted = directory / "image", directory / "mounted"
    mounted.mkdir()
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, mounted], check=True)
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "--lazy", mounted], check=True)


@contextlib.contextmanager
def frozen(mounted):
    subprocess.run(["fsfreeze", "--freeze", mounted], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", mounted], check=True)


def test_t3_a_frozen_file_system_with_log_and_state_does_not_delay_adverts(lab):
    """The log file, the configuration and the runtime directory are all on it."""
    host = lab.host("one", "10.9.0.1/16")
    with file_system(host.directory) as mounted:
        director = Director(host, instance("web", 1, 200, advert_int=INTERVAL))
        director.runtime, director.log = mounted / "run", mounted / "log"
        director.config = mounted / "vdirector.conf"
        director.write(instance("web", 1, 200, advert_int=INTERVAL))
        director.start()
        director.wait_state("web", "active")
        tap = Tap(lab.host("witness"), ETH_P_IP)
        with frozen(mounted):
            asking = [host.spawn(director.program.parent / "vdctl", "--runtime-dir",
                                 director.runtime, command, log=host.directory / "asked.log")
                      for command in ("reload", "status", "reload", "status")]
            time.sleep(3)
        assert worst_gap(tap) < PATIENCE
        for process in asking:
            process.wait(20)
        director.wait_status(lambda status: status["instances"][0]["counters"]["became_active"] == 1,
                             10, "it is as it was")
        assert director.stop() == 0


def test_t4_a_log_daemon_that_hangs_does_not_delay_adverts(lab):
    """In the background, with a socket at /dev/log that nobody reads; what is lost is counted."""
    host = lab.host("one", "10.9.0.1/16")
    director = Director(host, instance("web", 1, 200, advert_int=INTERVAL))
    log = director.directory / "log"
    host.sysctl("net.unix.max_dgram_qlen", 10)
    with host.inside():
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.bind(str(log))
    command = " ".join(str(word) for word in director.command() if word != "--foreground")
    host.run("unshare", "--mount", "sh", "-c", f"""
        mkdir {director.directory}/dev && mount --rbind /dev {director.directory}/dev &&
        mount -t tmpfs none /dev && ln -s {log} /dev/log && ln -s /proc/self/fd /dev/fd &&
        for name in null zero urandom; do
            touch /dev/$name; mount --bind {director.directory}/dev/$name /dev/$name; done
        exec {command}""")
    director.wait_state("web", "active")
    tap = Tap(lab.host("witness"), ETH_P_IP)
    for _ in range(15):
        director.write(instance("web", 1, 200, advert_int=INTERVAL, more="garp_master_repeat 3"))
        director.vdctl("reload")
        director.write(instance("web", 1, 200, advert_int=INTERVAL))
        director.vdctl("reload")
    time.sleep(1)
    assert worst_gap(tap) < PATIENCE
    daemon.setblocking(False)
    read = []

    def drained():
        with contextlib.suppress(BlockingIOError):
            while True:
                read.append(daemon.recv(2048))
        return any(b"log lines dropped: the reader was too slow" in line for line in read)
    drained()
    director.write(instance("web", 1, 200, advert_int=INTERVAL, more="garp_master_repeat 3"))
    director.vdctl("reload")
    wait(drained, 5, "what was lost is counted")
    os.kill(director.role("keeper")["pid"], signal.SIGTERM)
    wait(lambda: not host.pids(director.program), 10, "it stops")
    daemon.close()


def test_t6_a_machine_that_slept_finds_one_owner_when_it_wakes(lab):
    """All processes of the Active stop, as in a suspend, for longer than its peer waits."""
    one, two = pair(lab, INTERVAL)
    tap = Tap(lab.host("witness"), ETH_P_IP)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in one.host.pids(one.program):
            os.kill(pid, number)
        if number == signal.SIGSTOP:
            two.wait_state("web", "active")
            time.sleep(2)
            woken = time.time()
    one.wait_state("web", "active")  # being the better one, after it has listened
    wait(lambda: two.state("web") == "backup", 3)
    early = [advert for advert in adverts(tap.read())
             if advert.priority == 200 and woken < advert.at < woken + INTERVAL]
    assert len(early) <= 1


def test_n5_a_port_that_forwards_late_makes_no_second_owner_within_the_startup_delay(lab):
    """Carrier is there, but nothing passes yet, as while a switch's spanning tree listens."""
    one = Director(lab.host("one", "10.9.0.1/16"),
                   instance("web", 1, 200, advert_int=INTERVAL)).start()
    one.wait_state("web", "active")
    host = lab.host("two", "10.9.0.2/16")
    two = Director(host, "global_defs { vrrp_startup_delay 4 }\n"
                   + instance("web", 1, 100, advert_int=INTERVAL))
    host.mute()
    begin = time.monotonic()
    two.start()
    two.wait_status(lambda status: status["instances"][0]["reasons"], 3)
    while time.monotonic() - begin < 2:  # it would have been Active after 0.7 s
        assert two.state("web") == "backup"
        time.sleep(0.1)
    host.unmute()
    wait(lambda: (two.instance("web")["peer"] or {}).get("address") == "10.9.0.1", 2)
    time.sleep(max(0, begin + 5 - time.monotonic()))
    assert two.instance("web")["counters"]["became_active"] == 0


def test_n5_a_port_that_flaps_is_trusted_only_after_its_delay(lab):
    """The switch's port comes back with its carrier, and forwards two seconds later."""
    one, two = pair(lab, INTERVAL)
    two.write("interface_up_down_delays { eth1 0 4 }\n"
              + instance("web", 1, 100, advert_int=INTERVAL))
    two.vdctl("reload")
    two.host.cut()
    two.wait_state("web", "fault")
    begin = time.monotonic()
    two.host.plug()
    two.host.mute()

    def left():
        """Seconds, as the reason says."""
        found = re.search(r"eth1 is up, and counts as down for (\d) s more "
                          r"\(interface_up_down_delays\)",
                          json.dumps(two.instance("web")["reasons"]))
        return found and int(found[1])
    first = wait(left, 3, "the reason")
    wait(lambda: left() in range(1, first), 3, "it counts down")
    while time.monotonic() - begin < 2:  # it would have been Active after 0.7 s
        assert two.state("web") == "fault"
        time.sleep(0.1)
    two.host.unmute()
    two.wait_state("web", "backup")
    assert time.monotonic() - begin > 3.5
    wait(lambda: (two.instance("web")["peer"] or {}).get("address") == "10.9.0.1", 2)
    time.sleep(1)
    assert two.instance("web")["counters"]["became_active"] == 0
    assert one.instance("web")["counters"]["became_active"] == 1


def test_a_carrier_that_is_gone_for_less_than_the_down_delay_changes_no_role(lab):
    one, two = pair(lab, 2)
    one.write("interface_up_down_delays { eth1 3.9 }\n" + instance("web", 1, 200, advert_int=2))
    one.vdctl("reload")
    one.host.cut()
    one.wait_log("eth1 is down, and counts as up for 3.9 s more")
    assert one.state("web") == "active"
    one.host.plug()
    time.sleep(4.5)
    assert one.host.has("10.9.1.1")
    for director, active in ((one, 1), (two, 0)):
        assert director.instance("web")["counters"]["became_active"] == active
    one.host.cut()
    one.wait_state("web", "fault")
