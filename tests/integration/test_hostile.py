"""Hostile input over raw sockets: each gets its 4xx or its close in bounded time, and no more."""

import asyncio
import contextlib
import json
import logging
import socket
import struct
from collections.abc import Iterator

import pytest

from tests.hostile_input import (
    BODIES,
    FRAMES,
    MESSAGES,
    REQUESTS,
    frame,
    nested,
    post,
)
from tests.waiting import until

TIMEOUT_S = 10
ANSWER_WITHIN_S = 5
STALL_S = 0.05
"""What is aimed at; a busy machine stalls by itself, so that ten times as much is asserted."""
LARGE = 100_000_000
UPGRADE = (
    b"GET /ws/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Stalls:
    """Measures how long the event loop does not come round."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before_s = loop.time()
            await asyncio.sleep(0.002)
            self.longest_s = max(self.longest_s, loop.time() - before_s - 0.002)


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, float]]:
    """The longest stall of each case, logged at the end."""
    stalls: dict[str, float] = {}
    yield stalls
    worst = sorted(stalls.items(), key=lambda item: -item[1])[:8]
    lines = [f"{case}: {stall_s * 1000:.0f} ms" for case, stall_s in worst]
    logging.getLogger("tests.hostile").info("longest stalls: %s", "; ".join(lines))


@pytest.fixture
async def hostile(start_embedded, request, measured):
    """A server under watch: afterwards it must serve, hold no place, and have stalled little."""
    server = await start_embedded(max_connections=5)
    stalls = Stalls()
    watching = asyncio.create_task(stalls.watch())

    yield server

    watching.cancel()
    await asyncio.wait([watching])
    await until(lambda: not len(server.hub.connections), TIMEOUT_S)
    clients = [await server.joined(f"after-{number}") for number in range(5)]
    await server.publish("still here")
    for client in clients:
        assert (await client.receive())["data"] == {"text": "still here"}
    measured[request.node.name] = stalls.longest_s
    assert stalls.longest_s < STALL_S * 10


def connect(server) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.server.port), TIMEOUT_S)
    connection.settimeout(ANSWER_WITHIN_S)
    return connection


def send_all(connection: socket.socket, parts) -> None:
    """Send until the other side closes."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for part in parts:
            connection.sendall(part)


def answer_to(server, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are; returns status, headers and body of the answer."""
    with connect(server) as connection:
        send_all(connection, parts)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _more(connection, received)
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += _more(connection, received)
    return int(first.split()[1]), headers, body


def _more(connection: socket.socket, so_far: bytes) -> bytes:
    data = connection.recv(65_536)
    assert data, f"closed after {so_far!r}"
    return data


@pytest.mark.parametrize("case", BODIES)
async def test_a_body_gets_its_status_and_a_detail(hostile, case):
    body, expected = BODIES[case]

    status, headers, answer = await asyncio.to_thread(answer_to, hostile, post(body))

    assert (status, headers["content-type"]) == (expected, "application/json; charset=utf-8")
    assert json.loads(answer)["detail"]
    assert hostile.hub.log.last_id is None


async def test_empty_lines_without_end_are_no_events(hostile):
    request = post(b"\n" * 4_000_000, content_type="application/x-ndjson")

    status, _, answer = await asyncio.to_thread(answer_to, hostile, request)

    assert (status, json.loads(answer)) == (202, {"accepted": 0, "ids": []})


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1", b'""'])
async def test_an_array_without_end_is_refused(hostile, value):
    body = b"[%s]" % b",".join([value] * (1_000_000 // (len(value) + 1)))

    status, _, answer = await asyncio.to_thread(answer_to, hostile, post(body))

    assert status == 422
    assert "at most 1,000 events" in json.loads(answer)["detail"][0]["msg"]


@pytest.mark.parametrize("path", ["/api/events", "/api/events/filter", "/api/test/publish-event"])
async def test_every_endpoint_with_a_body_refuses_depth(hostile, path):
    for body in (b"[" * 5000, nested(5000).encode()):
        status, _, answer = await asyncio.to_thread(answer_to, hostile, post(body, path))

        assert (status, list(json.loads(answer))) == (400, ["detail"])


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("path", ["/api/events", "/health", "/nothing", "/ws/x"])
async def test_a_hundred_megabytes_get_413_or_404(hostile, path, framing):
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n".encode()
    megabyte = b"x" * 1_000_000
    if framing == "length":
        parts = [head + b"Content-Length: %d\r\n\r\n" % LARGE, *[megabyte] * 100]
    else:
        chunk = b"%x\r\n%s\r\n" % (len(megabyte), megabyte)
        parts = [head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 100, b"0\r\n\r\n"]

    status, headers, answer = await asyncio.to_thread(answer_to, hostile, *parts)

    assert status in (404, 413)
    assert headers["content-type"].startswith("application/json")
    assert json.loads(answer)["detail"]


@pytest.mark.parametrize("case", REQUESTS)
async def test_a_request_gets_its_status(hostile, case):
    request, expected = REQUESTS[case]

    status, headers, answer = await asyncio.to_thread(answer_to, hostile, request)

    assert status in expected
    assert b"<html" not in answer.lower()
    if answer:
        assert headers["content-type"].startswith("application/json")
    assert "x-injected" not in headers


@pytest.mark.parametrize("size", [70_000, 10_000_000])
async def test_headers_without_end_are_refused(hostile, size):
    parts = [
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ",
        *[b"a" * 10_000] * (size // 10_000),
    ]

    def talk() -> bytes:
        with connect(hostile) as connection:
            send_all(connection, [*parts, b"\r\n\r\n"])
            with contextlib.suppress(ConnectionResetError):
                return connection.recv(65_536)
        return b""

    answer = await asyncio.to_thread(talk)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


# WebSocket


def upgraded(server, client_id: bytes = b"x") -> socket.socket:
    connection = connect(server)
    connection.sendall(UPGRADE % client_id)
    received = b""
    while b'"status":"connected"' not in received:
        received += _more(connection, received)
    assert received.startswith(b"HTTP/1.1 101 ")
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65_536):
            received += data
    return received


@pytest.mark.parametrize("case", FRAMES)
async def test_a_broken_frame_closes_the_connection(hostile, case):
    def talk() -> bytes:
        with upgraded(hostile) as connection:
            send_all(connection, FRAMES[case])
            return read_to_end(connection)

    received = await asyncio.to_thread(talk)

    if "over the limit" in case:
        assert struct.pack(">H", 1009) in received
    await until(lambda: not len(hostile.hub.connections))


async def test_each_broken_message_gets_an_error_and_the_connection_stays(hostile):
    client = await hostile.joined("talker")

    for message in MESSAGES:
        await client.connection.send(message.decode())
        assert (await client.word("error"))["message"]

    await client.send(type="filter", filters={})
    assert await client.word("filter_applied")
    await client.connection.close()


async def test_a_flood_of_pings_and_messages_that_is_never_read_takes_no_memory(hostile):
    def flood() -> None:
        with upgraded(hostile, b"flooder") as connection:
            connection.settimeout(1)
            many = frame(9, b"p" * 125) * 500 + frame(1, b"{}") * 500
            with contextlib.suppress(TimeoutError):
                for _ in range(200):
                    connection.sendall(many)

    flooding = asyncio.create_task(asyncio.to_thread(flood))
    await until(lambda: len(hostile.hub.connections))
    (flooder,) = hostile.hub.connections
    largest = 0
    while not flooding.done():
        largest = max(largest, len(flooder.outlet._stream._write_buffer or b""))
        await asyncio.sleep(0.001)

    await flooding
    assert largest < 100_000


NDJSON = {
    "two million broken lines": b"x\n" * 2_000_000,
    "many empty objects": b"{}\n" * 1_300_000,
    "one line of blanks": b" " * 4_000_000 + b"x",
}


@pytest.mark.parametrize("case", NDJSON)
async def test_lines_without_end_are_refused(hostile, case):
    request = post(NDJSON[case], content_type="application/x-ndjson")

    status, _, answer = await asyncio.to_thread(answer_to, hostile, request)

    assert (status, type(json.loads(answer))) == (422, dict)
