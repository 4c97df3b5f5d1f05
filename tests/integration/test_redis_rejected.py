"""What is no valid event is set aside, once, whoever reads it."""

import json

import pytest

from tests.redis_stage import document, fill, ids, running
from tests.waiting import until


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
