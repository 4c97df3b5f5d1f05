"""A real Redis that is absent, killed, stopped, locked or full: said at once, and waited out."""

import asyncio

import pytest

from sources.base import SourceUnreachable
from tests.redis_stage import NOTICED_WITHIN_S, event, fill, ids, running
from tests.waiting import until


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
