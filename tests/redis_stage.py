"""A `RedisSource` of a test's own, and what a test puts into its stream."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

import redis

from sources.event import Event
from sources.log import Entry, EventLog
from sources.redis import RedisSource
from tests.waiting import until

TIMEOUT_S = 10.0
NOTICED_WITHIN_S = 5.0


def event(number: int = 0) -> Event:
    return Event("test", {"number": number}, "2024-01-15T10:30:00Z", "tests")


def document(number: int = 0, **fields: object) -> str:
    return json.dumps({"event_type": "test", "source": "x", "data": {"number": number}, **fields})


def fill(client: redis.Redis, count: int, first: int = 0, stream: str = "events") -> list[str]:
    with client.pipeline(transaction=False) as pipeline:
        for number in range(first, first + count):
            pipeline.xadd(stream, {"event": document(number)})
        added: list[str] = pipeline.execute()
    return added


def fill_and_trim(client: redis.Redis, count: int, kept: int) -> list[str]:
    """Add events and trim, in one transaction: what happens in it no reader can see in between."""
    with client.pipeline(transaction=True) as pipeline:
        for number in range(count):
            pipeline.xadd("events", {"event": document(number)})
        pipeline.xtrim("events", maxlen=kept, approximate=False)
        added: list[str] = pipeline.execute()[:count]
    return added


def numbers(entries: Iterable[Entry]) -> list[int]:
    return [entry.data["number"] for entry in entries]


def ids(entries: Iterable[Entry]) -> list[str]:
    return [str(entry.id) for entry in entries]


async def unreachable(source: RedisSource, says: str = "") -> None:
    """Wait until the source says so, with its reason."""
    await until(
        lambda: source.status.state == "unreachable" and says in source.status.reason,
        NOTICED_WITHIN_S,
    )


async def connected(source: RedisSource) -> None:
    await until(lambda: source.status.state == "connected")


@contextlib.asynccontextmanager
async def running(
    url: str,
    history: int = 1000,
    on_prime: Callable[[Sequence[Entry]], None] | None = None,
    ready: bool = True,
    **options: Any,
) -> AsyncIterator[RedisSource]:
    source = RedisSource(EventLog(history), url, history=history, **options)
    source.on_prime = on_prime
    task = asyncio.create_task(source.run())
    try:
        if ready:
            await asyncio.wait_for(source.ready.wait(), TIMEOUT_S)
            await connected(source)
        yield source
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=TIMEOUT_S)
        assert task.cancelled()
