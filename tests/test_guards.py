import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LEAVES_SOMETHING = """
import asyncio
import logging

kept = []


async def test_task_left_running():
    kept.append(asyncio.create_task(asyncio.Event().wait()))


async def test_task_that_ends_by_itself():
    kept.append(asyncio.create_task(asyncio.sleep(0.01)))


def test_unexpected_error():
    logging.getLogger("dashboard.hub").error("source is gone")


def test_expected_error(error_log):
    error_log.expect("is gone$")

    logging.getLogger("dashboard.hub").error("source is gone")


def test_expected_error_that_never_came(error_log):
    error_log.expect("is gone$")


def test_error_of_a_stranger():
    logging.getLogger("urllib3").error("source is gone")
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of a module that leaves things behind."""
    module = tmp_path_factory.mktemp("guarded") / "test_leaving.py"
    module.write_text(LEAVES_SOMETHING)
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-rA", "--tb=line"]
    # A wide terminal, for pytest cuts the lines of its summary to fit.
    environment = {**os.environ, "COLUMNS": "500"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.fixtures.guards", *options, str(module)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("test", "complaint"),
    [
        ("test_task_left_running", "tasks left running: Event.wait"),
        ("test_unexpected_error", "errors in the log: dashboard.hub: source is gone"),
        ("test_expected_error_that_never_came", "no error was logged that matches 'is gone$'"),
    ],
)
def test_what_a_test_leaves_behind_fails_it(report, test, complaint):
    failed = [line for line in report.splitlines() if line.startswith("ERROR") and test in line]

    assert len(failed) == 1, report
    assert complaint in failed[0]


def test_nothing_else_fails(report):
    closing = report.splitlines()[-1]

    assert "6 passed, 3 errors" in closing
