"""The Redis stream as a source, on a real server that is killed, stopped, emptied and filled."""

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import AsyncIterator, Callable

import pytest

from sources.base import Publish, SourceUnreachable
from sources.event import Event
from sources.ids import BEGINNING, EventId
from sources.log import Entry, EventLog
from sources.redis import RedisSource

TIMEOUT_S = 10.0
NOTICED_WITHIN_S = 5.0


def event(number: int = 0) -> Event:
    return Event("test", {"number": number}, "2024-01-15T10:30:00Z", "tests")


def document(number: int = 0, **fields: object) -> str:
    return json.dumps({"event_type": "test", "source": "x", "data": {"number": number}, **fields})


def fill(client, count: int, first: int = 0, stream: str = "events") -> list[str]:
    with client.pipeline(transaction=False) as pipeline:
        for number in range(first, first + count):
            pipeline.xadd(stream, {"event": document(number)})
        return pipeline.execute()


def numbers(entries) -> list[int]:
    return [entry.data["number"] for entry in entries]


def ids(entries) -> list[str]:
    return [str(entry.id) for entry in entries]


async def until(condition: Callable[[], object], timeout_s: float = TIMEOUT_S) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 (a server has no event to wait for)
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(
    url: str, history: int = 1000, on_prime=None, ready: bool = True, **options
) -> AsyncIterator[RedisSource]:
    source = RedisSource(EventLog(history), url, history=history, **options)
    source.on_prime = on_prime
    task = asyncio.create_task(source.run())
    try:
        if ready:
            await asyncio.wait_for(source.ready.wait(), TIMEOUT_S)
            await until(lambda: source.status.state == "connected")
        yield source
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=TIMEOUT_S)
        assert task.cancelled()


@pytest.fixture
def redis(redis_server):
    with redis_server.client() as client:
        yield client


# Loading


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


# Publishing


async def test_publishing_trims_the_stream_to_about_its_length(redis_server, redis):
    async with running(redis_server.url, maxlen=500) as source:
        for _ in range(4):
            await source.publish([event(number) for number in range(500)])

        assert 500 <= redis.xlen("events") < 700


async def test_key_holds_across_processes_at_the_same_time_and_for_a_day(redis_server, redis):
    async with running(redis_server.url) as one, running(redis_server.url) as two:
        key = Publish("key", "digest")

        answers = await asyncio.gather(*(s.publish([event()], key) for s in (one, two) * 5))

        assert len({tuple(answer) for answer in answers}) == 1
        assert redis.xlen("events") == 1
        assert 86_000 < redis.ttl("events:published:key") <= 86_400


async def test_publishing_while_redis_is_away_raises_and_says_what_to_do(redis_server):
    async with running(redis_server.url) as source:
        redis_server.kill()

        with pytest.raises(SourceUnreachable):
            await source.publish([event()])
        await until(lambda: source.status.state == "unreachable")
        with pytest.raises(SourceUnreachable, match=r"refuses connections.*publish again"):
            await source.publish([event()])


async def test_publishing_to_a_stopped_redis_gives_up_after_two_seconds(redis_server):
    async with running(redis_server.url) as source:
        redis_server.stop_signal()
        began = time.monotonic()

        with pytest.raises(SourceUnreachable, match=r"does not answer.*It is not known whether"):
            await source.publish([event()])

        assert time.monotonic() - began < 3
        redis_server.cont_signal()


async def test_publishing_works_as_soon_as_redis_is_back(redis_server):
    async with running(redis_server.url) as source:
        await source.publish([event(1)])
        redis_server.kill()
        await until(lambda: source.status.state == "unreachable")
        redis_server.start()
        await until(lambda: source.status.state == "connected")

        published = await source.publish([event(2)])

        await until(lambda: source.log.last_id == published[0])
        assert numbers(source.log.newest(5)) == [1, 2]


# Faults


async def test_kill_and_restart_lose_nothing(redis_server, redis):
    async with running(redis_server.url) as source:
        added = fill(redis, 50)
        redis_server.kill()
        await until(lambda: source.status.state == "unreachable", NOTICED_WITHIN_S)

        redis_server.start()
        added += fill(redis, 50, first=50)

        await until(lambda: source.log.last_id and str(source.log.last_id) == added[-1])
        assert ids(source.log.newest(1000)) == added
        assert source.log.generation == 0
        await until(lambda: source.status.state == "connected")


async def test_redis_absent_at_start_is_waited_for(redis_server):
    redis_server.kill()

    async with running(redis_server.url, ready=False) as source:
        await until(lambda: source.status.state == "unreachable", NOTICED_WITHIN_S)
        assert "refuses connections" in source.status.reason
        assert not await source.ping()

        redis_server.start()

        await asyncio.wait_for(source.ready.wait(), 3)
        assert await source.ping()


async def test_stopped_redis_is_noticed_while_idle_and_its_return_too(redis_server, redis):
    async with running(redis_server.url) as source:
        redis_server.stop_signal()
        await until(lambda: source.status.state == "unreachable", NOTICED_WITHIN_S)
        assert source.status.reason.endswith("does not answer")

        redis_server.cont_signal()
        await until(lambda: source.status.state == "connected", 3)

        added = fill(redis, 1)
        await until(lambda: ids(source.log.newest(1)) == added)


async def test_state_is_logged_once_per_change(redis_server, caplog):
    caplog.set_level("INFO", "dashboard.source")
    async with running(redis_server.url) as source:
        redis_server.kill()
        await until(lambda: "refuses connections" in source.status.reason)
        since = source.status.since
        for _ in range(3):
            with pytest.raises(SourceUnreachable):
                await source.publish([event()])
        redis_server.start()
        await until(lambda: source.status.state == "connected")

    lines = [record.getMessage() for record in caplog.records]
    assert sum("refuses connections" in line for line in lines) == 1
    assert sum("is connected" in line for line in lines) == 2
    assert since <= source.status.since


@pytest.mark.parametrize(
    ("password", "given", "says"),
    [
        ("right", "", "asks for a password"),
        ("right", "wrong", "refuses the user name or password"),
        ("", "wrong", "has no password, but REDIS_URL gives one"),
    ],
)
async def test_wrong_password_is_said(redis_server, redis, password, given, says):
    redis.config_set("requirepass", password)
    url = redis_server.url.replace("redis://", f"redis://:{given}@" if given else "redis://")

    async with running(url, ready=False) as source:
        await until(lambda: source.status.state == "unreachable", NOTICED_WITHIN_S)

        assert says in source.status.reason
        redis.config_set("requirepass", given)
        await asyncio.wait_for(source.ready.wait(), 3)


async def test_something_else_under_the_name_of_the_stream_is_said(redis_server, redis):
    redis.set("events", "text")

    async with running(redis_server.url, ready=False) as source:
        await until(lambda: source.status.state == "unreachable", NOTICED_WITHIN_S)
        assert "something other than a stream" in source.status.reason
        with pytest.raises(SourceUnreachable, match="something other than a stream"):
            await source.publish([event()])

        redis.delete("events")
        await asyncio.wait_for(source.ready.wait(), 3)


async def test_events_are_read_when_redis_takes_no_writes(redis_server, redis):
    async with running(redis_server.url) as source:
        redis.xadd("events", {"event": "no JSON"})
        await until(lambda: source.rejected_total == 1)
        redis.xadd("events", {"event": "no JSON either"})
        added = fill(redis, 1)
        redis.config_set("maxmemory", "1")

        with pytest.raises(SourceUnreachable, match="memory limit"):
            await source.publish([event()])

        await until(lambda: ids(source.log.newest(1)) == added)
        assert source.status.state == "connected"


# The stream is not what it was


async def test_stream_made_anew_clears_the_log(redis_server, redis):
    fill(redis, 20)
    async with running(redis_server.url) as source:
        redis.delete("events")
        await until(lambda: source.log.generation == 1)
        assert len(source.log) == 0

        added = fill(redis, 3)

        await until(lambda: ids(source.log.newest(10)) == added)


async def test_stream_deleted_and_filled_at_once_is_noticed(redis_server, redis):
    fill(redis, 20)
    async with running(redis_server.url) as source:
        redis.delete("events")
        added = fill(redis, 3)

        await until(lambda: source.log.generation == 1 and len(source.log))
        assert ids(source.log.newest(10)) == added


async def test_restart_without_its_data_is_a_new_log(redis_server, redis):
    fill(redis, 20)
    async with running(redis_server.url) as source:
        last = source.log.newest(1)[0].id
        redis_server.kill()
        redis_server.start()
        redis.flushall()
        added = fill(redis, 2)

        await until(lambda: source.log.generation == 1 and len(source.log) == 2)
        assert ids(source.log.newest(10)) == added
        batch = await source.read(last, 10)
        assert (ids(batch.entries), batch.missed) == (added, None)


async def test_ids_that_step_back_are_a_new_log(redis_server, redis):
    redis.xadd("events", {"event": document(1)}, id="9000000000000-0")
    async with running(redis_server.url) as source:
        redis.delete("events")
        redis.xadd("events", {"event": document(2)}, id="5-0")

        await until(lambda: source.log.generation == 1 and len(source.log))
        assert numbers(source.log.newest(10)) == [2]


async def test_trimmed_past_before_it_was_read_is_a_gap_that_is_counted(redis_server, redis):
    before = fill(redis, 5)
    async with running(redis_server.url) as source:
        last = source.log.newest(1)[0].id
        # What happens in one transaction, no reader can see in between.
        with redis.pipeline(transaction=True) as pipeline:
            for number in range(10):
                pipeline.xadd("events", {"event": document(number)})
            pipeline.xtrim("events", maxlen=3, approximate=False)
            added = pipeline.execute()[:10]

        await until(lambda: source.log.generation == 1 and len(source.log))
        assert ids(source.log.newest(10)) == added[7:]
        assert str(last) == before[-1]
        batch = await source.read(last, 10)
        assert (ids(batch.entries), batch.missed) == (added[7:], 7)


async def test_trimmed_past_while_away_is_a_gap_that_is_counted(redis_server, redis):
    added = fill(redis, 5)
    primed: list[Entry] = []
    async with running(redis_server.url, history=2, on_prime=primed.extend) as source:
        last = source.log.newest(1)[0].id
        redis.config_set("requirepass", "nobody is let in")
        redis.client_kill_filter(_type="normal", skipme=True)
        redis.client_kill_filter(_type="pubsub", skipme=True)
        await until(lambda: source.status.state == "unreachable")
        added += fill(redis, 10)
        redis.xtrim("events", maxlen=4, approximate=False)
        redis.config_set("requirepass", "")
        await until(lambda: source.status.state == "connected")

        batch = await source.read(last, 10)

        assert source.log.generation == 1
        assert (ids(batch.entries), batch.missed) == (added[-4:], 6)
        assert ids(source.log.newest(10)) == added[-2:]
        assert ids(primed) == [*added[:3], *added[-4:-2]]


# Reading what the stream holds


async def test_read_goes_on_from_the_stream_into_the_log_without_a_seam(redis_server, redis):
    added = fill(redis, 3000)
    async with running(redis_server.url, history=100) as source:
        position, seen = EventId.parse(added[9]), []
        while (batch := await source.read(position, 700)).entries:
            assert batch.missed == 0
            seen += ids(batch.entries)
            position = batch.position

        assert seen == added[10:]


async def test_read_skips_invalid_entries_and_fills_its_limit(redis_server, redis):
    for number in range(50):
        redis.xadd("events", {"event": document(number)})
        redis.xadd("events", {"what": "else"})

    async with running(redis_server.url, history=5) as source:
        batch = await source.read(BEGINNING, 30)

        assert (numbers(batch.entries), batch.missed) == (list(range(30)), 0)
        assert numbers(await source.before(batch.entries[20].id, 15)) == list(range(5, 20))


async def test_what_was_trimmed_is_counted_from_the_beginning(redis_server, redis):
    added = fill(redis, 30)
    redis.xtrim("events", maxlen=10, approximate=False)

    async with running(redis_server.url, history=5) as source:
        assert (await source.read(BEGINNING, 3)).missed == 20
        assert ids((await source.read(BEGINNING, 3)).entries) == added[20:23]
        assert (await source.read(EventId.parse(added[3]), 3)).missed is None
        assert (await source.read(EventId.parse(added[20]), 3)).missed == 0


async def test_id_that_is_kept_for_live_readers_tells_how_many_were_trimmed_since(
    redis_server, redis
):
    async with running(redis_server.url, history=5) as source:
        added = fill(redis, 20)
        await until(lambda: source.log.total == 20)
        redis.xtrim("events", maxlen=10, approximate=False)

        batch = await source.read(EventId.parse(added[3]), 3)

        assert (ids(batch.entries), batch.missed) == (added[10:13], 6)


async def test_id_that_another_process_was_first_to_see_is_waited_for(redis_server, redis):
    async with running(redis_server.url) as source:
        added = fill(redis, 1)

        batch = await source.read(EventId.parse(added[0]), 10)

        assert (list(batch.entries), batch.missed) == ([], 0)
        assert ids(source.log.newest(1)) == added


async def test_before_goes_back_from_the_log_into_the_stream(redis_server, redis):
    added = fill(redis, 3000)
    async with running(redis_server.url, history=100) as source:
        assert ids(await source.before(EventId.parse(added[-50]), 2500)) == added[450:2950]


async def test_log_is_read_while_redis_is_away(redis_server, redis):
    added = fill(redis, 50)
    async with running(redis_server.url, history=20) as source:
        redis_server.kill()

        batch = await source.read(EventId.parse(added[40]), 100)
        older = await source.before(EventId.parse(added[40]), 5)

        assert (ids(batch.entries), ids(older)) == (added[41:], added[35:40])
        with pytest.raises(SourceUnreachable):
            await source.read(BEGINNING, 10)
        with pytest.raises(SourceUnreachable):
            await source.before(EventId.parse(added[40]), 100)
        with pytest.raises(SourceUnreachable):
            await source.rejected(10)


# What is no valid event


@pytest.mark.parametrize(
    ("fields", "reason", "raw"),
    [
        ({"event": "{"}, "not JSON: Input data was truncated", "{"),
        ({"event": '{"source":"x"}'}, "event_type is missing", '{"source":"x"}'),
        (
            {"event": document(), "trace": "1"},
            "unknown field 'trace' beside 'event'",
            '"trace":"1"',
        ),
        ({"event_type": "t", "source": "x", "colour": "red"}, "unknown key 'colour'", '"colour"'),
        ({"event_type": "t", "source": "x", "data": "[1]"}, "data is a JSON object", '"[1]"'),
        ({"event_type": "t", "source": "x", "data": "{"}, "data is not JSON", '"{"'),
        ({"event_type": "t", "source": b"\xff"}, "source is not UTF-8", r"\\xff"),
        ({"event": b"\xff"}, "not JSON", r"\xff"),
        ({"event": document(event_type="connection", source="dashboard")}, "server's own", "conn"),
        ({"event": document(text="x" * 9000)}, "unknown key 'text'", "xxx"),
        ({"event": document() + " " * 9000 + "?"}, "not JSON", "…"),
    ],
)
async def test_invalid_entry_is_set_aside_with_its_reason(redis_server, redis, fields, reason, raw):
    async with running(redis_server.url) as source:
        id = redis.xadd("events", fields, id="1705314600000-0")
        await until(lambda: source.rejected_total == 1)

        (rejected,) = await source.rejected(10)

        assert rejected.original_id == id
        assert rejected.timestamp == "2024-01-15T10:30:00Z"
        assert reason in rejected.reason
        assert raw in rejected.raw
        assert len(rejected.raw.encode()) <= 4096


async def test_event_over_the_size_that_is_allowed_is_set_aside(redis_server, redis):
    async with running(redis_server.url, max_event_bytes=500) as source:
        redis.xadd("events", {"event": document(text="x")})
        redis.xadd(
            "events", {"event": json.dumps({**json.loads(document()), "data": {"t": "x" * 600}})}
        )
        await until(lambda: source.rejected_total == 2)

        assert "500 allowed" in (await source.rejected(1))[0].reason


async def test_invalid_entry_is_set_aside_once_and_counted_by_each_who_saw_it(
    redis_server, redis, caplog
):
    async with running(redis_server.url) as one, running(redis_server.url) as two:
        redis.xadd("events", {"event": "no JSON"})
        redis.xadd("events", {"event": "no JSON either"})
        added = fill(redis, 1)
        await until(lambda: ids(one.log.newest(1)) == ids(two.log.newest(1)) == added)

        assert (one.rejected_total, two.rejected_total) == (2, 2)
        assert [entry.raw for entry in await one.rejected(10)] == ["no JSON", "no JSON either"]
        assert any("set aside" in r.getMessage() for r in caplog.records)


async def test_invalid_entries_met_again_at_start_are_not_set_aside_again(redis_server, redis):
    redis.xadd("events", {"event": "no JSON"})
    async with running(redis_server.url):
        pass
    fill(redis, 20)
    redis.xadd("events", {"event": "no JSON either"})

    async with running(redis_server.url, history=5) as source:
        assert source.rejected_total == 1
        assert [entry.raw for entry in await source.rejected(10)] == ["no JSON", "no JSON either"]


async def test_invalid_entry_of_a_stream_made_anew_is_set_aside_although_ids_step_back(
    redis_server, redis
):
    redis.xadd("events", {"event": "old"}, id="9000000000000-0")
    async with running(redis_server.url) as source:
        redis.delete("events")
        redis.xadd("events", {"event": "new"}, id="5-0")
        await until(lambda: source.rejected_total == 2)

        assert [entry.raw for entry in await source.rejected(10)] == ["old", "new"]


async def test_stream_of_the_rejected_is_bounded(redis_server, redis):
    with redis.pipeline(transaction=False) as pipeline:
        for _ in range(12_000):
            pipeline.xadd("events", {"event": "no JSON"})
        pipeline.execute()

    async with running(redis_server.url) as source:
        assert source.rejected_total == 12_000
        assert 10_000 <= redis.xlen("events:rejected") < 10_200


# The bridge of the channel


async def test_published_message_is_bridged_once_with_two_processes(redis_server, redis):
    async with running(redis_server.url) as one, running(redis_server.url) as two:
        await until(lambda: {one.bridge_state, two.bridge_state} == {"held here", "elsewhere"})

        for number in range(300):
            redis.publish("events", document(number))

        await until(lambda: len(one.log) == len(two.log) == 300)
        assert numbers(one.log.newest(300)) == list(range(300))
        assert redis.xlen("events") == 300


async def test_invalid_message_is_set_aside_without_an_id(redis_server, redis):
    async with running(redis_server.url) as source:
        await until(lambda: source.bridge_state == "held here")

        redis.publish("events", "no JSON")
        await until(lambda: source.rejected_total == 1)

        (rejected,) = await source.rejected(10)
        assert (rejected.original_id, rejected.raw) == (None, "no JSON")
        assert redis.xlen("events") == 0


async def test_bridge_passes_to_another_process_when_its_holder_ends(redis_server, redis):
    async with contextlib.AsyncExitStack() as later:
        async with running(redis_server.url) as holder:
            await until(lambda: holder.bridge_state == "held here")
            heir = await later.enter_async_context(running(redis_server.url))
            await until(lambda: heir.bridge_state == "elsewhere")

        await until(lambda: heir.bridge_state == "held here", 2)
        redis.publish("events", document(7))

        await until(lambda: numbers(heir.log.newest(5)) == [7])


async def test_bridge_passes_to_another_process_when_its_holder_was_killed(redis_server, redis):
    redis.set("events:bridge", "the token of one that was killed", px=1500)

    async with running(redis_server.url) as heir:
        await until(lambda: heir.bridge_state == "elsewhere")
        await until(lambda: heir.bridge_state == "held here", 4)


async def test_holder_whose_lease_is_gone_adds_nothing_and_says_so(redis_server, redis, caplog):
    async with running(redis_server.url) as source:
        await until(lambda: source.bridge_state == "held here")

        with redis.pipeline(transaction=True) as pipeline:
            pipeline.set("events:bridge", "another's token", px=60_000)
            pipeline.publish("events", document(1))
            pipeline.execute()

        await until(lambda: source.bridge_state == "elsewhere")
        assert redis.xlen("events") == 0
        assert any("the lease was lost" in r.getMessage() for r in caplog.records)


async def test_interval_without_a_holder_is_logged(redis_server, redis, caplog):
    now_ms = int(redis.time()[0]) * 1000
    redis.set("events:bridge:held-until", now_ms - 60_000)

    async with running(redis_server.url) as source:
        await until(lambda: source.bridge_state == "held here")

    (line,) = [r.getMessage() for r in caplog.records if "no process bridged" in r.getMessage()]
    assert "what was published on it meanwhile is lost" in line


async def test_bridge_is_back_after_a_restart_of_redis(redis_server, redis):
    async with running(redis_server.url) as source:
        await until(lambda: source.bridge_state == "held here")
        redis_server.kill()
        await until(lambda: source.bridge_state == "unknown")

        redis_server.start()
        await until(lambda: source.bridge_state == "held here", 4)
        redis.publish("events", document(1))

        await until(lambda: numbers(source.log.newest(5)) == [1])
