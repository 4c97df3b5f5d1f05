"""The Python client against real servers: publishing, reading the past, and without await."""

import asyncio
import subprocess
import sys

import pytest

from dashboard.server import Server
from dashboard.settings import Settings
from sources.client import EventClient, Refused, Unavailable
from sources.client_sync import SyncEventClient
from sources.event import Event
from sources.filters import EventFilter
from tests.following import TIMEOUT_S, Program, event, numbers
from tests.relay import relay_to
from tests.waiting import until


@pytest.fixture
async def program(redis_server, free_port):
    program = Program(free_port, redis_server.url)
    await program.start()
    yield program
    await program.kill()


@pytest.fixture
async def client(server):
    async with EventClient(server.server.url) as client:
        yield client


# Publishing


async def test_publishing_returns_the_ids_in_order(server, client):
    one = await client.publish(event(1))
    more = await client.publish([Event("test", {"n": 2}, "2024-01-15T10:30:00Z", "me"), event(3)])

    assert (len(one), len(more)) == (1, 2)
    assert [e.id for e in await client.history()] == one + more


async def test_a_received_event_can_be_published_again(client):
    await client.publish(event(1))
    (received,) = await client.history()

    await client.publish(received)

    assert numbers(await client.history()) == [1, 1]


async def test_a_refusal_carries_the_status_and_the_detail(client):
    with pytest.raises(Refused, match=r"422: priority 'urgent' is not one of low") as refused:
        await client.publish([event(), event(priority="urgent")])

    assert refused.value.status == 422
    assert refused.value.detail[0]["loc"] == ["body", 1, "priority"]


async def test_a_key_of_the_callers_own_makes_a_second_call_enter_once(client):
    first = await client.publish(event(), idempotency_key="k")
    again = await client.publish(event(), idempotency_key="k")

    assert first == again
    assert len(await client.history()) == 1


async def test_a_publish_whose_answer_was_lost_enters_once(server):
    async with relay_to(server.server.port) as relay, EventClient(relay.url) as client:
        relay.swallow_answers = 2

        ids = await client.publish([event(1), event(2)])

        assert relay.connections == 3
    assert [str(entry.id) for entry in server.hub.log.newest(10)] == ids


async def test_a_publish_waits_for_a_server_that_is_not_there_yet(free_port):
    async with EventClient(f"http://127.0.0.1:{free_port}") as client:
        publishing = asyncio.create_task(client.publish(event()))

        async with Server(Settings(port=free_port)) as server:
            ids = await asyncio.wait_for(publishing, TIMEOUT_S)

            assert ids == [str(server.hub.log.last_id)]


async def test_patience_ends_with_an_error_that_names_the_server(free_port):
    async with EventClient(f"http://127.0.0.1:{free_port}", patience_s=0.3) as client:
        with pytest.raises(Unavailable, match=f"no answer from http://127.0.0.1:{free_port}"):
            await client.publish(event())


async def test_a_publisher_that_is_too_fast_waits_as_it_is_told(start_embedded):
    server = await start_embedded(publish_rate_limit=5)
    async with EventClient(server.server.url) as client:
        loop, ids = asyncio.get_running_loop(), []
        began_s = loop.time()

        for number in range(8):
            ids += await client.publish(event(number))

        assert loop.time() - began_s > 0.5
        assert ids == [str(entry.id) for entry in server.hub.log.newest(10)]


async def test_a_publish_outlasts_an_absent_redis(start_on_redis, redis_server):
    server = await start_on_redis()
    async with EventClient(server.server.url) as client:
        redis_server.kill()
        publishing = asyncio.create_task(client.publish(event()))
        await until(lambda: server.hub.source.status.state == "unreachable")
        redis_server.start()

        ids = await asyncio.wait_for(publishing, TIMEOUT_S)

        assert [e.id for e in await client.history()] == ids


async def test_a_client_that_is_not_open_says_how_to_open_it():
    with pytest.raises(RuntimeError, match="async with EventClient"):
        await EventClient("http://127.0.0.1").publish(event())


# Reading the past


async def test_history_takes_every_argument(server, client):
    ids = await client.publish([event(n, priority=("low", "high")[n % 2]) for n in range(8)])

    assert numbers(await client.history(limit=2)) == [6, 7]
    assert numbers(await client.history(limit=2, after=ids[0])) == [1, 2]
    assert numbers(await client.history(after=ids[0], before=ids[3])) == [1, 2]
    assert numbers(await client.history(filter={"priority": ["high"]})) == [1, 3, 5, 7]
    assert numbers(await client.history(filter=EventFilter(search="data.n:4"))) == [4]


async def test_history_tells_what_is_gone(start_embedded):
    server = await start_embedded(max_history_size=3)
    async with EventClient(server.server.url) as client:
        ids = await client.publish([event(n) for n in range(6)])

        counted = await client.history(after=ids[0])
        foreign = await client.history(after="5-0")

    assert (counted.missed, numbers(counted)) == (2, [3, 4, 5])
    assert foreign.missed is None


async def test_filter_tells_what_it_looked_at(client):
    await client.publish([event(n, source=("a", "b")[n % 2]) for n in range(6)])

    since = {"start": "2020-01-01T00:00:00Z"}
    found = await client.filter({"sources": ["b"], "time_range": since}, limit=2)

    assert (numbers(found.events), found.matched, found.searched) == ([3, 5], 3, 6)
    assert found.filters["sources"] == ["b"]


# Without await


def everything(url: str):
    with SyncEventClient(url) as client:
        ids = client.publish([event(1), event(2)], idempotency_key="k")
        assert client.publish([event(1), event(2)], idempotency_key="k") == ids
        assert [e.id for e in client.history(limit=1, after=ids[0])] == ids[1:]
        assert client.filter({"search": "data.n:2"}).matched == 1
        with pytest.raises(Refused, match="422"):
            client.publish({})


async def test_the_sync_face_does_the_same_in_a_thread(server):
    await asyncio.to_thread(everything, server.server.url)


async def test_the_sync_face_works_where_a_loop_already_runs(program, redis_server):
    async with EventClient(program.url) as waits:
        await waits.history()

    everything(program.url)


def test_importing_the_client_imports_nothing_of_the_dashboard():
    listed = subprocess.run(
        [sys.executable, "-c", "import sources.client_sync, sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=TIMEOUT_S,
    ).stdout.split()  # fmt: skip

    heavy = {"panel", "bokeh", "tornado", "pandas", "numpy", "redis", "param", "dashboard"}
    assert heavy & {name.partition(".")[0] for name in listed} == set()
