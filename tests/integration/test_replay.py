"""The seam between past and live where something goes wrong: clients that reset, stall or flood."""

import asyncio
import contextlib
import json
import socket
import struct

import pytest

from sources.log import Batch
from tests.fixtures.server import TIMEOUT_S
from tests.waiting import until

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
PART_BYTES = 1_500_000
"""What one client may hold in the server's memory: two writes of half a megabyte, and some."""


def ask(server, path, headers="", buffer_bytes=4096):
    """Send a request on a socket that takes in little, and read nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    client.connect(("127.0.0.1", server.server.port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
    return client


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


async def rest_of(client):
    """Read until the connection ends, in whatever way."""
    loop, total = asyncio.get_running_loop(), 0
    client.setblocking(False)
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(TIMEOUT_S):
            while data := await loop.sock_recv(client, 1 << 20):
                total += len(data)
    client.close()
    return total


def unsent_bytes(server):
    return [len(reader.outlet._stream._write_buffer or b"") for reader in server.hub.connections]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/ws/same", UPGRADE),
        ("/ws/same?after=0-0", UPGRADE),
        ("/ws/same?history=20", UPGRADE),
        ("/ws/{}?after=0-0", UPGRADE),
        ("/api/events/stream", ""),
        ("/api/events/stream?after=0-0", ""),
    ],
)
async def test_clients_that_reset_at_once_take_no_place_for_good(start_embedded, path, headers):
    server = await start_embedded(max_connections=10)
    await server.publish_many(20)

    for number in range(30):
        reset(ask(server, path.format(number), headers))
        if number % 10 == 0:
            await server.publish("x")
    await server.publish("y")

    await until(lambda: not len(server.hub.connections))
    clients = [await server.joined(f"client-{number}") for number in range(10)]
    await server.publish("z")
    assert all([(await client.receive())["data"]["text"] == "z" for client in clients])


@pytest.mark.parametrize("query", ["?after=0-0", "?history=400"])
async def test_a_past_of_large_events_goes_out_as_it_is_taken(start_server, query):
    server = await start_server()
    for _ in range(20):
        await server.publish(*["x" * 50_000] * 20)
    small = ask(server, f"/ws/slow{query}", UPGRADE)

    await until(lambda: sum(unsent_bytes(server)) > 0)
    for _ in range(20):
        await server.publish("live")

    assert max(unsent_bytes(server)) < PART_BYTES
    small.close()


async def test_a_past_of_large_events_arrives_whole(start_server):
    server = await start_server()
    ids = []
    for _ in range(10):
        ids += await server.publish(*["x" * 50_000] * 20)

    for number, query in enumerate(("?after=0-0&ids=true", "?history=200&ids=true")):
        client = await server.joined(f"client-{number}", query)
        assert [event["id"] for event in await client.receive_many(200)] == ids


@pytest.mark.parametrize("query", ["", "?after=0-0"])
async def test_an_event_stream_that_nobody_reads_is_closed(start_embedded, query):
    server = await start_embedded(slow_client_timeout=0.2)
    stuck = ask(server, f"/api/events/stream{query}")
    await until(lambda: len(server.hub.connections) == 1)

    async with asyncio.timeout(TIMEOUT_S):
        while len(server.hub.connections):
            await server.publish(*["x" * 50_000] * 20)

    # What is left is the publisher's own.
    await until(lambda: len(server.server._server._http._connections) <= 1)
    await rest_of(stuck)


async def test_an_event_stream_that_is_read_slowly_goes_on(start_embedded):
    server = await start_embedded(slow_client_timeout=0.5)
    loop = asyncio.get_running_loop()
    for _ in range(5):
        await server.publish(*["x" * 50_000] * 20)
    slow = ask(server, "/api/events/stream?after=0-0", buffer_bytes=131_072)
    slow.setblocking(False)

    for _ in range(30):
        await loop.sock_recv(slow, 65_536)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(loop.create_future(), 0.05)

    assert len(server.hub.connections) == 1
    slow.close()


@pytest.mark.parametrize("path", ["/ws/x", "/api/events/stream"])
async def test_a_replay_that_fails_ends_the_connection(
    start_embedded, monkeypatch, error_log, path
):
    server = await start_embedded()

    async def fail(after, limit):
        raise RuntimeError("broken")

    monkeypatch.setattr(server.hub.source, "read", fail)
    error_log.expect("replay failed")

    client = ask(server, f"{path}?after=0-0", UPGRADE if "ws" in path else "")

    await until(lambda: len(error_log.lines) == 1)
    client.shutdown(socket.SHUT_WR)
    await rest_of(client)
    await until(lambda: not len(server.hub.connections))


async def test_a_short_page_is_not_taken_for_the_last(start_on_redis, monkeypatch):
    server = await start_on_redis(max_history_size=5)
    ids = await server.publish_many(40)
    whole = server.hub.source.read

    async def short(after, limit):
        batch = await whole(after, limit)
        return Batch(batch.entries[:3], batch.entries[:3][-1].id, batch.missed)

    # As where the stream is trimmed while a page is read.
    monkeypatch.setattr(server.hub.source, "read", short)
    client = await server.joined(query=f"?after={ids[0]}&ids=true")

    assert [event["id"] for event in await client.receive_many(39)] == ids[1:]


async def test_a_filter_set_during_a_replay_holds_for_what_follows_its_word(start_embedded):
    server = await start_embedded(max_history_size=5000)
    for _ in range(4):
        await server.publish(*["x" * 20_000] * 100, source="old")
    (last,) = await server.publish("last", source="new")

    client = await server.joined(query="?after=0-0&ids=true")
    await client.send(type="filter", filters={"sources": ["new"]})
    messages: list[dict] = []
    while not messages or messages[-1].get("id") != last:
        messages.append(await client.receive())

    kinds = [json.dumps(m["data"].get("status", m["source"])) for m in messages]
    at = kinds.index('"filter_applied"')
    assert kinds[at + 1 :] == ['"new"']
    assert set(kinds[:at]) <= {'"old"'}
