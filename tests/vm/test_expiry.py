"""The sysctls for connections to servers that are out of use: set when needed, never reset."""

import pytest

from lab import Director, wait, weights

FOLDER = "/proc/sys/net/ipv4/vs"
CONNECTIONS, TEMPLATES = "expire_nodest_conn", "expire_quiescent_template"
DEAD = "10.7.0.9:80"
PASS = 12  # seconds: everything is compared every 10


def config(*lines):
    return "\n".join(("virtual_server 10.7.0.200 80 {", "delay_loop 1", "lb_kind DR",
                      "protocol TCP", *lines,
                      "real_server 10.7.0.9 80 {", "TCP_CHECK { connect_timeout 1 }", "}", "}\n"))


PLAIN, EXPIRE, PERSISTENT = config(), config("on_failure expire"), config("persistence_timeout 60")


class ReadOnlySysctls(Director):
    """As in a container."""

    def command(self):
        return ["unshare", "--mount", "sh", "-c",
                'mount -o bind,ro /proc/sys /proc/sys && exec "$@"', "sh", *super().command()]


def value(host, name):
    return int(host.run("cat", f"{FOLDER}/{name}").stdout)


def reload(director, text):
    director.write(text)
    director.vdctl("reload")


@pytest.fixture
def director(lab):
    director = Director(lab.host("director", "10.7.0.1/24"), PLAIN, "-C").start()
    director.wait_status(lambda status: status["ipvs"] and status["ipvs"]["reconciliations"], 10,
                         "a comparison")
    yield director
    director.stop()


def test_each_is_set_when_a_configuration_needs_it_and_stays(director):
    host = director.host
    assert (value(host, CONNECTIONS), value(host, TEMPLATES)) == (0, 0)
    reload(director, EXPIRE)
    wait(lambda: value(host, CONNECTIONS) == 1, 5, "connections expire")
    wait(lambda: weights(host, "10.7.0.200") == {}, 10, "the dead server is removed")
    assert value(host, TEMPLATES) == 0
    reload(director, PERSISTENT)
    wait(lambda: value(host, TEMPLATES) == 1, 5, "templates expire")
    wait(lambda: weights(host, "10.7.0.200") == {DEAD: 0}, 10, "the dead server is quiesced")
    reload(director, PLAIN)
    director.stop()
    assert (value(host, CONNECTIONS), value(host, TEMPLATES)) == (1, 1)


def test_what_somebody_resets_is_set_again(director):
    host = director.host
    reload(director, EXPIRE)
    wait(lambda: value(host, CONNECTIONS) == 1, 5, "connections expire")
    host.run("sh", "-c", f"echo 0 > {FOLDER}/{CONNECTIONS}")
    wait(lambda: value(host, CONNECTIONS) == 1, PASS, "they do again")


def test_another_namespace_is_left_alone(director, lab):
    other = lab.host("other", "10.8.0.1/24")
    reload(director, EXPIRE)
    wait(lambda: value(director.host, CONNECTIONS) == 1, 5, "connections expire")
    assert value(other, CONNECTIONS) == 0


def test_failure_is_named_in_status_and_log(lab):
    director = ReadOnlySysctls(lab.host("director", "10.7.0.1/24"), EXPIRE, "-C").start()
    kernel = director.wait_status(lambda status: status["ipvs"]["text"], 10, "a text")["ipvs"]
    assert kernel["available"] and f"net.ipv4.vs.{CONNECTIONS} cannot be set" in kernel["text"]
    assert f"\nIPVS: {kernel['text']}\n" in director.vdctl("status").stdout
    director.wait_log(rf"warning ipvs: IPVS: sysctl net\.ipv4\.vs\.{CONNECTIONS}")
    assert value(director.host, CONNECTIONS) == 0
    director.stop()
