"""Bodies, headers and time-outs, for every route alike."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from dashboard.door import HTTP_TIMEOUTS, DoorServer
from tests.fixtures.door import LISTED, MAX_BODY_BYTES, TIMEOUT_S, read_answer, running
from tests.waiting import until


@pytest.mark.parametrize(
    "path", ["/dashboard", "/api/seen", "/health", "/static/js/bokeh.min.js", "/nowhere", "/ws/a"]
)
async def test_every_answer_carries_the_security_headers(local, path):
    headers = (await local.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("POST", "/dashboard", 405), ("GET", "/static/no", 404)],
)
async def test_errors_of_panels_own_routes_are_json(local, method, path, status):
    answer = await local.client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json().keys() == {"detail"}
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("size", [0, 1, MAX_BODY_BYTES])
async def test_a_body_within_the_limit_arrives(local, size):
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * size

    whole = await local.client.post("/api/seen", content=b"x" * size)
    chunked = await local.client.post("/api/seen", content=chunks())

    assert whole.json() == chunked.json() == {"bytes": size}


async def test_a_body_over_the_limit_is_refused_in_json(local):
    answer = await local.client.post("/api/seen", content=b"x" * (MAX_BODY_BYTES + 1))

    assert answer.status_code == 413
    assert answer.json() == {"detail": f"the body is larger than {MAX_BODY_BYTES} bytes"}


async def test_a_chunked_body_over_the_limit_is_refused_in_json(local):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 65_536

    answer = await local.client.post("/api/seen", content=endless(), headers={"Origin": LISTED})

    assert answer.status_code == 413
    assert "detail" in answer.json()
    assert answer.headers["access-control-allow-origin"] == LISTED


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_takes_no_body_gets_a_small_one_at_most(local, method):
    answer = await local.client.request(method, "/health", content=b"x" * 65_537)

    assert answer.status_code == 413


async def test_a_body_of_100_megabytes_without_a_token_is_refused(guarded):
    answer = await guarded.client.post("/api/seen", content=b"x" * 100_000_000)

    assert answer.status_code == 401


@pytest.mark.parametrize("announced", ["100000000", "9" * 18, "9" * 5000])
async def test_a_large_body_is_refused_when_it_is_announced(local, announced):
    head = f"POST /api/seen HTTP/1.1\r\nHost: localhost\r\nContent-Length: {announced}\r\n\r\n"

    answer = await local.raw(head)

    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


async def test_who_asks_before_sending_is_told_not_to(local):
    reader, writer = await asyncio.open_connection("127.0.0.1", local.port)

    writer.write(
        b"POST /api/seen HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    answer = await read_answer(reader)
    rest = await reader.read()

    writer.close()
    assert answer.status_code == 413
    assert rest == b""


async def test_a_refused_request_leaves_the_connection_usable(guarded):
    refused = "GET /api/seen HTTP/1.1\r\nHost: a\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)

    writer.write(refused.encode() + refused.replace("/api/seen", "/health").encode())
    first, second = await read_answer(reader), await read_answer(reader)

    writer.close()
    assert (first.status_code, second.status_code) == (401, 200)


async def test_no_server_waits_for_ever(local):
    limits = local.server._http.conn_params

    assert limits.header_timeout == HTTP_TIMEOUTS["idle_connection_timeout"]
    assert limits.body_timeout == HTTP_TIMEOUTS["body_timeout"]


async def test_a_client_that_never_sends_what_it_began_is_cut_off():
    limits = dict.fromkeys(HTTP_TIMEOUTS, 0.2)
    async with running(server={"http_server_kwargs": limits}) as server:
        for sent in ("GET /health HTT", "POST /api/seen HTTP/1.1\r\nHost: localhost\r\n"
                     "Content-Length: 10\r\n\r\nx"):  # fmt: skip
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(sent.encode())
            async with asyncio.timeout(TIMEOUT_S):
                assert await reader.read() == b""
            writer.close()


async def test_silent_sockets_over_the_limit_are_closed_and_those_inside_are_served():
    async with running() as server:
        http = server.server._http
        assert isinstance(http, DoorServer)
        http.max_sockets = 3
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]

        one_more, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(TIMEOUT_S):
            assert await one_more.read() == b""
        writer.close()
        for _, other in silent:
            other.close()
        await until(lambda: not http._connections)

        assert (await server.get("/health")).status_code == 200


async def test_no_part_of_a_message_waits_until_the_one_before_is_confirmed():
    async with running() as server:
        http = server.server._http
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await until(lambda: http._connections)

        (connection,) = http._connections
        assert connection.stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
