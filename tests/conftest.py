from collections.abc import Generator

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.guards",
    "tests.fixtures.redis",
    "tests.fixtures.server",
    "tests.fixtures.settings",
]

# How long one example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write what cannot be UTF-8 as an escape: a report goes from one process to another."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode())
        for title, text in report.sections
    ]
    return report
