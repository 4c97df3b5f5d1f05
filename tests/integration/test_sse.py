"""Server-Sent Events, read line by line."""

import asyncio
import contextlib
import json

import httpx
import pytest

from tests.fixtures.server import TIMEOUT_S
from tests.waiting import until


@contextlib.asynccontextmanager
async def stream(server, query="", **headers):
    """Open an event stream; gives a function that returns its next block of lines."""
    url = f"/api/events/stream{query}"
    async with server.http.stream("GET", url, headers=headers, timeout=TIMEOUT_S) as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()

        async def block():
            found: list[str] = []
            async with asyncio.timeout(TIMEOUT_S):
                async for line in lines:
                    if not line:
                        return found
                    found.append(line)
            return found

        assert (await block())[0].startswith("retry: ")
        yield block


async def test_events_come_with_their_id_and_no_event_line(server):
    async with stream(server) as block:
        (id,) = await server.publish("live")

        first, second = await block()

    assert first == f"id: {id}"
    assert second.startswith('data: {"event_type":"test"')
    assert '"id"' not in second


async def test_the_header_resumes_and_wins_over_after(server):
    ids = await server.publish("a", "b", "c")

    async with stream(server, f"?after={ids[0]}", **{"Last-Event-ID": ids[1]}) as block:
        assert (await block())[0] == f"id: {ids[2]}"


async def test_a_gap_is_told_as_an_event_of_its_own(start_embedded):
    server = await start_embedded(max_history_size=2)
    ids = await server.publish_many(5)

    async with stream(server, f"?after={ids[0]}") as block:
        event, data = await block()

    assert event == "event: connection"
    assert '"status":"gap"' in data
    assert '"missed":2' in data
    assert json.loads(data.removeprefix("data: "))["event_type"] == "connection"


async def test_events_sent_counts_what_went_over_websocket(server):
    client = await server.joined()
    async with stream(server) as block:
        await server.publish("one")
        await block()
        await client.receive()

    assert (await server.http.get("/api/metrics")).json()["events_sent"] == 1
    assert server.hub.fanout.delivered == 2


async def test_the_filter_and_ids_in_the_query(server):
    async with stream(server, "?priority=high&ids=true") as block:
        await server.publish("no")
        (id,) = await server.publish("yes", priority="high")

        _, data = await block()

    assert f'"id":"{id}"' in data


async def test_a_comment_keeps_it_alive(start_server):
    server = await start_server(ping_interval=0.05)

    async with stream(server) as block:
        assert await block() == [": alive"]


async def test_it_ends_with_the_server(start_server):
    server = await start_server()

    async with stream(server) as block:
        await server.hub.stop()
        assert await block() == []


async def test_a_stream_takes_a_place_and_gives_it_back(start_server):
    server = await start_server(max_connections=1)

    async with stream(server):
        refused = await server.http.get("/api/events/stream")
    await until(lambda: not len(server.hub.connections))

    assert refused.status_code == 503
    assert refused.json()["detail"]


@pytest.mark.parametrize("query", ["?after=x", "?colour=1"])
async def test_a_bad_query_is_refused(server, query):
    assert (await server.http.get(f"/api/events/stream{query}")).status_code == 422


async def test_beside_the_header_what_after_says_does_not_matter(server):
    (id,) = await server.publish("a")

    async with stream(server, "?after=nonsense", **{"Last-Event-ID": id}) as block:
        (later,) = await server.publish("b")
        assert (await block())[0] == f"id: {later}"


async def test_a_bad_last_event_id_is_refused(server):
    answer = await server.http.get("/api/events/stream", headers={"Last-Event-ID": "x"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["header", "Last-Event-ID"]


async def test_compression_does_not_hold_events_back(server):
    async with httpx.AsyncClient(base_url=server.server.url) as browser:
        server.http, own = browser, server.http
        async with stream(server, **{"Accept-Encoding": "gzip"}) as block:
            await own.post("/api/test/publish-event", json={})
            assert (await block())[0].startswith("id: ")
        server.http = own
