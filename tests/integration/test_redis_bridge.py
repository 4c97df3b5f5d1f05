"""Messages of the channel enter the stream once, by one process at a time."""

import contextlib
import json
import signal

from redis import Redis

from sources.process import process_name
from tests.fixtures.redis import unused_port
from tests.programs import running as processes
from tests.redis_stage import document, numbers, running
from tests.waiting import until


def holder_of(redis: Redis) -> int:
    """Return the process that holds the lease, 0 where none does."""
    token = str(redis.get("events:bridge") or "")
    return int(token.partition("/")[0].rpartition(":")[2] or 0)


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


async def test_holder_that_was_paused_doubles_nothing_when_it_wakes_up(
    redis_server, redis, tmp_path
):
    settings = {"REDIS_URL": redis_server.url, "LOG_FORMAT": "text"}
    async with contextlib.AsyncExitStack() as stack:
        programs = {}
        for _ in range(2):
            program = await stack.enter_async_context(
                processes(tmp_path, "-m", "dashboard", port=unused_port(), **settings)
            )
            await program.is_ready()
            programs[program.process.pid] = program
        await until(lambda: holder_of(redis))
        paused = programs.pop(holder_of(redis))
        (heir,) = programs.values()

        paused.process.send_signal(signal.SIGSTOP)
        # Redis still delivers these to the subscription of the paused one.
        for number in range(50):
            redis.publish("events", document(number))
        await until(lambda: holder_of(redis) == heir.process.pid)
        await until(lambda: "this process bridges" in heir.output)
        for number in range(50, 100):
            redis.publish("events", document(number))
        await until(lambda: redis.xlen("events") == 50)
        paused.process.send_signal(signal.SIGCONT)
        await until(lambda: "the lease was lost" in paused.output)

        added = [json.loads(fields["event"]) for _, fields in redis.xrange("events")]
        assert [event["data"]["number"] for event in added] == list(range(50, 100))
        assert "what was published on it meanwhile is lost" in heir.output
        assert holder_of(redis) == heir.process.pid


async def test_the_page_shows_which_process_holds_the_bridge(redis_server):
    async with running(redis_server.url) as one, running(redis_server.url) as two:
        await until(lambda: {one.bridge_state, two.bridge_state} == {"held here", "elsewhere"})

        told = [source.conditions()[1] for source in (one, two)]

        assert {condition.value for condition in told} == {"this process", "another process"}
        assert all(process_name() in condition.note for condition in told)
