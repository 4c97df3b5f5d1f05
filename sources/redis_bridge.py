"""Brings what agents `PUBLISH` on a channel into the stream, by one process at a time.

At most once: a message enters only while the lease is held under the token of the subscription it
came by, which one script checks and does. A process that was paused finds its lease gone, and
drops what it was sent meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Literal

from redis.asyncio.client import PubSub

from sources import timestamps
from sources.event import Event, encode
from sources.process import process_name
from sources.redis_connection import Connection
from sources.redis_entries import Invalid, decode_message
from sources.redis_faults import FAULTS
from sources.redis_reader import Stream
from sources.redis_rejects import MAX_REJECTED, Rejects
from sources.redis_scripts import BRIDGE, RELEASE, RENEW, TAKE

BridgeState = Literal["held here", "elsewhere", "unknown"]

LEASE_MS: Final = 5000
TICK_S: Final = 1.0
# No longer than the lease: a holder that waits for an answer holds nothing any more.
ANSWER_WITHIN_S: Final = 3.0
MAX_MESSAGES: Final = 100
_GIVE_BACK_S: Final = 1.0
_TOLD_FROM_MS: Final = 2 * TICK_S * 1000

_logger = logging.getLogger("dashboard.source")


class LeaseLost(Exception):
    """Another process holds the lease, or none: this subscription is worth nothing any more."""


class ChannelBridge:
    """Competes for the lease; ``state`` tells who has it.

    That needs a write each second: ``on_write`` is called after each that Redis took.
    """

    def __init__(
        self, channel: str, stream: Stream, rejects: Rejects, on_write: Callable[[None], None]
    ) -> None:
        self._on_write = on_write
        self.state: BridgeState = "unknown"
        self.holder = ""
        """The process that holds the lease, as far as this one knows."""
        self.channel, self._stream, self._rejects = channel, stream, rejects
        self._lease = f"{stream.name}:bridge"
        self._held_until = f"{stream.name}:bridge:held-until"
        self._token = _new_token()

    def failed(self, reason: str) -> None:
        """Note that a session ended."""
        if self.state == "held here":
            _logger.warning("the channel %s is no longer bridged here: %s", self.channel, reason)
        self.state, self.holder = "unknown", ""

    async def session(self, connection: Connection) -> None:
        """Wait for the lease and use it, through one connection until it fails."""
        # What the last subscription left behind is ours to take back.
        await connection.run(RELEASE, (self._lease,), (self._token,))
        self._token = _new_token()
        while not await self._take(connection):
            self.state = "elsewhere"
            await asyncio.sleep(TICK_S)
        pubsub = connection.client.pubsub()
        try:
            async with connection.patience():
                await pubsub.subscribe(self.channel)
            await _Holding(self, connection, pubsub).run()
        except LeaseLost:
            self.failed("the lease was lost")
        finally:
            await self._give_back(connection, pubsub)

    async def _take(self, connection: Connection) -> bool:
        holder: bytes = await connection.run(TAKE, (self._lease,), (self._token, LEASE_MS))
        self._on_write(None)
        self.holder = _process_of(holder.decode("utf-8", "replace"))
        return holder.decode("utf-8", "replace") == self._token

    async def _give_back(self, connection: Connection, pubsub: PubSub) -> None:
        with suppress(*FAULTS):
            async with asyncio.timeout(_GIVE_BACK_S):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
                await connection.run(RELEASE, (self._lease,), (self._token,))

    async def renew(self, connection: Connection) -> None:
        keys = (self._lease, self._held_until)
        times: list[bytes] = await connection.run(RENEW, keys, (self._token, LEASE_MS))
        if not times:
            raise LeaseLost
        self._on_write(None)
        if self.state != "held here":
            self.state, self.holder = "held here", process_name()
            self._tell_holding(int(times[0]), int(times[1]))

    async def add(self, connection: Connection, messages: list[Event | Invalid]) -> None:
        events = [encode(message) for message in messages if isinstance(message, Event)]
        invalid = [message for message in messages if isinstance(message, Invalid)]
        keys = (self._lease, self._stream.name, self._rejects.stream)
        words = [word for bad in invalid for word in (bad.timestamp, bad.reason, bad.raw)]
        args = (self._token, self._stream.maxlen, MAX_REJECTED, len(events))
        if not await connection.run(BRIDGE, keys, [*args, *events, *words]):
            raise LeaseLost
        self._rejects.note(invalid, len(invalid))

    def decode(self, raw: bytes) -> Event | Invalid:
        return decode_message(raw, self._stream.max_event_bytes)

    def _tell_holding(self, now_ms: int, held_until_ms: int) -> None:
        _logger.info("this process bridges the channel %s into the stream", self.channel)
        if now_ms - held_until_ms > _TOLD_FROM_MS:
            _logger.warning(
                "no process bridged the channel %s from %s to %s; what was published on it "
                "meanwhile is lost",
                self.channel,
                timestamps.from_ms(held_until_ms),
                timestamps.from_ms(now_ms),
            )


def _new_token() -> str:
    # One for each subscription: messages of an older one must not pass under a newer lease.
    return f"{process_name()}/{secrets.token_hex(16)}"


def _process_of(token: str) -> str:
    return token.rpartition("/")[0][:200]


class _Holding:
    """One subscription under one token, until the lease or the connection is lost."""

    def __init__(self, bridge: ChannelBridge, connection: Connection, pubsub: PubSub) -> None:
        self._bridge, self._connection, self._pubsub = bridge, connection, pubsub
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()

    async def run(self) -> None:
        tick_at = self._loop.time() + TICK_S
        while True:
            messages = await self._messages(max(0.0, tick_at - self._loop.time()))
            if messages:
                await self._bridge.add(self._connection, messages)
            if self._loop.time() >= tick_at:
                await self._tick()
                tick_at = self._loop.time() + TICK_S

    async def _messages(self, timeout_s: float) -> list[Event | Invalid]:
        """Wait for a message, and take those that came with it."""
        messages: list[Event | Invalid] = []
        while len(messages) < MAX_MESSAGES:
            answer = await self._pubsub.get_message(timeout=0 if messages else timeout_s)
            if answer is None:
                break
            self._heard_at = self._loop.time()
            if answer["type"] == "message":
                messages.append(self._bridge.decode(answer["data"]))
            else:
                await self._word(answer)
                break
        return messages

    async def _word(self, answer: dict[str, Any]) -> None:
        # Only from here on is the channel listened to.
        if answer["type"] == "subscribe":
            await self._bridge.renew(self._connection)

    async def _tick(self) -> None:
        await self._bridge.renew(self._connection)
        # A subscription hears nothing of a connection that is half open, so that it asks.
        if self._loop.time() - self._heard_at > ANSWER_WITHIN_S:
            raise TimeoutError
        async with self._connection.patience():
            await self._pubsub.ping()
