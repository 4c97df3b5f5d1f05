"""One stream of events over as many WebSocket connections as it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from sources.client_wire import (
    RETRIED,
    Gap,
    Received,
    Refused,
    Replaced,
    delays_s,
    detail_of,
    seconds_of,
)
from sources.event import Event
from sources.ids import BEGINNING

_log = logging.getLogger("sources.client")
_REPLACED: Final = 4001
_MAX_MESSAGE_BYTES: Final = 1 << 26

_word = msgspec.json.Decoder(Event)
_event = msgspec.json.Decoder(Received)


def warn_of_gap(gap: Gap) -> None:
    count = "an unknown number of" if gap.missed is None else gap.missed
    _log.warning("missed %s events after %s", count, gap.after)


class Subscription:
    """Where a stream is: ``after`` is the last event that was yielded.

    Before the first it is the newest that the server had when the first connection joined.
    """

    def __init__(
        self,
        url: str,
        headers: dict[str, str],
        query: Iterable[tuple[str, str]],
        after: str | None,
        on_gap: Callable[[Gap], object],
    ) -> None:
        self.after = after
        # http to ws, https to wss
        self._url = "ws" + url.removeprefix("http")
        self._headers, self._query, self._on_gap = headers, list(query), on_gap
        self._connection: ClientConnection | None = None
        self._closed = asyncio.Event()
        self._delays = delays_s()

    async def events(self) -> AsyncGenerator[Received, None]:
        """Yield until `close`; a connection that is lost is made again.

        Raises
        ------
        Refused, Replaced
        """
        while not self._closed.is_set():
            wait_s = 0.0
            try:
                async with aclosing(self._one_connection()) as events:
                    async for event in events:
                        yield event
            except InvalidStatus as refused:
                wait_s = _wait_s(refused)
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
                _log.info("the stream of %s is interrupted: %s", self._url, error)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wait_s, next(self._delays))):
                    await self._closed.wait()

    async def close(self) -> None:
        self._closed.set()
        if self._connection is not None:
            await self._connection.close()

    async def _one_connection(self) -> AsyncGenerator[Received, None]:
        async with connect(
            self._address(),
            additional_headers=self._headers,
            compression=None,
            max_size=_MAX_MESSAGE_BYTES,
        ) as connection:
            self._connection = connection
            while not self._closed.is_set():
                try:
                    message = await connection.recv(decode=False)
                except ConnectionClosed as closed:
                    if closed.rcvd is not None and closed.rcvd.code == _REPLACED:
                        raise Replaced("another connection took this client_id") from None
                    raise
                if (event := self._take(message)) is not None:
                    yield event

    def _address(self) -> str:
        query = [*self._query, ("ids", "true")]
        if self.after is not None:
            query.append(("after", self.after))
        return f"{self._url}?{urlencode(query)}"

    def _take(self, message: bytes) -> Received | None:
        """Return the event of a message; None for a word of the server, which is heeded."""
        word = _word.decode(message)
        if (word.event_type, word.source) != ("connection", "dashboard"):
            event = _event.decode(message)
            self.after = event.id
            return event
        self._heed(word.data)
        return None

    def _heed(self, said: dict[str, Any]) -> None:
        if said["status"] == "connected":
            self._delays = delays_s()
            # Every event later than this one is delivered, so it is where to go on from.
            self.after = self.after or said["last_id"] or str(BEGINNING)
        elif said["status"] == "gap":
            self._on_gap(Gap(said["after"], said["resumed_from"], said["missed"]))


def _wait_s(refused: InvalidStatus) -> float:
    """Return how long the server asks to wait at least.

    Raises
    ------
    Refused
        If it will not let this client in later either.
    """
    answer = refused.response
    if answer.status_code not in RETRIED:
        raise Refused(detail_of(answer.body or b""), answer.status_code) from None
    return seconds_of(answer.headers.get("Retry-After"))
