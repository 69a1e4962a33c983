"""The kernel's table is what the configuration and the probes say, and nothing else is touched.

One director of the classic set-up with its two nodes serves for all tests of this file; each test
leaves it as it found it: both nodes up, the director running, nobody else's services.
"""

import pytest

from lab import Classic, Lab, table, wait, weights
from lab.classic import ADDRESS, NODES, PORT, director_config

NODE1, NODE2 = (f"{address}:{PORT}" for address in NODES.values())
FALLBACK = f"127.0.0.1:{PORT}"
BOTH = {NODE1: 1, NODE2: 1}
SERVICE = f"{ADDRESS}:{PORT}"
RECONCILED = 12  # seconds: the table is compared every 10


@pytest.fixture(scope="module")
def classic():
    with Lab() as lab:
        made = Classic(lab)
        made.directors["director1"].start()
        yield made


@pytest.fixture
def director(classic):
    director = classic.directors["director1"]
    wait(lambda: weights(director.host) == BOTH, 10, "both nodes serve")
    yield director
    director.write(director_config("director1"))
    if director.running():
        director.reload()
    else:
        director.start()
    for node in classic.nodes.values():
        if not node.running():
            node.start()
    director.host.run("ipvsadm", "-D", "-t", "10.9.9.9:99", check=False)


def compared(status):
    return status["ipvs"] is not None and status["ipvs"]["reconciliations"] > 0


def expect(director, wanted, timeout=5):
    wait(lambda: weights(director.host) == wanted, timeout, f"the table shows {wanted}")


def test_table_is_what_the_configuration_says(director):
    assert table(director.host) == [
        f"-A -t {SERVICE} -s wlc",
        f"-a -t {SERVICE} -r {NODE1} -g -w 1",
        f"-a -t {SERVICE} -r {NODE2} -g -w 1",
    ]
    service = director.service(ADDRESS, PORT)
    assert (service["scheduler"], service["method"]) == ("wlc", "DR")
    assert all(server["weight"] == {"configured": 1, "desired": 1, "kernel": 1}
               for server in service["servers"] if server["role"] == "real")


def test_failed_server_gets_weight_zero_and_returns(classic, director):
    classic.nodes["node1"].stop()
    expect(director, {NODE1: 0, NODE2: 1})
    server = director.server(NODES["node1"], PORT)
    assert server["state"] == "down" and server["weight"]["kernel"] == 0
    assert server["last_check"]["phase"] == "connect"
    classic.nodes["node1"].start()
    expect(director, BOTH)


def test_fallback_serves_while_no_server_does(classic, director):
    for node in classic.nodes.values():
        node.stop()
    expect(director, {NODE1: 0, NODE2: 0, FALLBACK: 1})
    assert director.service(ADDRESS, PORT)["fallback_active"]
    classic.nodes["node2"].start()
    expect(director, {NODE1: 0, NODE2: 1})
    assert not director.service(ADDRESS, PORT)["fallback_active"]
    classic.nodes["node1"].start()
    expect(director, BOTH)


def test_failed_server_is_removed_where_the_file_says_so(classic, director):
    director.write(director.config.read_text().replace("on_failure quiesce", "on_failure remove"))
    director.vdctl("reload")
    classic.nodes["node1"].stop()
    expect(director, {NODE2: 1})
    classic.nodes["node1"].start()
    expect(director, BOTH)


def test_lost_table_is_filled_again(director):
    director.host.run("ipvsadm", "-C")
    expect(director, BOTH, RECONCILED)


def test_change_by_another_hand_is_put_right(director):
    director.host.run("ipvsadm", "-e", "-t", SERVICE, "-r", NODE1, "-g", "-w", "7")
    director.host.run("ipvsadm", "-d", "-t", SERVICE, "-r", NODE2)
    director.host.run("ipvsadm", "-a", "-t", SERVICE, "-r", "192.168.56.99:80", "-g")
    expect(director, BOTH, RECONCILED)


def test_service_of_another_is_left_alone(classic, director):
    director.host.run("ipvsadm", "-A", "-t", "10.9.9.9:99", "-s", "rr")
    director.host.run("ipvsadm", "-a", "-t", "10.9.9.9:99", "-r", "10.9.9.8:99", "-m", "-w", "3")
    foreign = [line for line in table(director.host) if "10.9.9.9:99" in line]
    classic.nodes["node1"].stop()
    expect(director, {NODE1: 0, NODE2: 1})
    classic.nodes["node1"].start()
    expect(director, BOTH)
    director.stop()
    assert table(director.host) == foreign
    director.start()
    expect(director, BOTH)
    assert [line for line in table(director.host) if "10.9.9.9:99" in line] == foreign


def test_stop_removes_own_services(director):
    assert director.stop() == 0
    assert table(director.host) == []


def test_stop_with_option_keeps_services_and_the_next_start_adopts_them(classic, director):
    director.stop()
    director.arguments = ("-I",)
    director.start()
    expect(director, BOTH)
    kept = table(director.host)
    director.stop()
    assert table(director.host) == kept
    director.arguments = ()
    director.start()
    status = director.wait_status(compared, 10, "the first comparison with the kernel")
    assert status["ipvs"]["changes"] == 0
    assert table(director.host) == kept
