"""The ipvs role dies, or somebody fights it: what is sent to the kernel is only what differs."""

import os
import signal

import pytest

from lab import Director, table, wait, weights

SERVICE, FALLBACK, DEAD = "10.7.0.200:80", "127.0.0.1:80", "10.7.0.9:80"
LOST = {DEAD: 0, FALLBACK: 1}
FIRST = f"""
virtual_server 10.7.0.200 80 {{
    delay_loop 1
    lb_kind DR
    protocol TCP
    sorry_server 127.0.0.1 80
    real_server 10.7.0.9 80 {{
        TCP_CHECK {{ connect_timeout 1 }}
    }}
}}
"""
SECOND = """
virtual_server fwmark 7 {
    lb_kind NAT
    ip_family inet6
    persistence_timeout 60
    real_server fd00::9 80 { weight 3 }
}
"""


@pytest.fixture
def director(lab):
    host = lab.host("director", "10.7.0.1/24")
    director = Director(host, FIRST + SECOND, "-C")
    director.start()
    yield director
    director.stop()


def test_killed_ipvs_adopts_the_table_with_its_local_fallback(director):
    wait(lambda: weights(director.host, "10.7.0.200") == LOST, 15, "the fallback serves")
    before, shown = director.status()["ipvs"], table(director.host)
    since = director.server("10.7.0.9", 80)["since"]
    os.kill(director.role("ipvs")["pid"], signal.SIGKILL)
    director.wait_log(r"ipvs was killed(.*\n)+.* the kernel's table was compared: 2 services, 0 changes made")
    after = director.wait_status(
        lambda status: status["ipvs"]["reconciliations"] > before["reconciliations"], 5,
        "the comparison by the new process")["ipvs"]
    assert after["changes"] == before["changes"]
    assert table(director.host) == shown
    assert director.server("10.7.0.9", 80)["since"] == since


def test_service_taken_out_of_the_file_leaves_the_kernel(director):
    wait(lambda: len([line for line in table(director.host) if line.startswith("-A")]) == 2, 15,
         "both services are there")
    assert "-a -f 7 -6 -r [fd00::9]:80 -m -w 3" in table(director.host)
    director.write(FIRST)
    director.vdctl("reload")
    wait(lambda: not [line for line in table(director.host) if "-f 7" in line], 5,
         "the second service is gone")


def test_changed_scheduler_is_changed_in_place(director):
    wait(lambda: weights(director.host, "10.7.0.200") == LOST, 15, "the fallback serves")
    director.write(FIRST.replace("lb_kind DR", "lb_kind DR\n    lb_algo rr"))
    director.vdctl("reload")
    wait(lambda: f"-A -t {SERVICE} -s rr" in table(director.host), 5, "the scheduler changed")
    assert weights(director.host, "10.7.0.200") == LOST
