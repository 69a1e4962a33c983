"""vdirectord's command line: -t and its exit codes, the diagnostics, -h, -v, what is refused."""

import re
import subprocess

import pytest

from lab import BUILD, Director, ROOT, wait
from lab.config import instance, service

PROGRAM = BUILD / "vdirectord"
GOOD = instance("VI_1", 51) + service(80, "10.9.0.3 80")
WARNED = GOOD.replace("advert_int 0.2", "advert_int 0.2\n    use_ipvlan")

# Each line's mistake, the word to be named (its column is where it stands), and what is expected.
MISTAKES = """\
global_defs {
    vrrp_version 4                     # 4: 2 to 3
}
vrrp_instance VI_1 {
    interfase eth1                     # interfase: did you mean 'interface'
    virtual_router_id 256              # 256: 1 to 255
    priority high                      # high: a number
    advert_int 1000                    # 1000: 255
    virtual_ipaddress {
        10.9.0.300/24                  # 10.9.0.300/24: an address
        10.9.0.3/24 lable eth1:x       # lable: did you mean 'label'
    }
}
virtual_server 10.9.200.1 80 {
    lb_algo quick                      # quick: wlc
    lb_kind DR
    protocol ICMP                      # ICMP: TCP
    real_server 10.9.0.3 80 {
        TCP_CHECK { connect_timeout -1 }   # -1: seconds
    }
}
"""


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=20, **options)


def check(tmp_path, text, *more):
    path = tmp_path / "vdirector.conf"
    path.write_text(text, encoding="utf-8")
    return path, run("-t", "--offline", "-f", path, *more)


def test_ten_mistakes_give_ten_diagnostics_with_line_column_and_word(tmp_path):
    path, done = check(tmp_path, MISTAKES)
    expected = []
    for number, line in enumerate(MISTAKES.splitlines(), start=1):
        remark = re.search(r"# (\S+): (.*)", line)
        if remark:
            expected.append((number, line.index(remark[1]) + 1, remark[1], remark[2]))
    assert len(expected) == 10
    found = [re.fullmatch(r"(.*?):(\d+):(\d+): error: (.*)", line)
             for line in done.stderr.splitlines()[:-1] if " | " not in line[:9]]
    assert all(found), done.stderr
    assert done.stderr.endswith(f"{path}: not valid: 10 errors, 0 warnings\n")  # issue 8.28
    assert [(int(one[2]), int(one[3])) for one in found] == [(line, column)
                                                             for line, column, _, _ in expected]
    for one, (_, _, word, wanted) in zip(found, expected):
        assert one[1] == str(path)
        assert f"'{word}'" in one[4] and wanted in one[4]
    assert done.returncode == 2
    assert done.stdout == ""


def test_valid_file_exits_with_0(tmp_path):
    path, done = check(tmp_path, GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(path) in done.stdout


def test_warning_exits_with_0_and_with_W_with_1(tmp_path):
    _, plain = check(tmp_path, WARNED)
    _, strict = check(tmp_path, WARNED, "-W")
    assert (plain.returncode, strict.returncode) == (0, 1)
    for done in (plain, strict):
        assert re.search(r":\d+:\d+: warning: 'use_ipvlan' is not supported", done.stderr)


def test_W_does_not_make_a_clean_file_fail(tmp_path):
    assert check(tmp_path, GOOD, "-W")[1].returncode == 0


def test_unreadable_file_exits_with_3(tmp_path):
    for path in (tmp_path / "nothing", tmp_path):
        done = run("-t", "-f", path)
        assert done.returncode == 3
        assert str(path) in done.stderr


def test_included_file_is_named_in_its_diagnostics(tmp_path):
    (tmp_path / "part.conf").write_text("vrrp_instance X {\n  priority 999\n}\n")
    _, done = check(tmp_path, 'include "part*.conf"\n')
    assert f"{tmp_path}/part.conf:2:12: error: " in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_goes_to_stdout_and_names_the_options(option):
    done = run(option)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("-n", "-f", "-t", "-W", "-l", "-D", "-p", "-P", "-C", "-I", "-v", "-h",
                 "--foreground", "--config", "--check", "--log-console", "--log-detail", "--pid",
                 "--vrrp-only", "--checkers-only", "--runtime-dir", "--version"):
        assert re.search(rf"(^|[ ,]){word}\b", done.stdout, re.MULTILINE), word


@pytest.mark.parametrize("option", ["-v", "--version"])
def test_version_is_that_of_the_project(option):
    version = re.search(r"^VERSION\s*:=\s*(\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    done = run(option)
    assert (done.returncode, done.stdout) == (0, f"vdirectord {version}\n")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["-Z"], ["-f"], ["extra"], ["-P", "-C"],
                                       ["--role", "nonsense"]])
def test_wrong_command_line_is_refused_and_named(arguments):
    done = run(*arguments)
    assert done.returncode not in (0, 70)
    assert "vdirectord: " in done.stderr
    assert done.stdout == ""


def test_keepalived_options_are_understood(tmp_path):
    (tmp_path / "a.conf").write_text(GOOD)
    done = run("--dont-fork", "--log-console", "--log-detail", "--use-file", tmp_path / "a.conf",
               "--pid", tmp_path / "p", "--vrrp_pid", tmp_path / "r", "--checkers_pid",
               tmp_path / "c", "--vrrp", "--config-test")
    assert done.returncode == 0, done.stderr


def test_daemon_does_not_start_with_a_broken_file(lab):
    director = Director(lab.host("director", "10.9.0.1/16"), MISTAKES)
    director.start(ready=False)
    assert director.process.wait(30) == 2
    assert len(director.log_text().splitlines()) == 10
    assert not (director.runtime / "control.sock").exists()


def test_only_one_daemon_per_runtime_directory(lab):
    host = lab.host("director", "10.9.0.1/16")
    first = Director(host, GOOD).start()
    before = first.status()["pid"]
    second = Director(host, GOOD, name="second")
    second.runtime = first.runtime
    second.start(ready=False)
    assert second.process.wait(30) == 1
    assert "already running" in second.log_text()
    assert first.status()["pid"] == before


def test_several_daemons_run_side_by_side(lab):
    host = lab.host("director", "10.9.0.1/16")
    first = Director(host, instance("VI_1", 51)).start()
    second = Director(host, instance("VI_2", 52), name="second").start()
    first.wait_state("VI_1", "active")
    second.wait_state("VI_2", "active")


@pytest.mark.parametrize("option, roles", [
    ("--vrrp-only", {"main", "keeper", "vrrp", "net"}),
    ("--checkers-only", {"main", "keeper", "ipvs", "check.0", "check.1"})])
def test_only_what_was_asked_for_runs(lab, option, roles):
    host = lab.host("director", "10.9.0.1/16")
    director = Director(host, "global_defs { check_workers 2 }\n" + GOOD, option).start()
    assert {role["name"] for role in director.status()["roles"]} == roles
    wait(lambda: len(host.pids(PROGRAM)) == len(roles), 5, f"{len(roles)} processes")
    status = director.status()
    assert bool(status["instances"]) == ("vrrp" in roles)
    assert bool(status["services"]) == ("ipvs" in roles)


def test_it_goes_to_the_background_and_writes_its_pid(lab, tmp_path):
    host = lab.host("director", "10.9.0.1/16")
    (tmp_path / "a.conf").write_text(GOOD)
    pids = {name: tmp_path / f"{name}.pid" for name in ("main", "vrrp", "check")}
    begun = host.run(PROGRAM, "-f", tmp_path / "a.conf", "-p", pids["main"], "-r", pids["vrrp"],
                     "-c", pids["check"], "--runtime-dir", tmp_path / "run", "-G")
    assert (begun.stdout, begun.stderr) == ("", "")
    vdctl = [BUILD / "vdctl", "--runtime-dir", tmp_path / "run"]
    wait(lambda: host.run(*vdctl, "status", check=False).returncode == 0, 5, "it answers")
    wait(lambda: all(path.exists() for path in pids.values()), 5, "the pid files are there")
    numbers = {name: int(path.read_text()) for name, path in pids.items()}
    assert set(numbers.values()) < set(host.pids(PROGRAM))
    host.run("kill", "-TERM", str(numbers["main"]))
    wait(lambda: not host.pids(PROGRAM), 10, "it ends")
    assert not any(path.exists() for path in pids.values())


def test_a_lenient_daemon_stays_so_and_logs_one_line_for_each_warning(lab):
    director = Director(lab.host("director", "10.9.0.1/16"),
                        GOOD.replace("advert_int", "wibble 1\n    advert_int"), "--lenient")
    director.start()
    text = f"{director.config}:5:5: warning: unknown keyword 'wibble' in vrrp_instance"
    number = next(number for number, line in enumerate(director.config.read_text().splitlines(),
                                                       start=1) if "wibble" in line)
    text = text.replace(":5:5:", f":{number}:5:")
    assert director.log_text().count(text) == 1
    assert "wibble 1" not in director.log_text(), "the lines of the file are not logged"
    director.write(director.config.read_text() + "rubbish 2\n")
    done = director.vdctl("reload")
    assert text in done.stderr and "warning: unknown keyword 'rubbish'" in done.stderr
    assert "    wibble 1" in done.stderr, "but people see them"
    director.stop()


WITH_SECRETS = """SSL {
 password hush
}
vrrp_instance A {
 interface eth0
 virtual_router_id 1
 authentication {
  auth_type PASS
  auth_pass quiet
 }
 virtual_ipaddress { 10.0.0.1/24 no_track }
 track_interface { eth1 weight 5 reverse }
}
"""


def test_print_config_says_all_and_masks_secrets(tmp_path):
    path, again = tmp_path / "a.conf", tmp_path / "b.conf"
    path.write_text(WITH_SECRETS)
    masked = run("--print-config", "--offline", "-f", path)
    plain = run("--print-config", "--offline", "--secrets", "-f", path)
    assert masked.returncode == plain.returncode == 0
    assert "hush" not in masked.stdout and "quiet" not in masked.stdout
    assert "password hush" in plain.stdout and "auth_pass quiet" in plain.stdout
    assert "eth1 weight 5 reverse" in plain.stdout and "no_track" in plain.stdout
    assert "'SSL' is not supported" in plain.stderr
    again.write_text(plain.stdout)
    assert run("--print-config", "--offline", "--secrets", "-f",
                      again).stdout == plain.stdout


def test_print_config_has_the_exit_status_of_a_check(tmp_path):
    path = tmp_path / "a.conf"
    path.write_text(WITH_SECRETS)
    assert run("--print-config", "--offline", "-W", "-f", path).returncode == 1
    path.write_text("vrrp_instnce A { }\n")
    done = run("--print-config", "--offline", "-f", path)
    assert done.returncode == 2 and done.stdout == ""
    assert run("--print-config", "-f", tmp_path / "none").returncode == 3


@pytest.mark.parametrize("arguments", [["-W"], ["--secrets", "-t"], ["--format", "json", "--print-config"]])
def test_option_without_effect_is_refused_issue_8_31(arguments):
    done = subprocess.run([BUILD / "vdirectord", *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "has an effect only with" in done.stderr


def test_vdctl_version_without_a_daemon_issue_8_31(tmp_path):
    done = subprocess.run([BUILD / "vdctl", "--runtime-dir", tmp_path, "version"], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 3 and re.fullmatch(r"vdctl [\d.]+\n", done.stdout)
