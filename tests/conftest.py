"""Fixtures for all suites that run processes: a lab per test, its logs with each failure."""

import pytest

from lab import Lab


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            made = value if isinstance(value, Lab) else getattr(value, "lab", None)
            if isinstance(made, Lab):
                report.sections.append(("Logs of the lab", made.logs()))
                break


@pytest.fixture
def lab():
    with Lab() as made:
        yield made
