"""The parts that are played in the soak, and the ledger that each of them keeps."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import socket
from dataclasses import dataclass, field
from typing import Final

import websockets

from tests.benchmarks import wire
from tests.benchmarks.page_client import open_page

_SEQ = re.compile(r'"seq": ?(\d+)')
_ID = re.compile(r'"id":"(\d+-\d+)"\}$')
_WORD: Final = '"event_type":"connection"'
SILENCE_S: Final = 20.0
"""No client of a dashboard at work waits longer for its next event."""
STALLED_S: Final = 45.0
SLOW_BUFFER_BYTES: Final = 32_768
CLOSE_WITHIN_S: Final = 30.0


@dataclass
class Tally:
    """What all of them saw."""

    received: int = 0
    resumed: int = 0
    gaps: int = 0
    told_missed: int = 0
    pages: int = 0
    closed: int = 0
    faults: list[str] = field(default_factory=list)

    def says(self) -> str:
        return (
            f"{self.received:,} events came to clients that come and go or are slow, "
            f"{self.resumed} times one came back after its last event, {self.gaps} gaps told of "
            f"{self.told_missed:,} missed events, {self.closed} clients that read nothing were "
            f"closed, {self.pages} pages were opened and closed"
        )


class Ledger:
    """Holds one reader to the law: the next number, or a gap that says how many are left out."""

    def __init__(self, name: str, tally: Tally) -> None:
        self._name, self._tally = name, tally
        self._next: int | None = None
        self.last_id: str | None = None

    def take(self, text: str) -> None:
        """Note one message."""
        if _WORD in text:
            self._heed(json.loads(text)["data"])
            return
        found, id = _SEQ.search(text), _ID.search(text)
        assert found is not None, text
        assert id is not None, text
        number = int(found[1])
        if self._next is not None and number != self._next:
            self._fault(f"{number} came where {self._next} was due")
        self._next, self.last_id = number + 1, id[1]
        self._tally.received += 1

    def _heed(self, data: dict[str, object]) -> None:
        if data["status"] != "gap":
            return
        missed = data["missed"]
        self._tally.gaps += 1
        if data["after"] != self.last_id:
            self._fault(f"a gap after {data['after']}, where {self.last_id} was the last")
        if isinstance(missed, int) and self._next is not None:
            self._next += missed
            self._tally.told_missed += missed
        else:
            self._fault("a gap was not counted")
            self._next = None

    def _fault(self, what: str) -> None:
        self._tally.faults.append(f"{self._name}: {what}")


async def comer(port: int, tally: Tally, rng: random.Random) -> None:
    """Stay for a while, go, and come back after the last event; now and then later than is kept.

    Not so much later that what is missed could no longer be counted.
    """
    ledger = Ledger("one that comes back", tally)
    for _ in range(rng.randint(1, 8)):
        after = f"&after={ledger.last_id}" if ledger.last_id else ""
        async with _client(port, f"?ids=true{after}") as client:
            tally.resumed += bool(after)
            until_s = asyncio.get_running_loop().time() + rng.uniform(1, 20)
            while asyncio.get_running_loop().time() < until_s:
                ledger.take(await _next(client))
        await asyncio.sleep(rng.choice((0.0, 0.5, 5.0, 30.0)))


async def slow(port: int, tally: Tally, rng: random.Random) -> None:
    """Read a quarter of what comes, so that it falls behind and is told gaps."""
    ledger = Ledger("a slow one", tally)
    # With a buffer of megabytes a ping would wait in it for longer than the server does.
    async with _client(port, "?ids=true", _small_socket(port)) as client:
        for _ in range(rng.randint(100, 600)):
            for _ in range(50):
                ledger.take(await _next(client))
            await asyncio.sleep(0.2)


async def stalled(port: int, tally: Tally, rng: random.Random) -> None:
    """Read nothing at all, until the server has closed the connection."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", port))
        path = f"/ws/stalled-{os.urandom(4).hex()}"
        await loop.sock_sendall(sock, wire.request("127.0.0.1", port, path))
        await asyncio.sleep(STALLED_S)
        # What lies in the kernel can still be read; then there must be an end.
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                while await loop.sock_recv(sock, 1 << 18):
                    pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            raise ValueError("one that read nothing for so long was not closed") from None
    tally.closed += 1


async def page(port: int, tally: Tally, rng: random.Random) -> None:
    """Keep a page open for a while."""
    async with open_page(port) as shown:
        reading = asyncio.create_task(shown.read())
        try:
            await asyncio.sleep(rng.uniform(3, 20))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if not shown.pushes:
            raise ValueError("a page was never brought up to date")
    tally.pages += 1
    await asyncio.sleep(rng.uniform(0, 2))


def _client(port: int, query: str, sock: socket.socket | None = None) -> websockets.connect:
    address = f"ws://127.0.0.1:{port}/ws/soak-{os.urandom(6).hex()}{query}"
    # Its own pings are left out: the answers would wait behind what a slow one has not read.
    return websockets.connect(
        address, sock=sock, max_size=None, proxy=None, compression=None, ping_interval=None
    )


def _small_socket(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER_BYTES)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


async def _next(client: websockets.ClientConnection) -> str:
    try:
        async with asyncio.timeout(SILENCE_S):
            text = await client.recv()
    except TimeoutError:
        raise ValueError(f"nothing came for {SILENCE_S:.0f} s") from None
    except websockets.ConnectionClosed as closed:
        raise ValueError(f"the connection was closed: {closed}") from None
    assert isinstance(text, str)
    return text
