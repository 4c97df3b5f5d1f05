"""Clients that ask for much and take none of it, on whatever address."""

import socket

import pytest

from dashboard import stalled
from dashboard.sockets import open_connections
from tests.fixtures.server import TIMEOUT_S
from tests.waiting import until

TEXT = "x" * 60_000


@pytest.mark.parametrize("path", ["/api/events/history?limit=500", "/api/events/export?format=csv"])
async def test_an_answer_that_nobody_takes_is_dropped(start_embedded, monkeypatch, path):
    monkeypatch.setattr(stalled, "GRACE_S", 0.1)
    server = await start_embedded(slow_client_timeout=0.3)
    for _ in range(10):
        await server.publish(*[TEXT] * 50)
    http = server.server._server._http
    before = open_connections(http)

    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.server.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

        await until(lambda: open_connections(http) > before, TIMEOUT_S)
        await until(lambda: open_connections(http) == before, TIMEOUT_S)
