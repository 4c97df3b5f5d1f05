"""``/api/events/stream``: the same live events as Server-Sent Events.

Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from itertools import count
from typing import Final

from tornado.web import HTTPError

from dashboard import sockets
from dashboard.api.base import ApiHandler, Unprocessable
from dashboard.api.query import Query, Resume
from dashboard.api.replay import join_now, replay
from dashboard.api.words import word
from dashboard.fanout import Encoder, Gap, Reader
from sources.event import Fault
from sources.filters import Matcher
from sources.ids import EventId, InvalidId
from sources.log import Entry

_log = logging.getLogger("dashboard.sse")
_RETRY_MS: Final = 2000
_numbers = count(1)


def plain_message(entry: Entry) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (str(entry.id).encode(), entry.json)


def message_with_id(entry: Entry) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (str(entry.id).encode(), entry.json_with_id)


class SseReader(Reader):
    """The live half of one event stream."""

    via = "sse"

    def __init__(self, handler: StreamHandler, matcher: Matcher, encode: Encoder) -> None:
        super().__init__(matcher, encode, time.monotonic())
        self.id = f"sse-{next(_numbers)}"
        self.outlet = sockets.outlet_of_stream(handler)
        self.is_chunked = False
        self.is_writing = self.outlet.is_writing
        self.ended = asyncio.Event()

    def progress(self) -> int:
        return self.outlet.progress

    def send(self, data: bytes) -> None:
        if not self.ended.is_set():
            self.outlet.send(b"%x\r\n%b\r\n" % (len(data), data) if self.is_chunked else data)

    def send_gap(self, gap: Gap) -> None:
        said = word("gap", after=gap.after, resumed_from=gap.resumed_from, missed=gap.missed)
        self.send(b"event: connection\ndata: %s\n\n" % said)

    def drop(self) -> None:
        self.ended.set()
        # A response that nobody takes would never come to its end.
        self.outlet.abort()

    def go_away(self) -> None:
        self.ended.set()

    replaced = fail = drop


class StreamHandler(ApiHandler):
    """Holds the response open until the client leaves or the server stops."""

    reader: SseReader | None = None

    def head(self) -> None:
        self._read()
        self._set_stream_headers()

    async def get(self) -> None:
        resume, encode, matcher = self._read()
        if not self.hub.connections.reserve():
            most = self.hub.connections.max_connections
            raise HTTPError(503, f"{most} connections are open, which is all that are allowed")
        self.reader = SseReader(self, matcher, encode)
        self.hub.connections.add(self.reader)
        try:
            await self._stream(self.reader, resume)
        finally:
            self.hub.fanout.leave(self.reader)
            self.hub.connections.remove(self.reader)

    def _read(self) -> tuple[Resume, Encoder, Matcher]:
        query = Query(self.request.query)
        # The header wins, so what the address says then does not matter.
        last = self._last_event_id()
        if last is not None:
            query.ignore("after")
        after = query.event_id("after")
        resume = Resume(last or after)
        ids = query.boolean("ids") or after is not None
        encode = message_with_id if ids else plain_message
        matcher = query.filter(self.hub.filter_class).compile()
        query.finish()
        return resume, encode, matcher

    def _set_stream_headers(self) -> None:
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("X-Accel-Buffering", "no")

    def on_connection_close(self) -> None:
        if self.reader is not None:
            self.reader.ended.set()

    async def _stream(self, reader: SseReader, resume: Resume) -> None:
        if reader.outlet.is_closed:
            return  # it went before anyone listened for that
        sockets.send_untransformed(self)
        self._set_stream_headers()
        self.write(b"retry: %d\n\n" % _RETRY_MS)
        # From here on the connection is written to directly, as a WebSocket is.
        self.flush()
        reader.is_chunked = sockets.is_chunked(self)
        if resume.after is None:
            join_now(self.hub, reader)
            await self._keep_alive(reader)
            return
        catching_up = asyncio.create_task(
            self._catch_up(reader, resume.after), name=f"replay {reader.id}"
        )
        try:
            await self._keep_alive(reader)
        finally:
            catching_up.cancel()

    async def _catch_up(self, reader: SseReader, after: EventId) -> None:
        try:
            await replay(self.hub, reader, after, reader.outlet.drained)
        except Exception:
            _log.exception("replay failed", extra={"client_id": reader.id})
            reader.fail()

    async def _keep_alive(self, reader: SseReader) -> None:
        while True:
            try:
                async with asyncio.timeout(self.hub.settings.ping_interval):
                    await reader.ended.wait()
                    return
            except TimeoutError:
                if not reader.is_writing():
                    reader.send(b": alive\n\n")

    def _last_event_id(self) -> EventId | None:
        text = self.request.headers.get("Last-Event-ID")
        if not text:
            return None
        try:
            return EventId.parse(text)
        except InvalidId as error:
            raise Unprocessable(
                [Fault(("header", "Last-Event-ID"), str(error), "event_id")]
            ) from None
