"""The client's stream over connections that are cut, and servers that are killed."""

import asyncio
from contextlib import aclosing

import pytest

from dashboard.server import Server
from dashboard.settings import Settings
from sources.client import EventClient, Gap, Refused, Replaced
from tests.following import TIMEOUT_S, Follower, Program, event, following
from tests.relay import relay_to
from tests.waiting import until


@pytest.fixture
async def client(server):
    async with EventClient(server.server.url) as client:
        yield client


@pytest.fixture
async def program(redis_server, free_port):
    program = Program(free_port, redis_server.url)
    await program.start()
    yield program
    await program.kill()


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
