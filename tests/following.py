"""A stream of the client that is read in the background, and a server that a test may kill."""

import asyncio
import contextlib
import os
import sys
from collections import deque
from contextlib import aclosing

from sources.client import Gap, Received
from tests.waiting import until

TIMEOUT_S = 15


def event(number: int = 0, **keys: object) -> dict[str, object]:
    return {"event_type": "test", "source": "tester", "data": {"n": number}, **keys}


def numbers(events) -> list[int]:
    return [event.data["n"] for event in events]


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
