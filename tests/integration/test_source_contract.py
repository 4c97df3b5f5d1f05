"""What every event source does, shown for each of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sources.base import EventSource, KeyReused, Publish
from sources.event import Event
from sources.ids import BEGINNING, EventId
from sources.log import EventLog
from sources.memory import MemorySource
from sources.redis import RedisSource
from tests.fixtures.redis import RedisServer

HISTORY = 1000


def event(number: int = 0) -> Event:
    return Event("test", {"number": number}, "2024-01-15T10:30:00Z", "tests")


def numbers(entries) -> list[int]:
    return [entry.data["number"] for entry in entries]


async def seen(source: EventSource, id: EventId) -> None:
    """Wait until ``id`` has entered the log."""
    async with asyncio.timeout(5):
        arrived = asyncio.Event()
        stop = source.log.listen(lambda _: arrived.set())
        while (source.log.last_id or BEGINNING) < id:
            await arrived.wait()
            arrived.clear()
        stop()


@pytest.fixture(params=["memory", "redis"])
async def source(request: pytest.FixtureRequest) -> AsyncIterator[EventSource]:
    if request.param == "memory":
        made: EventSource = MemorySource(EventLog(HISTORY))
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        made = RedisSource(EventLog(HISTORY), server.url, history=HISTORY)
    running = asyncio.create_task(made.run())
    await asyncio.wait_for(made.ready.wait(), 5)
    yield made
    running.cancel()
    await asyncio.wait([running])


async def test_ready_source_is_connected(source):
    assert source.status.state == "connected"
    assert await source.ping()


async def test_published_events_enter_the_log_under_their_ids_in_order(source):
    ids = await source.publish([event(number) for number in range(5)])

    await seen(source, ids[-1])
    assert [entry.id for entry in source.log.newest(5)] == ids == sorted(set(ids))
    assert numbers(source.log.newest(5)) == [0, 1, 2, 3, 4]


async def test_publishing_nothing_gives_no_ids(source):
    assert await source.publish([]) == []


async def test_ids_rise_over_publishers_at_the_same_time(source):
    published = await asyncio.gather(*(source.publish([event(), event()]) for _ in range(20)))

    ids = sorted(id for pair in published for id in pair)
    await seen(source, ids[-1])
    assert len(set(ids)) == 40
    assert [entry.id for entry in source.log.newest(40)] == ids
    assert all(first < second for first, second in published)


async def test_same_key_publishes_once_and_gives_the_same_ids(source):
    first = await source.publish([event(1), event(2)], Publish("key", "digest"))
    again = await source.publish([event(1), event(2)], Publish("key", "digest"))
    last = await source.publish([event(3)])

    await seen(source, last[0])
    assert again == first
    assert numbers(source.log.newest(10)) == [1, 2, 3]


async def test_key_with_another_digest_is_refused(source):
    await source.publish([event(1)], Publish("key", "digest"))

    with pytest.raises(KeyReused):
        await source.publish([event(2)], Publish("key", "another"))


async def test_read_gives_the_oldest_after_an_id(source):
    ids = await source.publish([event(number) for number in range(10)])
    await seen(source, ids[-1])

    batch = await source.read(ids[3], 3)

    assert numbers(batch.entries) == [4, 5, 6]
    assert (batch.position, batch.missed) == (ids[6], 0)


async def test_read_from_the_beginning_misses_nothing_where_all_is_retained(source):
    ids = await source.publish([event(number) for number in range(3)])
    await seen(source, ids[-1])

    batch = await source.read(BEGINNING, 10)

    assert (numbers(batch.entries), batch.missed) == ([0, 1, 2], 0)


async def test_read_after_the_newest_gives_nothing(source):
    ids = await source.publish([event()])
    await seen(source, ids[-1])

    batch = await source.read(ids[-1], 10)

    assert (batch.entries, batch.position, batch.missed) == ([], ids[-1], 0)


@pytest.mark.parametrize("after", [EventId(1, 0), EventId(2**64 - 1, 2**64 - 1)])
async def test_id_of_another_log_gives_all_that_is_retained_and_an_unknown_gap(source, after):
    ids = await source.publish([event(number) for number in range(3)])
    await seen(source, ids[-1])

    batch = await source.read(after, 10)

    assert (numbers(batch.entries), batch.missed) == ([0, 1, 2], None)


async def test_before_gives_the_newest_older_events_oldest_first(source):
    ids = await source.publish([event(number) for number in range(10)])
    await seen(source, ids[-1])

    assert numbers(await source.before(ids[8], 3)) == [5, 6, 7]
    assert numbers(await source.before(ids[2], 10)) == [0, 1]
    assert numbers(await source.before(EventId(2**64 - 1, 2**64 - 1), 2)) == [8, 9]
    assert list(await source.before(BEGINNING, 10)) == []


async def test_nothing_is_rejected_at_first(source):
    assert list(await source.rejected(10)) == []
    assert source.rejected_total == 0
