"""What a Redis source has at its start, and what enters it then."""

import asyncio
import functools
import json
import time

from sources.ids import EventId
from sources.log import Entry
from tests.redis_stage import document, event, fill, ids, numbers, running
from tests.waiting import until


async def test_newest_events_enter_the_log_and_older_ones_are_handed_on_in_order(
    redis_server, redis
):
    added = fill(redis, 2300)
    primed: list[Entry] = []

    async with running(redis_server.url, history=700, on_prime=primed.extend) as source:
        assert ids(source.log.newest(1000)) == added[1600:]
        assert ids(primed) == added[:1600]
        assert source.log.total == 700


async def test_history_is_full_although_invalid_entries_lie_among_it(redis_server, redis):
    for number in range(30):
        redis.xadd("events", {"event": document(number)})
        redis.xadd("events", {"event": "no JSON"})

    async with running(redis_server.url, history=20) as source:
        assert numbers(source.log.newest(100)) == list(range(10, 30))
        assert source.rejected_total == 30
        assert redis.xlen("events:rejected") == 30


async def test_of_a_stream_that_others_let_grow_only_about_maxlen_is_looked_at(redis_server, redis):
    added = fill(redis, 5000)
    primed: list[Entry] = []

    async with running(redis_server.url, 100, primed.extend, maxlen=2000) as source:
        assert ids([*primed, *source.log.newest(100)])[-2000:] == added[-2000:]
        assert len(primed) < 2500


async def test_events_enter_the_log_as_they_are_added_in_either_form(redis_server, redis):
    async with running(redis_server.url) as source:
        first = redis.xadd("events", {"event": document(1, timestamp="2024-01-15T10:30:00Z")})
        second = redis.xadd(
            "events",
            {
                "event_type": "agent_request",
                "source": "orchestrator",
                "priority": "high",
                "timestamp": "2024-01-15T12:30:00+02:00",
                "data": '{"number": 2}',
            },
        )
        third = redis.xadd("events", {"event_type": "test", "source": "x"}, id="1705314600000000-0")
        await until(lambda: len(source.log) == 3)

        assert ids(source.log.newest(3)) == [first, second, third]
        one, two, three = (json.loads(entry.json) for entry in source.log.newest(3))
        assert one["timestamp"] == "2024-01-15T10:30:00Z"
        assert two == {
            "event_type": "agent_request",
            "data": {"number": 2},
            "timestamp": "2024-01-15T10:30:00Z",
            "source": "orchestrator",
            "priority": "high",
        }
        assert (three["data"], three["priority"]) == ({}, "normal")


async def test_entry_without_timestamp_takes_the_time_of_its_id(redis_server, redis):
    redis.xadd("events", {"event": document()}, id="1705314600000-0")

    async with running(redis_server.url) as source:
        assert json.loads(source.log.newest(1)[0].json)["timestamp"] == "2024-01-15T10:30:00Z"


async def test_added_event_is_in_the_log_within_50_ms(redis_server, redis):
    async with running(redis_server.url) as source:
        delays_ms = []
        for number in range(20):
            began = time.perf_counter()
            added = await asyncio.to_thread(redis.xadd, "events", {"event": document(number)})
            await until(functools.partial(source.log.get, EventId.parse(added)))
            delays_ms.append((time.perf_counter() - began) * 1000)

        assert sorted(delays_ms)[10] < 50


async def test_two_sources_see_the_same_ids(redis_server):
    async with running(redis_server.url) as one, running(redis_server.url) as two:
        published = await asyncio.gather(
            *(source.publish([event(), event()]) for source in (one, two) for _ in range(10))
        )
        await until(lambda: len(one.log) == len(two.log) == 40)

        assert ids(one.log.newest(40)) == ids(two.log.newest(40))
        assert {id for pair in published for id in pair} == {e.id for e in one.log.newest(40)}


async def test_stream_that_others_let_grow_is_said_on_the_page_and_in_the_log(
    redis_server, redis, caplog
):
    fill(redis, 500)
    async with running(redis_server.url, maxlen=1000) as source:
        assert not source.conditions()[0].is_strained

        fill(redis, 1500)
        await until(lambda: source.conditions()[0].is_strained)

        assert source.conditions()[0].value == "2,000"
        redis.xtrim("events", maxlen=1000)
        await until(lambda: not source.conditions()[0].is_strained)
    assert sum("without trimming" in r.getMessage() for r in caplog.records) == 1
