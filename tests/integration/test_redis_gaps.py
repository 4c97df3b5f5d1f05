"""A stream that was trimmed, deleted or brought back as an older copy: a gap that is told."""

import pytest

from dashboard.gaps import Lost, lost_after
from sources.base import SourceUnreachable
from sources.ids import EventId
from sources.log import Entry
from tests.redis_stage import document, fill, fill_and_trim, ids, numbers, running
from tests.waiting import until


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

        await until(lambda: ids(source.log.newest(10)) == added)
        assert source.log.generation == 1


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

        await until(lambda: numbers(source.log.newest(10)) == [2])
        assert source.log.generation == 1


async def test_what_an_older_copy_lacks_is_lost_between_its_end_and_the_last_that_was_read(
    redis_server, redis
):
    for number in range(1, 6):
        redis.xadd("events", {"event": document(number)}, id=f"{number}-0")
    async with running(redis_server.url) as source:
        with redis.pipeline(transaction=True) as pipeline:
            pipeline.delete("events")
            pipeline.xadd("events", {"event": document(1)}, id="1-0")
            pipeline.xadd("events", {"event": document(2)}, id="2-0")
            pipeline.execute()
        await until(lambda: numbers(source.log.newest(10)) == [1, 2])

        lost = await lost_after(source, EventId(5))

        assert lost == Lost(EventId(2), EventId(5), None)


async def test_trimmed_past_before_it_was_read_is_a_gap_that_is_counted(redis_server, redis):
    before = fill(redis, 5)
    async with running(redis_server.url) as source:
        last = source.log.newest(1)[0].id
        added = fill_and_trim(redis, 10, kept=3)

        await until(lambda: ids(source.log.newest(10)) == added[7:])
        assert source.log.generation == 1
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
        await until(lambda: ids(source.log.newest(10)) == added[-2:])

        batch = await source.read(last, 10)

        assert source.log.generation == 1
        assert (ids(batch.entries), batch.missed) == (added[-4:], 6)
        # What is still retained came through the log, whose live readers get all of it.
        assert source.log.total == 4
        assert ids(primed) == added[:3]


async def test_a_gap_is_kept_with_its_ends_and_what_was_missed(redis_server, redis):
    before = fill(redis, 5)
    async with running(redis_server.url) as source:
        added = fill_and_trim(redis, 10, kept=3)
        await until(lambda: ids(source.log.newest(10)) == added[7:])
        redis.delete("events")
        await until(lambda: source.log.generation == 2)

        counted, uncounted = source.log.gaps
        assert (str(counted.after), str(counted.resumed_from)) == (before[-1], added[7])
        assert counted.missed == 7
        assert (str(uncounted.after), uncounted.resumed_from) == (added[-1], None)
        assert uncounted.missed is None


async def test_a_live_client_is_told_how_many_were_trimmed_past_the_process(start_on_redis, redis):
    server = await start_on_redis()
    client = await server.joined(query="?ids=true")
    (first,) = await server.publish("first")
    await client.receive()
    added = fill_and_trim(redis, 10, kept=3)

    gap = await client.word("gap")

    assert (gap["after"], gap["resumed_from"], gap["missed"]) == (first, added[7], 7)
    assert [event["id"] for event in await client.receive_many(3)] == added[7:]


async def test_a_live_client_gets_all_that_is_retained_after_a_gap_however_short_the_history(
    start_on_redis, redis
):
    server = await start_on_redis(max_history_size=10)
    client = await server.joined(query="?ids=true")
    (first,) = await server.publish("first")
    await client.receive()
    added = fill_and_trim(redis, 3000, kept=2000)

    gap = await client.word("gap")

    assert (gap["after"], gap["missed"]) == (first, 1000)
    assert [event["id"] for event in await client.receive_many(2000)] == added[1000:]


async def test_trimmed_by_others_before_it_was_read_is_a_gap_however_long_the_stream_was(
    start_on_redis, redis
):
    fill(redis, 700)
    server = await start_on_redis()
    client = await server.joined(query="?ids=true")
    (first,) = await server.publish("first")
    await client.receive()
    added = fill_and_trim(redis, 20, kept=5)

    gap = await client.word("gap")

    assert (gap["after"], gap["resumed_from"], gap["missed"]) == (first, added[15], 15)
    assert [event["id"] for event in await client.receive_many(5)] == added[15:]


async def test_a_process_that_is_behind_tells_no_gap_before_it_knows_its_end(redis_server, redis):
    added = fill(redis, 20)
    async with running(redis_server.url, history=5) as source:
        # Its reader is let read no more, what it asks of the past is still answered.
        redis.execute_command("ACL", "SETUSER", "default", "-xread")
        added += fill(redis, 10)
        await until(lambda: source.status.state == "unreachable")
        redis.xtrim("events", maxlen=3, approximate=False)
        after = EventId.parse(added[16])

        with pytest.raises(SourceUnreachable, match="has not read yet"):
            await source.read(EventId.parse(added[3]), 10)
        redis.execute_command("ACL", "SETUSER", "default", "+xread")
        await until(lambda: ids(source.log.newest(3)) == added[-3:])

        batch = await source.read(after, 10)
        assert (ids(batch.entries), batch.missed) == (added[-3:], 10)


async def test_what_is_trimmed_between_a_read_and_its_count_is_neither_missed_twice_nor_a_new_log(
    redis_server, redis, monkeypatch
):
    fill(redis, 5)
    async with running(redis_server.url) as source:
        reader, trims = source._reader, [700]
        is_next = reader._is_next

        async def look_late(connection, entries):
            if trims:
                fill(redis, trims.pop())
                redis.xtrim("events", maxlen=600, approximate=False)
            return await is_next(connection, entries)

        monkeypatch.setattr(reader, "_is_next", look_late)
        with redis.pipeline(transaction=True) as pipeline:
            for number in range(10):
                pipeline.xadd("events", {"event": document(number)})
            pipeline.xtrim("events", maxlen=3, approximate=False)
            pipeline.execute()

        await until(lambda: source.log.total == 3 + 600)
        assert [gap.missed for gap in source.log.gaps] == [700 + 10 - 3 - 600]


async def test_a_process_that_is_behind_gives_no_export_that_would_pass_for_the_whole(
    start_on_redis, redis
):
    fill(redis, 20)
    server = await start_on_redis()
    redis.execute_command("ACL", "SETUSER", "default", "-xread")
    fill(redis, 10)
    await until(lambda: server.hub.source.status.state == "unreachable")
    redis.xtrim("events", maxlen=3, approximate=False)

    answer = await server.http.get("/api/events/export?format=ndjson")

    assert answer.status_code == 503
    assert "has not read yet" in answer.text
