"""Verdicts: what a check makes of what a server does, how often it asks, and for how long.

One director (checks only) with a service for each case, so that all cases run at the same time;
its servers live on another machine and do what the case says.  The kernel needs no IPVS for this:
verdicts are in the status.
"""

import ctypes
import hashlib
import os
import re
import socket
import struct
import time
from datetime import datetime

import pytest

from lab import Capture, Director, Lab, wait
from lab.config import service
from lab.responder import CHUNKED, CLOSE, HANG, Responder, by_path, chunked, http

SERVERS = "10.9.0.2"
TIMEOUT = 1
PAGE = "<html>hello 42 world</html>"
DIGEST = hashlib.md5(PAGE.encode()).hexdigest()


def get(*urls, more=""):
    blocks = "\n".join(f"url {{ {url} }}" for url in urls)
    return f"HTTP_GET {{\n{blocks}\nconnect_timeout {TIMEOUT}\nretry 0\n{more}\n}}"


TCP = f"TCP_CHECK {{ connect_timeout {TIMEOUT}\n retry 0 }}"
ROOT_PAGE = get("path /")

# name: (check, what the server does, verdict, reason, phase)
CASES = {
    "connection": (TCP, CLOSE, "pass", "ok", "connect"),
    "connection refused": (TCP, None, "fail", "refused", "connect"),
    "page": (ROOT_PAGE, http(200, PAGE), "pass", "ok", "body"),
    "page refused": (ROOT_PAGE, None, "fail", "refused", "connect"),
    "page closed at once": (ROOT_PAGE, CLOSE, "fail", None, None),
    "page never answered": (ROOT_PAGE, HANG, "fail", "timeout", "first_byte"),
    "page never ended": (get("path / regex end"), [http(200, "part", length=False), HANG], "fail",
                         "timeout", "body"),
    "page byte by byte, too slowly": (get("path / regex end"), [bytes([byte]) for byte in
                                                               http(200, PAGE * 9)], "fail",
                                      "timeout", None),
    "status 204 is of 200-299": (ROOT_PAGE, http(204), "pass", "ok", None),
    "status 404": (ROOT_PAGE, http(404, PAGE), "fail", "status", None),
    "status 302 is not followed": (ROOT_PAGE, http(302, "", "Location: /x"), "fail", "status",
                                   None),
    "status 302 where wanted": (get("path /\nstatus_code 302"), http(302), "pass", "ok", None),
    "status in a range": (get("path /\nstatus_code 200 401-403"), http(402), "pass", "ok", None),
    "status beside a range": (get("path /\nstatus_code 200 401-403"), http(404), "fail", "status",
                              None),
    "digest": (get(f"path /\ndigest {DIGEST}"), http(200, PAGE), "pass", "ok", "body"),
    "digest of a chunked page": (get(f"path /\ndigest {DIGEST}"), chunked(PAGE[:5], PAGE[5:]),
                                 "pass", "ok", "body"),
    "digest to the end of the connection": (get(f"path /\ndigest {DIGEST}"),
                                            http(200, PAGE, length=False), "pass", "ok", "body"),
    "digest of another page": (get(f"path /\ndigest {DIGEST}"), http(200, PAGE + " "), "fail",
                               "digest", "body"),
    "digest of an error page": (get(f"path /\ndigest {DIGEST}"), http(500, PAGE), "fail", "status",
                                None),
    "regex": (get(r'path / regex "hello [0-9]+ world"'), http(200, PAGE), "pass", "ok", "body"),
    "regex across chunks": (get(r'path / regex "hello [0-9]+ world"'),
                            chunked(PAGE[:9], PAGE[9:14], PAGE[14:]), "pass", "ok", "body"),
    "regex without a match": (get('path / regex "good ?bye"'), http(200, PAGE), "fail", "regex",
                              "body"),
    "body cut": (get(f"path /\ndigest {DIGEST}"),
                 http(200, "abc", "Content-Length: 10", length=False), "fail", "closed_early",
                 "body"),
    "body cut that nobody asked for": (ROOT_PAGE, http(200, "abc", "Content-Length: 10",
                                                       length=False), "pass", "ok", None),
    "chunks cut": (get("path / regex hel"), http(200, b"5\r\nhel", CHUNKED), "fail",
                   "closed_early", "body"),
    "not HTTP": (ROOT_PAGE, b"220 mail.example.org ESMTP\r\n\r\n", "fail", "protocol", None),
    "host of the url": (get("path /\nvirtualhost www.example.org"),
                        lambda request: http(200 if b"\r\nHost: www.example.org\r\n" in request
                                             else 421), "pass", "ok", None),
    "address as host": (ROOT_PAGE, lambda request: http(200 if b"\r\nHost: 10.9.0.2" in request
                                                        else 421), "pass", "ok", None),
    "two urls, the second bad": (get("path /good", "path /bad"),
                                 by_path(good=http(200), bad=http(500)), "fail", "status", None),
    "two urls, both good": (get("path /a", "path /b"), by_path(a=http(200), b=http(200)), "pass",
                            "ok", None),
}
PORT = {name: number for number, name in enumerate(CASES, start=8001)}
NO_ROUTE, SHARED, CHANGING, SLOW_LOOP = 8100, 8200, 8300, 8400
LOOP = 4  # s, of the slow ones
SHARING = 5
SPREAD = 20
SYN = 2


class Checks:
    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16")
        self.servers = lab.host("servers", f"{SERVERS}/16")
        self.at = {}
        for name, (_, answer, _, _, _) in CASES.items():
            if answer is not None:
                self.at[name] = Responder(self.servers, PORT[name], answer).start()
        self.shared = Responder(self.servers, SHARED, http(200)).start()
        self.changing = Responder(self.servers, CHANGING, http(200)).start()
        self.spread = [Responder(self.servers, SLOW_LOOP + at, http(200)).start()
                       for at in range(SPREAD)]
        self.director = Director(self.host, self.config(), "--checkers-only")
        self.director.start()

    @staticmethod
    def config():
        text = "".join(service(PORT[name], f"{SERVERS} {PORT[name]}", check=case[0])
                       for name, case in CASES.items())
        text += service(NO_ROUTE, f"10.9.0.77 {NO_ROUTE}", check=TCP)
        text += "".join(service(SHARED + at, f"{SERVERS} {SHARED}", check=ROOT_PAGE)
                        for at in range(SHARING))
        text += service(CHANGING, f"{SERVERS} {CHANGING}", more="retry 2\ndelay_before_retry 0.5",
                        check=f"HTTP_GET {{ url {{ path / }}\nconnect_timeout {TIMEOUT} }}")
        text += "".join(service(SLOW_LOOP + at, f"{SERVERS} {SLOW_LOOP + at}",
                                check=get("path /", more=f"delay_loop {LOOP}"))
                        for at in range(SPREAD))
        return text

    def server(self, port):
        return self.director.service("10.9.200.1", port)["servers"][0]

    def wait_check(self, port, timeout=10, **wanted):
        def settled():
            check = self.server(port)["last_check"]
            return check if check and wanted.items() <= check.items() else None
        return wait(settled, timeout, f"the check on {port} says {wanted}: {self.server(port)}")


@pytest.fixture(scope="module")
def checks():
    with Lab() as lab:
        yield Checks(lab)


def test_first_round_is_within_the_first_second(checks):
    """Also where a check is due every minute; a server that hangs takes its time limit longer."""
    status = checks.director.wait_status(
        lambda status: all(server["last_check"] for one in status["services"]
                           for server in one["servers"]), TIMEOUT + 2, "every server was checked")
    assert len(status["services"]) == len(CASES) + 2 + SHARING + SPREAD
    first = [server.times()[0] for server in [*checks.at.values(), checks.shared, *checks.spread]
             if server.times()]
    assert max(first) - min(first) < LOOP / 2, "not spread over the interval of the slow ones"


@pytest.mark.parametrize("name", CASES)
def test_verdict(checks, name):
    _, _, verdict, reason, phase = CASES[name]
    wanted = {"verdict": verdict}
    if reason:
        wanted["reason"] = reason
    if phase:
        wanted["phase"] = phase
    check = checks.wait_check(PORT[name], **wanted)
    assert check["kind"] == CASES[name][0].split()[0]
    assert check["text"]
    if reason == "timeout":
        assert check["latency_ms"] >= TIMEOUT * 1000
    state = {"pass": "up", "fail": "down"}[verdict]
    wait(lambda: checks.server(PORT[name])["state"] == state, 5, f"the server is {state}")


def test_server_that_is_not_there_fails(checks):
    check = checks.wait_check(NO_ROUTE, verdict="fail", phase="connect")
    assert check["reason"] in ("timeout", "unreachable")


def test_failed_server_is_to_get_weight_0_and_stays_in_the_table(checks):
    checks.wait_check(PORT["status 404"], verdict="fail")
    server = wait(lambda: (found := checks.server(PORT["status 404"]))["state"] == "down" and found,
                  5, "the server is down")
    assert server["weight"]["configured"] == 1
    assert server["weight"]["desired"] == 0


def test_equal_probes_run_once(checks):
    """Five services have this server with the same check: about one request a second."""
    before = len(checks.shared.times())
    time.sleep(4)
    count = len(checks.shared.times()) - before
    assert 2 <= count <= 6, "delay_loop is 1 s"
    for at in range(SHARING):
        service_status = checks.director.service("10.9.200.1", SHARED + at)
        assert service_status["servers"][0]["last_check"]["verdict"] == "pass"


def test_checks_are_spread_over_their_interval(checks):
    """Twenty checks every 4 s: no second of the interval has most of them."""
    wait(lambda: min(len(server.times()) for server in checks.spread) >= 3, 14,
         "each was asked three times")
    second_round = sorted(server.times()[2] for server in checks.spread)
    most = max(sum(at <= other < at + 1 for other in second_round) for at in second_round)
    assert most < SPREAD * 3 / 4, [round(at - second_round[0], 2) for at in second_round]


def tcp_frames(capture, port):
    """Of TCP over IPv4 without options from or to this port."""
    return [frame for frame in list(capture.frames)
            if frame.data[12:15] == b"\x08\x00\x45" and frame.data[23] == 6
            and port in struct.unpack_from("!HH", frame.data, 34)]


def test_retries_come_before_the_verdict(checks):
    """retry 2, delay_before_retry 0.5: down at the third failed try, up at the first good one."""
    checks.wait_check(CHANGING, verdict="pass")
    capture = Capture(checks.lab).start()
    checks.changing.answer = http(503)
    changed = time.time()
    checks.wait_check(CHANGING, verdict="fail", reason="status")
    server = wait(lambda: (found := checks.server(CHANGING))["state"] == "down" and found, 3,
                  "the server is down")
    down = datetime.fromisoformat(server["since"].replace("Z", "+00:00")).timestamp()
    capture.stop()
    frames = [frame for frame in tcp_frames(capture, CHANGING) if frame.at > changed]
    tries = [frame.at for frame in frames if frame.data[47] == SYN]
    assert tries[2] < down, "two failed tries are not enough"
    assert len(tries) == 3 or down < tries[3], "the third one is"
    for earlier, later in zip(tries[:2], tries[1:3]):
        answered = next(frame.at for frame in frames if frame.at > earlier and b" 503 " in frame.data)
        assert 0.45 <= later - earlier and later - answered < 1, "before the next regular one"
    checks.changing.answer = http(200)
    checks.wait_check(CHANGING, verdict="pass")
    wait(lambda: checks.server(CHANGING)["state"] == "up", 3, "the server is up")


def test_server_that_dies_and_returns_is_noticed_once_issue_8_30(checks):
    """In a warning with the cause; only the service's quorum is another matter."""
    server, port = checks.at["connection"], PORT["connection"]
    checks.wait_check(port, verdict="pass")

    def told():
        return [line for line in checks.director.log_text().splitlines()
                if f":{port}" in line and re.search(r" (notice|warning|error) ", line)
                and "quorum" not in line]

    before = len(told())
    server.stop()
    checks.wait_check(port, 4, verdict="fail", reason="refused")
    time.sleep(0.3)
    assert len(told()) == before + 1, told()
    assert re.search(r"warning .*: failed: .*refused", told()[-1])
    server.start()
    checks.wait_check(port, 4, verdict="pass")


def break_links(director):
    """The check workers' links to ipvs carry what is no message."""
    pidfd_getfd = 438
    for pid in [role["pid"] for role in director.status()["roles"]
                if role["name"].startswith("check")]:
        pidfd = os.pidfd_open(pid)
        for number in range(4, 64):
            copy = ctypes.CDLL(None).syscall(pidfd_getfd, pidfd, number, 0)
            if copy >= 0 and os.readlink(f"/proc/self/fd/{copy}").startswith("socket:"):
                with socket.socket(fileno=copy) as link:
                    if (link.family, link.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
                        link.send(b"no message")
            elif copy >= 0:
                os.close(copy)
        os.close(pidfd)


def test_issue_8_11_a_link_that_was_closed_for_a_breach_is_made_again(checks):
    """Then a server fails."""
    checks.wait_check(PORT["page"], verdict="pass")
    break_links(checks.director)
    checks.director.wait_log("link between .* is missing, making a new one")
    server, port = checks.at["page"], PORT["page"]
    checks.wait_check(port, verdict="pass")
    server.stop()
    checks.wait_check(port, 4, verdict="fail")
    wait(lambda: checks.server(port)["state"] == "down", 3, "ipvs heard of it")
    server.start()


def test_issue_8_11_until_there_is_a_new_link_verdicts_are_of_unknown_age(checks):
    """Links that are broken again and again are made anew once a second."""
    port = PORT["page"]
    wait(lambda: not checks.server(port)["age_unknown"], 5)

    def seen():
        break_links(checks.director)
        text = checks.director.vdctl("status").stdout
        return checks.server(port)["age_unknown"] and "its state is of unknown age" in text

    wait(seen, 20, "the missing link")
    wait(lambda: not checks.server(port)["age_unknown"], 5, "the new link")
    assert "unknown age" not in checks.director.vdctl("status").stdout
