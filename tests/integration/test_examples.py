"""Runs what the documents show, against a real server (and a real Redis), as it stands there."""

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.documents import ADDRESS, API, README, ROOT, Example, block, examples
from tests.waiting import until

TIMEOUT_S = 20
STREAM_S = 1
"""How long a stream is read, which would not end by itself."""
CURL_CUT_IT_OFF = 28


class Ran(NamedTuple):
    code: int | None
    output: str
    error: str


class Folder:
    """An empty working directory; what is run in it finds the project and the given server."""

    def __init__(self, path: Path, server: Any) -> None:
        self.path = path
        self.address = server.server.url.removeprefix("http://")
        # The status of each answer on standard error, and nothing else there.
        settings = f'silent\nwrite-out = "%{{stderr}}%{{http_code}}\\n"\nmax-time = {STREAM_S}\n'
        (path / ".curlrc").write_text(settings)
        self.environment = os.environ | {"CURL_HOME": str(path), "PYTHONPATH": str(ROOT)}

    async def run(self, *command: str, **settings: str) -> Ran:
        async with self.running(*command, **settings) as process:
            output, error = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
        return Ran(process.returncode, output.decode(), error.decode())

    async def sh(self, command: str) -> Ran:
        return await self.run("bash", "-c", self.here(command))

    def write(self, name: str, text: str) -> str:
        (self.path / name).write_text(self.here(text))
        return name

    def here(self, text: str) -> str:
        return text.replace(ADDRESS, self.address)

    @asynccontextmanager
    async def running(
        self, *command: str, **settings: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.path,
            env=self.environment | settings,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest.fixture
def folder(tmp_path, server) -> Folder:
    return Folder(tmp_path, server)


def shape(value: Any, key: str = "") -> Any:
    """Return what an answer has in common with every other of its kind: its keys and types."""
    match value:
        case dict():
            return {name: shape(child, name) for name, child in value.items()}
        case list():
            return [shape(child) for child in value]
        case bool() | str():
            return type(value).__name__
        case int() | float():
            return "number"
    return None


def fits(documented: Any, actual: Any) -> bool:
    """Compare two shapes; a figure may be null while there is nothing to measure."""
    if isinstance(documented, dict) and isinstance(actual, dict):
        same = documented.keys() == actual.keys()
        return same and all(fits(documented[key], actual[key]) for key in documented)
    if isinstance(documented, list) and isinstance(actual, list):
        return len(documented) == len(actual) and all(map(fits, documented, actual))
    return documented == actual or actual is None


def without_what_passes(value: Any) -> Any:
    """Return an answer without its ids and times, which differ from run to run."""
    return shape(value) | {"detail": value["detail"]} if "detail" in value else shape(value)


def first_words(text: str) -> list[str]:
    """Return how each line begins, up to where a number, an id or a document stands."""
    return [re.split(r"[:\d]", line)[0].strip() for line in text.strip().splitlines()]


async def run_in_order(folder: Folder) -> AsyncIterator[tuple[Example, Ran]]:
    for example in examples():
        yield example, await folder.sh(example.command)


async def test_examples_of_the_api_answer_as_they_are_said_to(folder):
    count = 0
    async for example, ran in run_in_order(folder):
        count += 1
        stream = "curl -N" in example.command

        assert ran.code in ((0, CURL_CUT_IT_OFF) if stream else (0,)), (example.command, ran)
        assert ran.error.split() == [example.status], (example.command, ran)
        if example.language == "json":
            documented, actual = json.loads(example.answer), json.loads(ran.output)
            assert fits(without_what_passes(documented), without_what_passes(actual)), (
                example.command,
                ran.output,
            )
        else:
            printed = first_words(ran.output)
            documented = first_words(example.answer)
            assert printed[: len(documented)] == documented, (example.command, ran.output)

    assert count == API.read_text().count("Answers `")


async def test_reader_of_the_api_finds_on_its_return_what_came_meanwhile(folder):
    script = folder.write("resume.py", block(API, "python", "# resume.py"))

    ran = await folder.run(sys.executable, script)

    assert (ran.code, ran.error) == (0, "")
    assert ran.output.splitlines()[-1] == "[2, 3]"


async def test_reader_of_the_readme_prints_what_is_published(folder, server):
    script = folder.write("reader.py", block(README, "python", "# reader.py"))

    async with folder.running(sys.executable, script) as reader:
        await until(lambda: len(server.hub.connections) == 1)
        await server.publish("low one", priority="low")
        (id,) = await server.publish("high one", priority="high")
        assert reader.stdout is not None
        line = await asyncio.wait_for(reader.stdout.readline(), TIMEOUT_S)

    assert line.startswith(f"{id} test tester".encode())
    assert b"high one" in line


async def test_commands_of_the_readme_publish(folder, server):
    published = await folder.sh(block(README, "sh", "-X POST"))
    trial = next(line for line in README.read_text().splitlines() if "publish-event" in line)
    tried = await folder.sh(trial.split("`")[1])
    stream = await folder.sh(f"{block(README, 'sh', 'curl -N').strip()}'&after=0-0'")

    assert (published.code, published.error) == (0, "202\n")
    assert (tried.code, tried.error) == (0, "200\n")
    assert stream.error == "200\n"
    assert [entry.source for entry in server.hub.log.newest(9)] == ["billing", "dashboard"]


async def test_filter_of_the_readme_filters(folder, start_server, monkeypatch):
    code = block(README, "python", "# billing_filter.py")
    setting = block(README, "sh", "FILTER_CLASS=").split()[0].partition("=")[2]
    folder.write("billing_filter.py", code)
    monkeypatch.syspath_prepend(str(folder.path))
    own = await start_server(filter_class=setting)
    for data in ({"tenant": "acme", "amount": 250}, {"tenant": "acme", "amount": 5}, {"amount": 9}):
        await own.http.post("/api/events", json={"event_type": "x", "source": "y", "data": data})

    folder.address = own.server.url.removeprefix("http://")
    found = await folder.sh(block(README, "sh", "tenant=acme"))

    assert [event["data"]["amount"] for event in json.loads(found.output)] == [250]


async def test_agents_of_the_readme_reach_the_page_through_redis(
    tmp_path, redis_server, start_on_redis
):
    server = await start_on_redis()
    folder = Folder(tmp_path, server)
    script = folder.write("agent.py", block(README, "python", "# agent.py"))
    by_redis = block(README, "sh", "XADD") + block(README, "sh", "redis-cli PUBLISH")
    await until(lambda: getattr(server.hub.source, "bridge_state", "") == "held here")

    agent = await folder.run(sys.executable, script, REDIS_URL=redis_server.url)
    with redis_server.client() as client:
        for line in by_redis.splitlines():
            program, *words = shlex.split(line)
            assert program == "redis-cli"
            client.execute_command(*words)
    await until(lambda: len(server.hub.log) == 4)

    assert (agent.code, agent.error) == (0, "")
    first, *rest = server.hub.log.newest(4)
    assert str(first.id) == agent.output.strip()
    assert sorted(map(kind, rest)) == [
        ("agent_error", "billing", "high"),
        ("agent_request", "orchestrator", "high"),
        ("agent_request", "orchestrator", "normal"),
    ]
    assert server.hub.source.rejected_total == 0


def kind(entry: Any) -> tuple[str, str, str]:
    return entry.event_type, entry.source, entry.priority


def test_a_missing_key_does_not_fit() -> None:
    documented = {"a": 1, "b": [{"c": "d"}]}

    assert fits(shape(documented), shape({"a": None, "b": [{"c": "x"}]}))
    assert not fits(shape(documented), shape({"a": 1}))
    assert not fits(shape(documented), shape({"a": 1, "b": [], "c": 1}))
