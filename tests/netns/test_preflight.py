"""What a configuration needs of the machine: -t warns of it, --offline does not look."""

import os
import re

import pytest

from lab import BUILD, Director, wait
from lab.config import instance


@pytest.fixture
def preflight(lab, tmp_path):
    """Checks an instance with `more` in it; the warnings as (line, text)."""
    host = lab.host("one", "10.9.0.1/16")

    def check(more="", *options, interface="eth1", before="", mode=0o600):
        path = tmp_path / "vdirector.conf"
        path.write_text(f"{before}\nvrrp_instance web {{\n interface {interface}\n"
                        f" virtual_router_id 1\n virtual_ipaddress {{ 10.9.1.1 }}\n{more}\n}}\n",
                        encoding="utf-8")
        path.chmod(mode)
        done = host.run(BUILD / "vdirectord", "-t", *options, "-f", path, check=False)
        assert done.returncode == 0, done.stderr
        return re.findall(r"^.*?:(\d+):\d+: warning: (.*)$", done.stderr, re.MULTILINE)
    tmp_path.chmod(0o755)
    return check


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script"
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    return path


def test_a_clean_file_has_no_warnings(preflight, script):
    assert preflight(f"notify {script} root") == []


def test_a_missing_interface_is_named_once(preflight):
    found = preflight("notify_stop /bin/true root", interface="nowhere0")
    assert found == [("2", "interface 'nowhere0' does not exist on this machine now")]


def test_offline_looks_at_nothing(preflight):
    assert preflight("notify /no/such/script nobody-at-all", "--offline", interface="nowhere0",
                  mode=0o644) == []


@pytest.mark.parametrize("words, expected", [
    ("/no/such/script root", "'/no/such/script' cannot be run: No such file or directory"),
    ("/etc/passwd root", "'/etc/passwd' cannot be run: Permission denied"),
    ("/bin/true nobody-at-all",
     "'/bin/true' runs as user 'nobody-at-all', whom this machine lacks"),
    ("/bin/true root nobody-at-all",
     "'/bin/true' runs as group 'nobody-at-all', which this machine lacks"),
])
def test_a_script_that_cannot_run_is_said(preflight, words, expected):
    assert preflight(f"notify {words}") == [("6", expected)]


def test_the_component_that_others_can_write_is_named(preflight, script, tmp_path):
    script.chmod(0o757)
    assert preflight(f"notify {script} root") == [
        ("6", f"'{script}' is not safe: others than root can write to {script}")]
    script.chmod(0o755)
    tmp_path.chmod(0o777)
    assert preflight(f"notify {script} root") == [
        ("6", f"'{script}' is not safe: others than root can write to {tmp_path}")]


def test_with_script_security_it_is_said_that_it_will_not_run(preflight, script):
    script.chmod(0o757)
    found = preflight(f"notify {script} root", before="global_defs { enable_script_security }")
    assert found == [("6", f"'{script}' will not be run: others than root can write to {script}, "
                           "and 'enable_script_security' is on")]


def test_a_password_that_everybody_can_read_is_said(preflight, tmp_path):
    secret = "authentication { auth_type PASS auth_pass secret }"
    assert preflight(secret) == []
    assert preflight(secret, mode=0o644) == [
        ("6", f"'auth_pass' is a secret, and everybody can read the file: "
              f"chmod o-r {tmp_path}/vdirector.conf")]
    assert preflight("", mode=0o644) == []


@pytest.mark.parametrize("words, keyword", [
    ("authentication { auth_type PASS auth_pass secret }", "auth_pass"),
    ("auth_hmac { key 1 0123456789abcdef0123456789abcdef }", "key"),
])
def test_the_file_that_has_the_secret_is_named(preflight, tmp_path, words, keyword):
    included = tmp_path / "secret.inc"
    included.write_text(words + "\n", encoding="ascii")
    included.chmod(0o644)
    assert preflight(f"include {included}") == [
        ("1", f"'{keyword}' is a secret, and everybody can read the file: chmod o-r {included}")]
    included.chmod(0o640)
    assert preflight(f"include {included}", mode=0o644) == []


def test_a_secret_outside_of_instances_is_one_too(preflight, tmp_path):
    warnings = preflight("", before="SSL { password secret }", mode=0o644)
    assert ("1", "'password' is a secret, and everybody can read the file: "
                 f"chmod o-r {tmp_path}/vdirector.conf") in warnings


def test_script_security_refuses_to_run_as_root_what_others_can_change(lab, script, tmp_path):
    tmp_path.chmod(0o755)
    marks = {name: tmp_path / f"ran-{name}" for name in ("safe", "open")}
    for name, mode in (("safe", 0o755), ("open", 0o757)):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n: > {marks[name]}\n", encoding="ascii")
        path.chmod(mode)
    director = Director(lab.host("one", "10.9.0.1/16"),
                        "global_defs { enable_script_security }\n"
                        + instance("web", 1, 200, more=f"notify_backup {tmp_path}/open root\n"
                                                       f"notify_master {tmp_path}/safe root"))
    director.start()
    director.wait_state("web", "active")
    wait(marks["safe"].exists, 5, "the script that only root can change runs")
    assert not marks["open"].exists()
    assert re.search(rf"{tmp_path}/open .*: not run as root, others can change {tmp_path}/open",
                     director.log_text())
    assert os.stat(tmp_path / "open").st_mode & 0o002
