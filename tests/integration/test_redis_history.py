"""What the stream holds beyond the log is read, forward and back."""

import pytest

from sources.base import SourceUnreachable
from sources.ids import BEGINNING, EventId
from sources.redis_history import PAGE
from tests.redis_stage import document, fill, ids, numbers, running
from tests.waiting import until


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


async def test_what_memory_holds_is_read_when_the_stream_was_trimmed_further(redis_server, redis):
    async with running(redis_server.url, history=10) as source:
        added = fill(redis, 30)
        await until(lambda: source.log.total == 30)
        redis.xtrim("events", maxlen=4, approximate=False)

        batch = await source.read(EventId.parse(added[3]), 100)

        assert (ids(batch.entries), batch.missed) == (added[20:], 16)


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


async def test_what_is_trimmed_while_only_invalid_entries_were_found_is_told(
    redis_server, redis, monkeypatch
):
    (first,) = fill(redis, 1)
    with redis.pipeline(transaction=False) as pipeline:
        for _ in range(PAGE):
            pipeline.xadd("events", {"what": "else"})
        pipeline.execute()
    added = fill(redis, 6)
    async with running(redis_server.url, history=2) as source:
        history, pages = source._history, []
        page = history._page

        async def page_of_a_stream_that_is_trimmed(after, limit):
            pages.append(after)
            if len(pages) == 2:
                redis.xtrim("events", maxlen=4, approximate=False)
            return await page(after, limit)

        monkeypatch.setattr(history, "_page", page_of_a_stream_that_is_trimmed)

        batch = await source.read(EventId.parse(first), PAGE)

        assert (ids(batch.entries), batch.missed) == (added[2:], None)
