"""Status: the JSON is what its schema says, the table names what a person looks for, and the
control socket withstands whoever finds it."""

import json
import os
import socket
import stat
import subprocess
import time

import jsonschema
import pytest

from lab import BUILD, Director, Lab, ROOT
from lab.config import instance, service
from lab.responder import Responder, http

SCHEMA = json.loads((ROOT / "doc/status.schema.json").read_text(encoding="utf-8"))
PAGE = "HTTP_GET { url { path / }\nconnect_timeout 1\nretry 0 }"
CONFIG = ("global_defs { router_id here\ncheck_workers 2 }\n"
          + instance("web", 51, 150, "10.9.51.1/32", "10.9.51.2/24 label eth1:x")
          + instance("broken", 52, interface="nowhere0")
          + service(8001, "10.9.0.3 8001", "10.9.0.3 9", check=PAGE,
                    more="sorry_server 10.9.0.3 8001\nquorum 1")
          + service(8002, "10.9.0.3 9", check="TCP_CHECK { }"))


class Shown:
    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host("director", "10.9.0.1/16")
        Responder(lab.host("servers", "10.9.0.3/16"), 8001, http(200)).start()
        self.director = Director(self.host, CONFIG).start()
        self.early = self.director.status()
        self.director.wait_state("web", "active")
        self.director.wait_status(
            lambda status: [server["state"] for server in status["services"][0]["servers"]][:2]
            == ["up", "down"], 10, "the checks have spoken")

    @property
    def socket(self):
        return self.director.runtime / "control.sock"

    def ask(self, *lines, timeout=5):
        """Sends lines (bytes) over one connection; the answers, until it closes or is silent."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(self.socket))
            connection.sendall(b"".join(lines))
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while data := connection.recv(65536):
                answer += data
        return [json.loads(line) for line in answer.splitlines()]


@pytest.fixture(scope="module")
def shown():
    with Lab() as lab:
        yield Shown(lab)


def strict(schema):
    """The schema without its permission for members that it does not describe."""
    if isinstance(schema, dict):
        return {name: False if (name, value) == ("additionalProperties", True) else strict(value)
                for name, value in schema.items()}
    return [strict(value) for value in schema] if isinstance(schema, list) else schema


VALIDATOR = jsonschema.Draft202012Validator(strict(SCHEMA))


def validate(status):
    VALIDATOR.validate(status)


def test_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_json_fits_its_schema_at_the_first_moment(shown):
    validate(shown.early)


def test_json_fits_its_schema_in_the_usual_state(shown):
    status = shown.director.status()
    validate(status)
    assert status["node"] == "here"
    assert {entry["state"] for entry in status["instances"]} == {"active", "fault"}
    real, other, fallback = status["services"][0]["servers"]
    assert (real["role"], other["role"], fallback["role"]) == ("real", "real", "fallback")


def test_json_fits_its_schema_while_a_worker_is_away_and_after_a_refused_reload(shown):
    director = shown.director
    good = director.config.read_text()
    director.write("nonsense")
    assert director.vdctl("reload", check=False).returncode == 1
    director.write(good)
    for role in ("check.0", "ipvs", "vrrp"):
        os.kill(director.role(role)["pid"], 9)
        validate(director.status())
    director.wait_status(lambda status: all(role["state"] == "running" for role in status["roles"]),
                         5, "all are back")
    validate(director.status())
    director.vdctl("reload")
    validate(director.status())


def test_schema_describes_every_member(shown):
    """Members may be added, but not without describing them: at any depth one more is noticed.
    Only counters are an open list."""
    def objects(value):
        if isinstance(value, dict):
            yield value
            for name, inner in value.items():
                if name != "counters":
                    yield from objects(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from objects(inner)
    for index in range(len(list(objects(shown.early)))):
        changed = json.loads(json.dumps(shown.early))
        list(objects(changed))[index]["something_new"] = 1
        assert not VALIDATOR.is_valid(changed), list(objects(shown.early))[index]


def test_names_that_the_documentation_promises_are_there(shown):
    status = shown.director.status()
    one, service_one = status["instances"][0], status["services"][0]
    server = service_one["servers"][0]
    assert {"version", "node", "instances", "services", "roles"} <= set(status)
    assert {"name", "state", "interface", "family", "vrid", "version", "priority",
            "advert_interval_ms", "since", "reasons", "addresses"} <= set(one)
    assert {"base", "effective"} <= set(one["priority"])
    assert {"address", "interface", "present"} <= set(one["addresses"][0])
    assert {"name", "address", "port", "fwmark", "protocol", "scheduler", "method",
            "fallback_active", "servers"} <= set(service_one)
    assert {"address", "port", "role", "state", "weight", "last_check"} <= set(server)
    assert {"configured", "desired", "kernel"} <= set(server["weight"])
    assert {"kind", "verdict", "phase", "reason", "latency_ms", "at"} <= set(server["last_check"])
    assert {"name", "pid", "state", "restarts"} <= set(status["roles"][0])


def test_table_names_what_a_person_looks_for(shown):
    shown.director.wait_state("web", "active")
    text = shown.director.vdctl("status").stdout
    lines = text.splitlines()

    def line(*words):
        found = [one for one in lines if all(word in one.split() for word in words)]
        assert found, f"no line with {words}:\n{text}"
        return found[0]
    line("web", "active", "eth1", "51", "150")
    assert "nowhere0" in line("broken", "fault", "nowhere0", "52", "100").split("100", 1)[1]
    line("10.9.51.1/32", "eth1", "web", "present")
    line("10.9.52.1/32", "nowhere0", "broken", "no")
    assert "8001" in next(one for one in lines if one.startswith("SERVICE"))
    line("10.9.0.3:8001", "real", "up", "1")
    assert "refused" in line("10.9.0.3:9", "real", "down")
    line("10.9.0.3:8001", "fallback")
    for role in shown.director.status()["roles"]:
        line(role["name"], str(role["pid"]), "running")
    assert "\033" not in text, "colours only for terminals"


NOTHING_LOOKS = ("global_defs { lenient }\n"
                 "vrrp_script chk { script /bin/true }\n"
                 "vrrp_sync_group both { group { one two }\ntrack_interface { eth7 weight 0 } }\n"
                 + instance("one", 51, 150, more="track_script { chk weight 5 }\n"
                                                 "track_interface { eth8\neth9 }")
                 + instance("two", 52)
                 + service(8001, "10.9.0.3 1", check="")
                 + service(8002, "10.9.0.3 2", check="SSL_GET { url { path / } }\n"
                                                     "MISC_CHECK { misc_path /bin/true }")
                 + service(8003, "10.9.0.3 3", check="TCP_CHECK { }\nPING_CHECK { }"))


def test_status_names_what_nothing_looks_at_issue_8_31():
    with Lab() as lab:
        host = lab.host("director", "10.9.0.1/16")
        lab.host("servers", "10.9.0.3/16")
        director = Director(host, NOTHING_LOOKS).start()
        status = director.wait_status(
            lambda status: len(status["services"]) == 3
            and status["services"][2]["servers"][0]["last_check"], 10, "a check has run")
        text = director.vdctl("status").stdout
    validate(status)
    one, two = status["instances"]
    assert one["trackers"] == [
        {"kind": "track_script", "name": "chk", "followed": False},
        {"kind": "track_interface", "name": "eth8", "followed": False},
        {"kind": "track_interface", "name": "eth9", "followed": False}]
    assert two["trackers"] == []
    assert status["sync_groups"][0]["trackers"] == [
        {"kind": "track_interface", "name": "eth7", "followed": False}]
    assert [(server["state"], server["unchecked"], server["unsupported_checks"])
            for one in status["services"] for server in one["servers"]] == [
        ("up", True, []), ("up", True, ["SSL_GET", "MISC_CHECK"]), ("down", False, ["PING_CHECK"])]
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert {"track_script chk one not followed", "track_interface eth8 one not followed",
            "track_interface eth9 one not followed",
            "track_interface eth7 both not followed"} <= set(lines), text
    none, unsupported, some = (next(line for line in lines if line.startswith(f"10.9.0.3:{port} "))
                               for port in (1, 2, 3))
    assert none.endswith(" 0/0 unchecked")
    assert unsupported.endswith(" 0/0 unchecked; SSL_GET, MISC_CHECK are not run")
    assert " TCP_CHECK fail: " in some and some.endswith("; PING_CHECK is not run")


def test_config_is_canonical_and_hides_passwords(shown, tmp_path):
    first = shown.director.vdctl("config").stdout
    path = tmp_path / "printed.conf"
    path.write_text(first + 'vrrp_instance secret { interface eth1\nvirtual_router_id 9\n'
                    'authentication { auth_type PASS\nauth_pass hidden }\n'
                    'virtual_ipaddress { 10.9.9.9/32 } }\n')
    other = Director(shown.host, path.read_text(), "--vrrp-only", name="printed").start()
    printed = other.vdctl("config").stdout
    plain = other.vdctl("config", "--secrets").stdout
    other.stop()
    assert "auth_pass hidden" in plain and plain.replace("hidden", "********") == printed
    assert "hidden" not in printed and "********" in printed
    assert printed.startswith(first.split("virtual_server")[0]), "reading it gives the same again"


@pytest.mark.parametrize("arguments, status", [
    (["status"], 0), (["version"], 0), (["config"], 0), (["status", "--json"], 0),
    (["standby", "nobody"], 1), (["takeover", "broken"], 1),
    ([], 2), (["dance"], 2), (["status", "extra"], 2), (["version", "--json"], 2),
    (["status", "--secrets"], 2),
    (["--nonsense"], 2)])
def test_vdctl_exit_status(shown, arguments, status):
    done = shown.director.vdctl(*arguments, check=False)
    assert done.returncode == status, done.stderr
    assert bool(done.stderr) == (status != 0)


def test_vdctl_without_a_daemon_exits_with_3(shown, tmp_path):
    done = subprocess.run([BUILD / "vdctl", "--runtime-dir", tmp_path, "status"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 3
    assert str(tmp_path) in done.stderr


GARBAGE = [b"garbage\n", b"{\n", b"[]\n", b"null\n", b"{}\n", b'{"command":1}\n',
           b'{"command":"dance"}\n', b'{"command":"status\\u0000"}\n', b"\xff\xfe\x00\x01\n",
           b'{"command":' + b"[" * 5000 + b"\n", b'{"command":"standby","instance":{}}\n',
           b'{"command":"standby","instance":"' + b"x" * 10000 + b'"}\n']


@pytest.mark.parametrize("index", range(len(GARBAGE)))
def test_garbage_gets_an_error_and_the_connection_goes_on(shown, index):
    answers = shown.ask(GARBAGE[index], b'{"command":"version"}\n')
    assert [answer["ok"] for answer in answers] == [False, True]
    assert answers[0]["error"]


def test_endless_line_ends_the_connection_only(shown):
    pid = shown.director.status()["pid"]
    try:
        answers = shown.ask(b"x" * 1000000)
        assert all(not answer["ok"] for answer in answers)
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert shown.director.status()["pid"] == pid


def test_clients_that_say_nothing_keep_nobody_out(shown):
    idle = []
    for _ in range(200):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(2)
        try:
            one.connect(str(shown.socket))
        except OSError:
            one.close()
            break
        idle.append(one)
    assert shown.director.vdctl("status", check=False).returncode == 0
    for one in idle:
        one.close()


def as_nobody(shown, *arguments):
    return shown.host.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                          BUILD / "vdctl", "--runtime-dir", shown.director.runtime, *arguments,
                          check=False)


def test_stranger_can_change_nothing(shown):
    before = shown.director.status()
    mode = stat.S_IMODE(shown.socket.stat().st_mode)
    assert mode & stat.S_IWOTH == 0
    for arguments in (["standby"], ["takeover"], ["reload"], ["standby", "web"]):
        assert as_nobody(shown, *arguments).returncode != 0
    time.sleep(0.3)
    after = shown.director.status()
    assert after["config"] == before["config"]
    assert [(one["state"], one["since"], one["standby"]) for one in after["instances"]] == [
        (one["state"], one["since"], one["standby"]) for one in before["instances"]]


def test_reader_may_look_and_change_nothing(shown):
    """Where the socket's mode lets somebody in who is neither root nor of the admin group."""
    mode = stat.S_IMODE(shown.socket.stat().st_mode)
    shown.socket.chmod(0o666)
    try:
        assert as_nobody(shown, "status").returncode == 0
        for command in ("standby", "takeover", "reload"):
            done = as_nobody(shown, command)
            assert done.returncode == 1
            assert "root" in done.stderr
        assert as_nobody(shown, "config").returncode == 0
        done = as_nobody(shown, "config", "--secrets")
        assert done.returncode == 1 and done.stdout == "" and "root" in done.stderr
    finally:
        shown.socket.chmod(mode)
