"""Issue 8.14: what the daemon may do is looked at when it is started, not by a worker that dies."""

import os
import re
import shutil

import pytest

from lab import Director, wait
from lab.config import instance, service

VIP = "10.9.71.1"
AMBIENT = "+net_admin,+net_raw"
CHANGE_OF_USER = "check needs CAP_SETGID and CAP_SETUID"


def setpriv(director, *arguments):
    return director.host.run("timeout", "10", "setpriv", *arguments, *director.command(), check=False)


@pytest.mark.parametrize("bounding,options,missing", [
    ("-all", [], {"vrrp needs CAP_NET_RAW", "net needs CAP_NET_ADMIN and CAP_NET_RAW",
                  "ipvs needs CAP_NET_ADMIN", CHANGE_OF_USER}),
    ("-all,+net_admin,+net_raw", [], {CHANGE_OF_USER}),  # what a container may give
    ("-setuid", ["--checkers-only"], {"check needs CAP_SETUID"}),
    ("-net_raw", [], {"vrrp needs CAP_NET_RAW", "net needs CAP_NET_RAW"}),
    ("-net_admin", ["--checkers-only"], {"ipvs needs CAP_NET_ADMIN"}),
    ("-all,+net_admin", ["--vrrp-only"], {"vrrp needs CAP_NET_RAW", "net needs CAP_NET_RAW"}),
])
def test_missing_capability_is_named_issue_8_14(lab, bounding, options, missing):
    one = Director(lab.host("one", "10.9.0.1/16"), instance("web", 71) + service(80, "10.9.0.9 80"),
                   *options)
    done = setpriv(one, "--bounding-set", bounding)
    said = {line.partition("not permitted: ")[2] for line in done.stderr.splitlines()
            if "not permitted: " in line}
    assert (done.returncode, said) == (1, missing)
    assert not one.runtime.exists(), "nothing was begun"


def test_a_user_namespace_without_that_user_issue_8_14(lab):
    """Root there has every capability, and is nobody who can become somebody else."""
    one = Director(lab.host("one", "10.9.0.1/16"), service(80, "10.9.0.9 80"))
    done = one.host.run("timeout", "10", "unshare", "--user", "--map-root-user", *one.command(),
                        check=False)
    assert done.returncode == 1
    assert re.search(r"not permitted: check needs to become user \d+$", done.stderr, re.MULTILINE)
    assert not one.runtime.exists(), "nothing was begun"


def test_another_user_with_ambient_capabilities_issue_8_14(lab):
    host = lab.host("one", "10.9.0.1/16")
    script = host.directory / "notify"
    script.write_text("#!/bin/sh\ngrep -E '^(Uid|Cap(Eff|Prm|Amb)):' /proc/self/status"
                      f" > {host.directory}/notify.out.new\n"
                      f"mv {host.directory}/notify.out.new {host.directory}/notify.out\n")
    script.chmod(0o755)
    one = Director(host, instance("web", 71, more=f"notify_master {script}")
                   + service(8001, "10.9.0.9 8001"))
    one.runtime.mkdir()
    for path in (one.runtime, host.directory):
        shutil.chown(path, "nobody")
    os.chmod(lab.directory, 0o755)
    plain = one.command
    one.command = lambda: ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups",
                           "--inh-caps", AMBIENT, "--ambient-caps", AMBIENT, *plain()]
    one.start()
    one.wait_state("web", "active")
    assert host.has(VIP)
    said = wait(lambda: (host.directory / "notify.out").exists()
                and (host.directory / "notify.out").read_text(), 5, "its script has run")
    words = dict(line.split(None, 1) for line in said.splitlines())
    assert words["Uid:"].split()[0] != "0"
    assert all(int(words[name], 16) == 0 for name in ("CapEff:", "CapPrm:", "CapAmb:"))
    assert all(role["restarts"] == 0 for role in one.status()["roles"])
    assert one.stop() == 0
    assert not host.has(VIP)
