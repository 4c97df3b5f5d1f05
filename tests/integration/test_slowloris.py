"""Five hundred sockets that never finish a request, beside twenty clients that are served."""

import asyncio
import contextlib
import itertools
import resource
import socket

import pytest

from tests.fixtures.server import TIMEOUT_S
from tests.waiting import until

SOCKETS = 500
CLIENTS = 20
ROUNDS = 20
DELIVERED_WITHIN_S = 2.0
BEGINNINGS = (
    b"",
    b"G",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n[",
    b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n[",
    b"GET /ws/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n",
)
"""Nothing at all, half a request, half a body and half an upgrade."""


class Loris:
    """Many sockets, each of which sends a byte now and then and never ends."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sockets: list[socket.socket] = []

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for beginning in itertools.islice(itertools.cycle(BEGINNINGS), SOCKETS):
            one = socket.socket()
            one.setblocking(False)
            await loop.sock_connect(one, ("127.0.0.1", self._port))
            self._sockets.append(one)
            one.send(beginning)

    def drip(self) -> None:
        """Send one byte more over each."""
        for number, one in enumerate(self._sockets):
            if number % len(BEGINNINGS):
                with contextlib.suppress(OSError):
                    one.send(b"a")

    def closed(self) -> int:
        """Count those that the server has ended."""
        return sum(map(_is_closed, self._sockets))

    def close(self) -> None:
        for one in self._sockets:
            one.close()


def _is_closed(one: socket.socket) -> bool:
    try:
        while data := one.recv(65_536):
            assert data.startswith(b"HTTP/1.1 4")
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    return True


@pytest.fixture
def impatient(monkeypatch):
    """The server waits a second for what it waits half a minute for otherwise."""
    quick = {"idle_connection_timeout": 1.0, "body_timeout": 1.0}
    monkeypatch.setattr("dashboard.door.HTTP_TIMEOUTS", quick)


@pytest.fixture(autouse=True)
def _files_enough():
    """Both ends of each socket are open files of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * SOCKETS if hard == resource.RLIM_INFINITY else min(4 * SOCKETS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
async def loris():
    opened: list[Loris] = []

    async def attack(server) -> Loris:
        opened.append(Loris(server.server.port))
        await opened[0].open()
        return opened[0]

    yield attack
    for one in opened:
        one.close()


async def test_clients_keep_their_service(start_server, loris):
    server = await start_server(max_connections=CLIENTS)
    attack = await loris(server)
    loop = asyncio.get_running_loop()
    # None of the sockets holds a place among the connections.
    clients = [await server.joined(f"client-{number}") for number in range(CLIENTS)]
    slowest_s = 0.0

    for _ in range(ROUNDS):
        attack.drip()
        began_s = loop.time()
        await server.publish("tick")
        for client in clients:
            assert (await client.receive())["data"] == {"text": "tick"}
        assert (await server.http.get("/health")).json()["active_connections"] == CLIENTS
        slowest_s = max(slowest_s, loop.time() - began_s)

    assert slowest_s < DELIVERED_WITHIN_S


async def test_what_never_finishes_is_ended(impatient, start_embedded, loris):
    server = await start_embedded()
    attack = await loris(server)
    client = await server.joined()

    async with asyncio.timeout(TIMEOUT_S):
        while attack.closed() < SOCKETS:
            attack.drip()
            await server.publish("tick")
            await client.receive()

    await until(lambda: len(server.server._server._http._connections) <= 2)
