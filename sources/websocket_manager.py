"""The documented way for an agent, or for code beside the dashboard, to publish an event.

In the dashboard's own process an event enters its source; anywhere else it goes to `REDIS_URL`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from functools import cache
from typing import Final

import msgspec
from dotenv import dotenv_values

from sources.base import EventSource, SourceUnreachable
from sources.event import MAX_EVENT_BYTES, Event, InvalidEvent
from sources.event_message import EventMessage, to_event
from sources.ids import EventId

__all__ = [
    "EventMessage",
    "InvalidEvent",
    "NoRedisUrl",
    "SourceUnreachable",
    "WebSocketManager",
    "forget_source",
    "get_websocket_manager",
    "use_source",
]

_DOTENV: Final = ".env"
_STREAM: Final = "events"
_MAXLEN: Final = 100_000


class NoRedisUrl(SourceUnreachable):
    """An agent's process was not told where to publish."""


class WebSocketManager:
    """Publishes events; may be called from every event loop of the process."""

    def __init__(self) -> None:
        self._own: _OwnSource | None = None
        self._agent = _Agents()

    async def broadcast_event(self, event: EventMessage | Event) -> str:
        """Publish one event; returns its id once the source has it.

        Raises
        ------
        InvalidEvent
            With everything that is wrong with it.
        SourceUnreachable
            Redis is away, or `REDIS_URL` is not set; the message says what to do.
        """
        return str(await (self._own or self._agent).publish(event))

    def use(self, own: _OwnSource) -> None:
        self._own = own

    def forget(self, source: EventSource) -> None:
        if self._own is not None and self._own.source is source:
            self._own = None


@cache
def get_websocket_manager() -> WebSocketManager:
    """Return the one of this process."""
    return WebSocketManager()


def use_source(
    source: EventSource,
    loop: asyncio.AbstractEventLoop,
    max_event_bytes: int = MAX_EVENT_BYTES,
) -> None:
    """Let events of this process enter ``source``, which runs on ``loop``."""
    get_websocket_manager().use(_OwnSource(source, loop, max_event_bytes))


def forget_source(source: EventSource) -> None:
    """Undo `use_source`, unless another source took its place meanwhile."""
    get_websocket_manager().forget(source)


class _OwnSource:
    """The dashboard's own source, reached from every loop and thread."""

    def __init__(
        self, source: EventSource, loop: asyncio.AbstractEventLoop, max_event_bytes: int
    ) -> None:
        self.source, self._loop, self._max_event_bytes = source, loop, max_event_bytes

    async def publish(self, message: EventMessage | Event) -> EventId:
        publishing = self.source.publish([to_event(message, self._max_event_bytes)])
        if asyncio.get_running_loop() is self._loop:
            return (await publishing)[0]
        elsewhere = asyncio.run_coroutine_threadsafe(publishing, self._loop)
        return (await asyncio.wrap_future(elsewhere))[0]


class _AgentSettings(msgspec.Struct, frozen=True):
    redis_url: str
    stream: str
    maxlen: int
    max_event_bytes: int

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> _AgentSettings:
        """Read the environment, or where it is silent the ``.env`` of the working directory."""
        given = {
            key: value
            for key, value in dotenv_values(
                _DOTENV, interpolate=False, encoding="utf-8-sig"
            ).items()
            if value
        }
        given |= {key: value for key, value in environ.items() if value}
        return cls(
            given.get("REDIS_URL", ""),
            given.get("EVENT_STREAM", _STREAM),
            _number(given, "STREAM_MAXLEN", _MAXLEN),
            _number(given, "MAX_EVENT_BYTES", MAX_EVENT_BYTES),
        )


class _Agent:
    """What an agent's process publishes with in one event loop, where its connections live."""

    def __init__(self, settings: _AgentSettings) -> None:
        from sources.redis_publisher import Publisher

        if not settings.redis_url:
            raise NoRedisUrl(
                "REDIS_URL is not set: set it, in the environment or in a .env file here, to the "
                "Redis that the dashboard reads, as redis://127.0.0.1:6379/0"
            )
        self._max_event_bytes = settings.max_event_bytes
        self._publisher = Publisher(settings.redis_url, settings.stream, settings.maxlen)

    async def publish(self, message: EventMessage | Event) -> EventId:
        event = to_event(message, self._max_event_bytes)
        return (await self._publisher.publish([event]))[0]

    async def close(self) -> None:
        await self._publisher.close()


class _Agents:
    """One `_Agent` for each event loop; an agent may call `asyncio.run` time and again."""

    def __init__(self) -> None:
        self._open: dict[asyncio.AbstractEventLoop, tuple[_Agent, AsyncGenerator[None]]] = {}

    async def publish(self, message: EventMessage | Event) -> EventId:
        loop = asyncio.get_running_loop()
        if loop not in self._open:
            agent = _Agent(_AgentSettings.load(os.environ))
            lifetime = self._lifetime(loop, agent)
            self._open[loop] = (agent, lifetime)
            await anext(lifetime)
        return await self._open[loop][0].publish(message)

    async def _lifetime(
        self, loop: asyncio.AbstractEventLoop, agent: _Agent
    ) -> AsyncGenerator[None]:
        # `asyncio.run` closes, before it closes the loop, every generator that began in it.
        try:
            yield
        finally:
            del self._open[loop]
            await agent.close()


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError(f"{name} is {text!r}; expected a whole number above 0")
    return int(text)
