"""kill -9 of each role in turn, during traffic: no page is lost and no role changes."""

import os
import signal
import time

import pytest

from lab import Classic, Lab, SLOW, wait, weights
from lab.classic import ADDRESS, INSTANCE, NODES, PORT

BOTH = {f"{address}:{PORT}": 1 for address in NODES.values()}


@pytest.fixture(scope="module")
def serving():
    """The pair with director1 Active, and a client that asks all the time."""
    with Lab() as lab:
        classic = Classic(lab)
        for director in classic.directors.values():
            director.start()
        one = classic.directors["director1"]
        one.wait_state(INSTANCE, "active", 15)
        wait(lambda: weights(one.host) == BOTH, 10, "both nodes serve")
        classic.stream = classic.requester(0.05, 2.0).start()
        wait(lambda: sum(answer.ok for answer in classic.stream.answers) > 5, 10, "first pages")
        yield classic


@pytest.mark.parametrize("role", ["vrrp", "ipvs", "check", "main", "keeper"])
def test_killed_role_returns_and_no_page_is_lost(serving, role):
    one, two = serving.directors.values()
    roles = one.status()["roles"]
    before = next(entry for entry in roles if entry["name"].startswith(role))
    since = [director.instance(INSTANCE)["since"] for director in (one, two)]
    begin = time.monotonic()
    os.kill(before["pid"], signal.SIGKILL)

    def back(status):
        entry = next(entry for entry in status["roles"] if entry["name"] == before["name"])
        return entry["pid"] != before["pid"] and entry["state"] == "running"
    status = one.wait_status(back, 1.0, f"{before['name']} is back")
    entry = next(entry for entry in status["roles"] if entry["name"] == before["name"])
    assert entry["restarts"] == before["restarts"] + 1

    time.sleep(4)  # longer than the peer's down interval
    answers = serving.stream.since(begin, time.monotonic() - 2.0)
    assert len(answers) > 10 / SLOW
    assert [answer for answer in answers if not answer.ok] == []
    assert {answer.body for answer in answers} == set(NODES), "the fallback served"
    assert [director.instance(INSTANCE)["since"] for director in (one, two)] == since
    assert [director.state(INSTANCE) for director in (one, two)] == ["active", "backup"]
    assert one.host.has(ADDRESS)
    assert weights(one.host) == BOTH
