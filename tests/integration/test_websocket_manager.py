"""The documented snippet, in the dashboard's own process and in an agent's."""

import asyncio
import enum
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from sources.event import Event
from sources.log import EventLog
from sources.memory import MemorySource
from sources.websocket_manager import (
    EventMessage,
    InvalidEvent,
    forget_source,
    get_websocket_manager,
    use_source,
)

ROOT = Path(__file__).parents[2]

AGENT = """
import asyncio
from datetime import datetime, timezone

from sources.websocket_manager import EventMessage, get_websocket_manager


async def report(number):
    event = EventMessage(event_type="custom_event", data={"number": number},
                         timestamp=datetime.now(timezone.utc), source="my_agent", priority="high")
    return await get_websocket_manager().broadcast_event(event)


print(asyncio.run(report(1)))
print(asyncio.run(report(2)))
"""


def run_agent(
    program: str, folder: Path, *options: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    return subprocess.run(
        [sys.executable, *options, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
async def source():
    made = MemorySource(EventLog())
    use_source(made, asyncio.get_running_loop())
    yield made
    forget_source(made)


async def broadcast(**fields) -> str:
    message = EventMessage(**{"event_type": "test", "source": "tests", **fields})
    return await get_websocket_manager().broadcast_event(message)


async def test_event_of_the_same_process_enters_its_source(source):
    id = await broadcast(data={"key": "value"}, priority="high")

    (entry,) = source.log.newest(10)
    assert (str(entry.id), entry.priority, entry.data) == (id, "high", {"key": "value"})


async def test_fields_may_be_given_in_the_documented_order(source):
    moment = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)

    message = EventMessage("custom_event", {"key": 1}, moment, "my_agent", "low")
    await get_websocket_manager().broadcast_event(message)

    assert json.loads(source.log.newest(1)[0].json) == {
        "event_type": "custom_event",
        "data": {"key": 1},
        "timestamp": "2024-01-15T10:30:00Z",
        "source": "my_agent",
        "priority": "low",
    }


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (datetime(2024, 1, 15, 10, 30), "2024-01-15T10:30:00Z"),
        (
            datetime(2024, 1, 15, 12, 30, tzinfo=timezone(timedelta(hours=2))),
            "2024-01-15T10:30:00Z",
        ),
        ("2024-01-15T12:30:00+02:00", "2024-01-15T10:30:00Z"),
    ],
)
async def test_timestamp_may_be_a_datetime_or_text(source, given, written):
    await broadcast(timestamp=given)

    assert json.loads(source.log.newest(1)[0].json)["timestamp"] == written


async def test_event_without_timestamp_and_data_takes_the_present_time(source):
    before = datetime.now(UTC)

    await broadcast()

    event = json.loads(source.log.newest(1)[0].json)
    assert before <= datetime.fromisoformat(event["timestamp"]) <= datetime.now(UTC)
    assert (event["data"], event["priority"]) == ({}, "normal")


async def test_plain_event_is_taken_too(source):
    event = Event("test", {"key": 1}, "2024-01-15T10:30:00Z", "tests")

    await get_websocket_manager().broadcast_event(event)

    assert source.log.newest(1)[0].data == {"key": 1}


async def test_values_that_only_look_like_json_are_copied(source):
    class Level(enum.IntEnum):
        HIGH = 3

    await broadcast(data={"pair": (1, 2), "level": Level.HIGH, "load": np.float64(0.5)})

    assert source.log.newest(1)[0].data == {"pair": [1, 2], "level": 3, "load": 0.5}


CIRCULAR: list = []
CIRCULAR += [CIRCULAR, CIRCULAR]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data": {"rate": float("nan")}}, r"data\.rate is nan, which JSON has no form for"),
        ({"data": {"rates": [1.0, float("inf")]}}, r"data\.rates\[1\] is inf"),
        ({"data": {"tags": {"a"}}}, r"data\.tags is a set"),
        ({"data": {"at": datetime(2024, 1, 15)}}, r"data\.at is a datetime"),
        ({"data": {"raw": b"x"}}, r"data\.raw is a bytes"),
        ({"data": {1: "x"}}, r"data has the key 1, a int; keys are text"),
        ({"data": {"text": "\ud800"}}, r"data\.text holds half a character"),
        ({"data": {"loop": CIRCULAR}}, r"is nested deeper than 32 levels"),
        ({"data": [1]}, "data is a JSON object, not an array"),
        ({"timestamp": date(2024, 1, 15)}, "timestamp is a date"),
        ({"timestamp": "yesterday"}, "'yesterday' is not an RFC 3339 time"),
        ({"timestamp": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))}, "years 1 to"),
        ({"priority": "urgent"}, "priority 'urgent' is not one of low, normal, high, critical"),
        ({"source": None}, "source is missing"),
        ({"event_type": "two words"}, "event_type 'two words' is not allowed"),
        ({"event_type": "connection", "source": "dashboard"}, "the server's own word"),
        ({"data": {"text": "x" * 70_000}}, "65,536 allowed"),
    ],
)
async def test_invalid_event_is_refused_by_name(source, fields, message):
    with pytest.raises(InvalidEvent, match=message):
        await broadcast(**fields)

    assert len(source.log) == 0


async def test_event_from_another_thread_enters_on_the_loop_of_the_source(source):
    ids: list[str] = []
    thread = threading.Thread(target=lambda: ids.append(asyncio.run(broadcast())))

    thread.start()
    await asyncio.to_thread(thread.join, 10)

    assert [str(entry.id) for entry in source.log.newest(10)] == ids


async def test_source_that_was_replaced_is_not_forgotten_with_the_old_one(source):
    replacement = MemorySource(EventLog())
    use_source(replacement, asyncio.get_running_loop())

    forget_source(source)
    await broadcast()

    assert (len(source.log), len(replacement.log)) == (0, 1)
    forget_source(replacement)


def test_agent_in_another_process_publishes_to_redis(redis_server, tmp_path):
    done = run_agent(AGENT, tmp_path, "-W", "error", REDIS_URL=redis_server.url)

    assert done.stderr == ""
    entries = redis_server.client().xrange("events")
    assert [id for id, _ in entries] == done.stdout.split()
    events = [json.loads(fields["event"]) for _, fields in entries]
    assert [event["data"] for event in events] == [{"number": 1}, {"number": 2}]
    assert {event["source"] for event in events} == {"my_agent"}


def test_agent_finds_redis_and_stream_in_a_dotenv_file(redis_server, tmp_path):
    tmp_path.joinpath(".env").write_text(f"REDIS_URL={redis_server.url}\nEVENT_STREAM=other\n")

    done = run_agent(AGENT, tmp_path)

    assert done.stderr == ""
    assert redis_server.client().xlen("other") == 2


def test_agent_without_redis_is_told_what_to_do(tmp_path, free_port):
    done = run_agent(AGENT, tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port}/0")

    last = done.stderr.splitlines()[-1]
    assert last.startswith("sources.base.SourceUnreachable: Redis at 127.0.0.1:")
    assert "refuses connections: start it, or correct REDIS_URL. Nothing was published" in last


def test_agent_without_redis_url_is_told_in_one_sentence(tmp_path):
    done = run_agent(AGENT, tmp_path)

    last = done.stderr.splitlines()[-1]
    assert last.startswith("sources.websocket_manager.NoRedisUrl: REDIS_URL is not set: ")


def test_address_that_is_none_is_refused_without_its_password(tmp_path):
    done = run_agent(AGENT, tmp_path, REDIS_URL="http://user:secret@example.org")

    assert "InvalidRedisUrl: '***@example.org' is not the address" in done.stderr
    assert "secret" not in done.stderr.splitlines()[-1]


def test_importing_it_is_cheap(tmp_path):
    program = """
import sys
import sources.websocket_manager
print(*sorted({"panel", "bokeh", "tornado", "pandas", "numpy", "redis"} & set(sys.modules)))
"""

    done = run_agent(program, tmp_path)

    assert (done.stdout.strip(), done.stderr) == ("", "")
