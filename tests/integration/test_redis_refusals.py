"""A real Redis that can be read and takes no writes: events go on, publishing says why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from sources.base import SourceUnreachable
from tests.fixtures.redis import running_redis
from tests.redis_stage import connected, event, fill, ids, numbers, running
from tests.relay import relay_to
from tests.waiting import until

Change = Callable[[Redis], object]


def dump_of(client: Redis) -> Path:
    folder: str = client.config_get("dir")["dir"]  # type: ignore[assignment]
    return Path(folder, "dump.rdb")


def fail_to_save(client: Redis) -> None:
    """Let a save fail as on a full disk: a folder stands where the file is to be."""
    dump_of(client).mkdir()
    client.config_set("save", "3600 1000000")
    with pytest.raises(ResponseError):
        client.save()
    client.bgsave()


def save_again(client: Redis) -> None:
    dump_of(client).rmdir()
    client.save()


REFUSALS = [
    pytest.param(
        lambda client: client.config_set("maxmemory", "1"),
        lambda client: client.config_set("maxmemory", "0"),
        "has reached its memory limit",
        id="OOM",
    ),
    pytest.param(fail_to_save, save_again, "cannot save to its disk", id="MISCONF"),
    pytest.param(
        lambda client: client.replicaof("127.0.0.1", "1"),
        lambda client: client.replicaof("no", "one"),
        "is a read-only replica",
        id="READONLY",
    ),
    pytest.param(
        lambda client: client.config_set("min-replicas-to-write", "1"),
        lambda client: client.config_set("min-replicas-to-write", "0"),
        "has too few replicas",
        id="NOREPLICAS",
    ),
]


@pytest.mark.parametrize(("refuse", "allow", "says"), REFUSALS)
async def test_redis_that_takes_no_writes_is_said_while_events_are_read(
    redis_server, redis, refuse: Change, allow: Change, says
):
    async with running(redis_server.url) as source:
        added = fill(redis, 1)
        refuse(redis)

        await until(lambda: source.status.state == "read-only")
        await until(lambda: ids(source.log.newest(1)) == added)

        assert says in source.status.reason
        assert source.next_try_s is not None
        with pytest.raises(SourceUnreachable, match=rf"{says}.*Nothing was published"):
            await source.publish([event()])

        allow(redis)
        await connected(source)
        (id,) = await source.publish([event()])
        await until(lambda: source.log.last_id == id)
        assert source.next_try_s is None


async def test_a_batch_that_redis_refuses_leaves_nothing_behind(redis_server, redis):
    async with running(redis_server.url) as source:
        redis.config_set("maxmemory", "1")

        with pytest.raises(SourceUnreachable, match="memory limit"):
            await source.publish([event(number) for number in range(100)])

        assert redis.xlen("events") == 0


async def test_what_cannot_be_set_aside_is_set_aside_later(redis_server, redis):
    async with running(redis_server.url) as source:
        redis.xadd("events", {"event": "no JSON"})
        await until(lambda: source.rejected_total == 1)
        with redis.pipeline(transaction=False) as pipeline:
            pipeline.config_set("maxmemory", "1")
            pipeline.execute()
        await until(lambda: source.status.state == "read-only")
        # A replica's stream goes on; here it is one entry that the server lets in.
        redis.config_set("maxmemory", "0")
        with redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd("events", {"event": "no JSON either"})
            pipeline.config_set("maxmemory", "1")
            added = pipeline.execute()[0]
        await until(lambda: source.rejected_total == 2)
        assert redis.xlen("events:rejected") == 1

        redis.config_set("maxmemory", "0")
        await until(lambda: redis.xlen("events:rejected") == 2)

        assert (await source.rejected(1))[0].original_id == added


async def test_failover_behind_the_same_address_is_followed(
    redis_server, redis, tmp_path_factory, caplog
):
    with running_redis(tmp_path_factory.mktemp("replica")) as heir, heir.client() as promoted:
        promoted.replicaof("127.0.0.1", str(redis_server.port))
        async with relay_to(redis_server.port) as relay:
            fill(redis, 5)
            await until(lambda: promoted.xlen("events") == 5)
            url = redis_server.url.replace(str(redis_server.port), str(relay.port))
            async with running(url) as source:
                relay.target_port = heir.port
                promoted.replicaof("no", "one")
                redis.replicaof("127.0.0.1", str(heir.port))

                # Open connections still lead to the old primary; nothing cuts them.
                await source.publish([event(5)])
                added = fill(promoted, 3, first=6)
                await until(lambda: ids(source.log.newest(1)) == added[-1:])
                await connected(source)

                assert numbers(source.log.newest(100)) == list(range(9))
                assert source.log.generation == 0
                assert promoted.xlen("events") == 9
