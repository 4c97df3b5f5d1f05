"""The Python client against real servers, which are cut off, killed and started again."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import deque
from contextlib import aclosing

import pytest

from dashboard.server import Server
from dashboard.settings import Settings
from sources.client import EventClient, Gap, Received, Refused, Replaced, Unavailable
from sources.client_sync import SyncEventClient
from sources.event import Event
from sources.filters import EventFilter
from tests.relay import relay_to
from tests.waiting import until

TIMEOUT_S = 15


def event(number: int = 0, **keys: object) -> dict[str, object]:
    return {"event_type": "test", "source": "tester", "data": {"n": number}, **keys}


def numbers(events) -> list[int]:
    return [event.data["n"] for event in events]


@pytest.fixture
async def client(server):
    async with EventClient(server.server.url) as client:
        yield client


class Follower:
    """Reads a stream in the background into ``items``, gaps among the events."""

    def __init__(self, client, **options) -> None:
        self.items: deque[Received | Gap] = deque()
        self._client, self._options = client, {"on_gap": self.items.append, **options}

    async def run(self) -> None:
        async with aclosing(self._client.stream(**self._options)) as events:
            async for event in events:
                self.items.append(event)

    async def take(self, count: int) -> list[Received | Gap]:
        async with asyncio.timeout(TIMEOUT_S):
            await until(lambda: len(self.items) >= count, TIMEOUT_S)
        return [self.items.popleft() for _ in range(count)]


@contextlib.asynccontextmanager
async def following(client, hub=None, **options):
    """Follow a stream; with ``hub``, from when the hub has its connection."""
    follower = Follower(client, **options)
    before = hub.connections.total if hub else 0
    task = asyncio.create_task(follower.run())
    if hub:
        await until(lambda: hub.connections.total > before)
    try:
        yield follower
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


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


# The stream


async def test_a_stream_yields_what_passes_from_now_on(server, client):
    await client.publish(event(0))

    async with following(client, server.hub, filter={"priority": ["high"]}) as follower:
        ids = await client.publish([event(1), event(2, priority="high")])

        (received,) = await follower.take(1)

    assert (received.id, received.data) == (ids[1], {"n": 2})


async def test_a_stream_begins_after_an_id(client):
    ids = await client.publish([event(n) for n in range(3)])

    async with following(client, after=ids[0]) as follower:
        assert [e.id for e in await follower.take(2)] == ids[1:]


async def test_a_connection_cut_again_and_again_loses_and_doubles_nothing(server):
    async with (
        relay_to(server.server.port) as relay,
        EventClient(relay.url) as client,
        following(client, server.hub, filter={"sources": ["wanted"]}) as follower,
    ):
        ids = []
        (subscription,) = client._subscriptions
        await until(lambda: subscription.after)
        for _ in range(5):
            ids += await server.publish("a", "b", source="wanted")
            await server.publish("c", source="other")
            relay.cut()
            ids += await server.publish("d", "e", source="wanted")
            await until(lambda: len(follower.items) == len(ids))  # noqa: B023 (called at once)

        assert relay.connections == 6
    assert [e.id for e in follower.items] == ids


async def test_a_cut_before_the_first_event_loses_nothing(server):
    async with (
        relay_to(server.server.port) as relay,
        EventClient(relay.url) as client,
        following(client, server.hub) as follower,
    ):
        (subscription,) = client._subscriptions
        await until(lambda: subscription.after)
        relay.cut()
        ids = await server.publish("a", "b")

        assert [e.id for e in await follower.take(2)] == ids


async def test_what_is_gone_meanwhile_is_told_before_the_next_event(start_embedded):
    server = await start_embedded(max_history_size=3)
    async with (
        relay_to(server.server.port) as relay,
        EventClient(relay.url) as client,
        following(client, server.hub) as follower,
    ):
        (first,) = await server.publish("first")
        await follower.take(1)
        target, relay.target_port = relay.target_port, 1
        relay.cut()
        ids = await server.publish_many(5)
        relay.target_port = target

        gap, *rest = await follower.take(4)

    assert gap == Gap(first, ids[2], 2)
    assert [e.id for e in rest] == ids[2:]


async def test_a_server_started_anew_without_redis_is_a_gap_of_unknown_size(free_port):
    async with EventClient(f"http://127.0.0.1:{free_port}") as client:
        first = Server(Settings(port=free_port))
        await first.start()
        async with following(client, first.hub) as follower:
            (before,) = await client.publish(event(1))
            await follower.take(1)
            await first.stop()

            async with Server(Settings(port=free_port)):
                (after,) = await client.publish(event(2))
                gap, received = await follower.take(2)

    assert (gap.after, gap.missed) == (before, None)
    assert received.id == after


class Program:
    """The server as a program of its own, which a test may kill."""

    def __init__(self, port: int, redis_url: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._environ = {
            **os.environ, "PORT": str(port), "LOG_LEVEL": "ERROR", "REDIS_URL": redis_url
        }  # fmt: skip

    async def start(self) -> None:
        command = (sys.executable, "-m", "dashboard")
        self._process = await asyncio.create_subprocess_exec(*command, env=self._environ)

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()


@pytest.fixture
async def program(redis_server, free_port):
    program = Program(free_port, redis_server.url)
    await program.start()
    yield program
    await program.kill()


async def test_killing_the_server_loses_and_doubles_nothing(program, redis_server):
    async with EventClient(program.url) as client, EventClient(program.url) as publisher:
        ids = await publisher.publish(event())
        async with following(client, after=ids[0]) as follower:
            publishing = asyncio.create_task(_publish_pairs(publisher, 150))
            received = await follower.take(50)

            await program.restart()
            ids += await asyncio.wait_for(publishing, TIMEOUT_S)

            received += await follower.take(250)

    with redis_server.client() as stream:
        assert [id for id, _ in stream.xrange("events")] == ids
    assert [e.id for e in received] == ids[1:]


async def _publish_pairs(publisher, count: int) -> list[str]:
    pairs = [await publisher.publish([event(n), event(n)]) for n in range(count)]
    return [id for pair in pairs for id in pair]


async def test_a_client_whose_id_is_taken_is_told(server):
    async with EventClient(server.server.url, client_id="same") as client:
        replaced = asyncio.create_task(anext(client.stream()))
        await until(lambda: len(server.hub.connections) == 1)

        await server.joined("same")

        with pytest.raises(Replaced, match="took this client_id"):
            await asyncio.wait_for(replaced, TIMEOUT_S)


async def test_streams_without_an_id_of_the_callers_own_go_side_by_side(server, client):
    async with (
        following(client, server.hub) as one,
        following(client, server.hub) as two,
    ):
        ids = await client.publish(event())

        assert [(await follower.take(1))[0].id for follower in (one, two)] == ids * 2


@pytest.mark.parametrize(
    ("options", "says"),
    [({"filter": {"priority": ["urgent"]}}, "422: priority"), ({"after": "x"}, "422: after")],
)
async def test_a_stream_that_cannot_be_is_refused(client, options, says):
    with pytest.raises(Refused, match=says) as refused:
        await anext(client.stream(**options))

    assert refused.value.detail[0]["loc"][0] == "query"


async def test_without_the_token_everything_is_refused(start_embedded):
    server = await start_embedded(api_token="right")
    url = server.server.url

    async with EventClient(url, token="right") as client:
        assert await client.publish(event())
    async with EventClient(url, token="wrong") as client:
        with pytest.raises(Refused, match="401: the token is not valid"):
            await client.publish(event())
        with pytest.raises(Refused, match="401: the token is not valid"):
            await anext(client.stream())


async def test_a_stream_waits_for_a_place(start_embedded):
    server = await start_embedded(max_connections=1)
    other = await server.joined("other")
    async with (
        relay_to(server.server.port) as relay,
        EventClient(relay.url) as client,
        following(client) as follower,
    ):
        await until(lambda: relay.connections == 2)
        await other.connection.close()
        await until(lambda: len(server.hub.fanout.readers) == 1)
        ids = await server.publish("x")

        assert [e.id for e in await follower.take(1)] == ids


async def test_a_reader_slower_than_the_events_gets_them_all(start_embedded):
    server = await start_embedded(max_history_size=2000)
    async with (
        EventClient(server.server.url) as client,
        aclosing(client.stream(after="0-0")) as events,
    ):
        ids = await server.publish("first")
        assert (await anext(events)).id == ids[0]
        for _ in range(10):
            ids += await server.publish(*["x" * 5000] * 100)

        received = [ids[0], *[(await anext(events)).id for _ in range(1000)]]

    assert received == ids


async def test_closing_the_client_ends_its_streams(server):
    client = EventClient(server.server.url)
    async with client:
        follower = Follower(client)
        task = asyncio.create_task(follower.run())
        await until(lambda: len(server.hub.connections) == 1)

    await asyncio.wait_for(task, TIMEOUT_S)
    await until(lambda: not len(server.hub.connections))


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
