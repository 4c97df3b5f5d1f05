"""Connections to Redis that fail soon and say why; the waiting between tries is ours."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from sources.redis_faults import FAULTS
from sources.redis_scripts import Script

CONNECT_TIMEOUT_S: Final = 1.5
GREET_WITHIN_S: Final = 1.5
CLOSE_TIMEOUT_S: Final = 1.0
FIRST_DELAY_S: Final = 0.1
MAX_DELAY_S: Final = 1.5


class InvalidRedisUrl(ValueError):
    """A text that is not the address of a Redis server."""


class Connection:
    """A small pool of connections; whatever fails is raised at once, for the caller to retry."""

    def __init__(self, url: str, *, answer_within_s: float, max_connections: int = 4) -> None:
        pool = _pool(url)
        pool.max_connections = max_connections
        pool.timeout = None
        # Set here, for what stands in an address's query would win over keywords.
        pool.connection_kwargs |= {
            "protocol": 2,
            "decode_responses": False,
            "retry": Retry(NoBackoff(), 0),
            # Time-outs are `patience`'s: with one of its own, redis-py waits for each sending in
            # `asyncio.wait_for`, which in Python 3.11 now and then swallows a cancellation.
            "socket_timeout": None,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
        }
        self._answer_within_s = answer_within_s
        self.client: Redis = Redis.from_pool(pool)
        self.address = _address(pool.connection_kwargs)

    def patience(self) -> asyncio.Timeout:
        """Bound what is done inside to the time in which Redis has to answer."""
        return asyncio.timeout(self._answer_within_s)

    async def greet(self) -> None:
        """Ask whether the server is there at all; a read that waits would say so later."""
        async with asyncio.timeout(GREET_WITHIN_S):
            await self.call("PING")

    async def call(self, *words: str | bytes | int) -> Any:
        """Run one command."""
        async with self.patience():
            return await self.client.execute_command(*words)  # type: ignore[no-untyped-call]

    async def call_together(self, *commands: Sequence[str | bytes | int]) -> list[Any]:
        """Run commands that are sent in one go, the first fault of which is raised.

        Redis runs each at once after the one before, however long that had to wait.
        """
        async with self.patience(), self.client.pipeline(transaction=False) as pipeline:
            for words in commands:
                pipeline.execute_command(*words)
            answers = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def run(
        self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | int]
    ) -> Any:
        """Run a script, which the server is given when it does not have it."""
        try:
            return await self.call("EVALSHA", script.sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self.call("EVAL", script.text, len(keys), *keys, *args)

    async def drop_idle(self) -> None:
        """Close what is not in use: after a fault it may be dead without having said so."""
        with suppress(*FAULTS):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.client.connection_pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        with suppress(*FAULTS):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.client.aclose()


class Pace:
    """When to try again: soon at first, then less often, with jitter; at once when asked to."""

    def __init__(self) -> None:
        self._delay_s = FIRST_DELAY_S
        self._now = asyncio.Event()
        self._at_s: float | None = None

    @property
    def next_try_s(self) -> float:
        """Seconds until the next try; 0 while one is under way."""
        return 0.0 if self._at_s is None else max(0.0, self._at_s - time.monotonic())

    def try_now(self) -> None:
        self._now.set()

    async def wait(self, tried_s: float) -> None:
        """Wait for the next try, after one that took ``tried_s``."""
        lasted = tried_s > MAX_DELAY_S
        self._delay_s = FIRST_DELAY_S if lasted else min(self._delay_s * 2, MAX_DELAY_S)
        # A try that ran out of time was a wait already: the server may have come back in it.
        pause_s = max(FIRST_DELAY_S / 2, self._delay_s * random.uniform(0.5, 1) - tried_s)
        self._at_s = time.monotonic() + pause_s
        self._now.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._now.wait()
        self._at_s = None


async def keep_connected(
    session: Callable[[Connection], Awaitable[None]],
    connect: Callable[[], Connection],
    on_fault: Callable[[Exception], None],
    pace: Pace,
) -> None:
    """Run ``session`` on a fresh connection, again and again at the given pace."""
    while True:
        connection, began_s = connect(), time.monotonic()
        try:
            await connection.greet()
            await session(connection)
        except FAULTS as error:
            on_fault(error)
        finally:
            await connection.close()
        await pace.wait(time.monotonic() - began_s)


def _pool(url: str) -> BlockingConnectionPool:
    try:
        pool = BlockingConnectionPool.from_url(url)
        # What stands in the query becomes an option of each connection.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, RedisError) as error:
        said = str(error).rpartition("got an unexpected keyword argument ")[2]
        what = f"unknown option {said}" if said != str(error) else said
        raise InvalidRedisUrl(
            f"{_without_password(url)!r} is not the address of a Redis server ({what}); "
            "expected as redis://127.0.0.1:6379/0, rediss://... or unix:///path"
        ) from None
    return pool


def _address(options: dict[str, Any]) -> str:
    if "path" in options:
        return str(options["path"])
    return f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"


def _without_password(url: str) -> str:
    scheme, found, rest = url.rpartition("@")
    return f"***@{rest}" if found else rest[:60] or scheme
