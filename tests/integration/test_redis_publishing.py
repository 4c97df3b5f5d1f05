"""Publishing into a Redis stream: all or nothing, once under a key, or a clear refusal."""

import asyncio
import time

import pytest

from sources.base import Publish, SourceUnreachable
from tests.redis_stage import connected, event, numbers, running
from tests.waiting import until


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


async def test_tries_that_redis_only_gets_to_later_enter_once(redis_server, redis):
    async with running(redis_server.url) as one, running(redis_server.url) as two:
        for source in (one, two):
            await source.publish([event()])
        redis_server.stop_signal()
        retried = Publish("the-key", "the-digest")
        for source in (one, two):
            with pytest.raises(SourceUnreachable, match="It is not known"):
                await source.publish([event(1)], retried)
        redis_server.cont_signal()

        await connected(two)
        (id,) = await two.publish([event(1)], retried)

        await until(lambda: redis.xlen("events") == 3)
        assert redis.xrevrange("events", count=1)[0][0] == str(id)
        assert await one.publish([event(1)], retried) == [id]
