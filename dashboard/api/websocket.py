"""``/ws/{client_id}``: live events, a filter that can change, and publishing."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any, Final

from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler, WebSocketProtocol

from dashboard import sockets
from dashboard.api.base import ApiHandler, Unprocessable
from dashboard.api.query import Query, Resume
from dashboard.api.replay import join_now, join_with_history, replay
from dashboard.api.words import word
from dashboard.fanout import Encoder, Gap, Reader
from dashboard.limits import TooFast
from dashboard.turn import Place
from sources.base import SourceUnreachable
from sources.event import Fault, InvalidEvent, NotJson, decode_json, validate
from sources.filters import InvalidFilter, Matcher
from sources.frames import text_frame
from sources.ids import BEGINNING
from sources.log import Entry

_log = logging.getLogger("dashboard.websocket")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
_ENVELOPE_BYTES: Final = 1024
_VERSIONS: Final = ("7", "8", "13")

CLOSE_CODES: Final = {
    1001: "the server stops",
    1009: "the message is too big",
    1011: "the server failed, or the client answered no ping",
    1013: "the client takes nothing",
    4001: "another connection took this client_id",
}


def plain_frame(entry: Entry) -> bytes:
    """The frame of an event in its documented form, built when it entered the log."""
    return entry.frame


def frame_with_id(entry: Entry) -> bytes:
    return text_frame(entry.json_with_id)


class WebSocketReader(Reader):
    """The live half of one WebSocket connection."""

    via = "ws"

    def __init__(
        self, client_id: str, handler: EventsWebSocketHandler, matcher: Matcher, encode: Encoder
    ) -> None:
        super().__init__(matcher, encode, time.monotonic())
        self.id = client_id
        self._handler = handler
        self.outlet = sockets.outlet_of(handler)
        self.is_writing, self.send = self.outlet.is_writing, self.outlet.send

    def progress(self) -> int:
        return self.outlet.progress

    def say(self, status: str, **data: Any) -> None:
        """Send the server's own word."""
        self.send(text_frame(word(status, **data)))

    def send_gap(self, gap: Gap) -> None:
        self.say("gap", after=gap.after, resumed_from=gap.resumed_from, missed=gap.missed)

    def drop(self) -> None:
        self._handler.close_as(1013)

    def go_away(self) -> None:
        self._handler.close_as(1001)

    def fail(self) -> None:
        self._handler.fail()

    def replaced(self) -> None:
        self._handler.close_as(4001)


class EventsWebSocketHandler(ApiHandler, WebSocketHandler):
    """Registers a client once its connection is open, and forgets it when it closes."""

    _reserved = False
    reader: WebSocketReader | None = None
    _replay: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method != "GET":
            return
        self._check_upgrade()
        client_id = self.path_args[0]
        if _CLIENT_ID.fullmatch(client_id) is None:
            msg = f"client_id {client_id[:60]!r} is not 1-128 letters, digits, _ . : -"
            raise Unprocessable([Fault(("path", "client_id"), msg, "string_pattern")])
        self._read_query()
        if not self.hub.connections.reserve(client_id):
            most = self.hub.connections.max_connections
            raise HTTPError(503, f"{most} connections are open, which is all that are allowed")
        self._reserved = True

    def _check_upgrade(self) -> None:
        # Tornado checks the same, and answers without a body or in plain text.
        headers = self.request.headers
        if headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(426, "this address speaks WebSocket; send an Upgrade")
        if headers.get("Sec-WebSocket-Version") not in _VERSIONS:
            raise HTTPError(426, "Sec-WebSocket-Version is 13")
        connection = [word.strip().lower() for word in headers.get("Connection", "").split(",")]
        if "upgrade" not in connection or not headers.get("Sec-WebSocket-Key"):
            raise HTTPError(400, "a WebSocket needs Connection: Upgrade and a Sec-WebSocket-Key")

    def _read_query(self) -> None:
        query = Query(self.request.query)
        history = query.whole("history", 0, self.hub.settings.max_history_size, 0)
        self._resume = Resume(query.event_id("after"), history)
        ids = query.boolean("ids") or self._resume.after is not None
        self._encode = frame_with_id if ids else plain_frame
        self._matcher = query.filter(self.hub.filter_class).compile()
        query.finish()

    def check_origin(self, origin: str) -> bool:
        return True  # decided at the door, for every route alike

    def get_compression_options(self) -> None:
        return None  # a frame is the same bytes for every client

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        return sockets.protocol_of(self, super().get_websocket_protocol())

    @property
    def ping_interval(self) -> float:
        return self.hub.settings.ping_interval

    @property
    def ping_timeout(self) -> float:
        return self.hub.settings.ping_interval

    @property
    def max_message_size(self) -> int:
        return self.hub.settings.max_event_bytes + _ENVELOPE_BYTES

    def open(self, client_id: str) -> None:
        hub = self.hub
        self.reader = WebSocketReader(client_id, self, self._matcher, self._encode)
        self._reserved = False
        older = hub.connections.add(self.reader, client_id)
        if older is not None:
            older.replaced()
        _log.info("client connected", extra={"client_id": client_id})
        last = hub.log.last_id
        self.reader.say("connected", client_id=client_id, last_id=str(last) if last else None)
        if self._resume.after is None and not self._resume.history:
            join_now(hub, self.reader)
        else:
            place = last or BEGINNING, hub.log.generation
            catching_up = self._catch_up(self.reader, self._resume, place)
            self._replay = asyncio.create_task(catching_up, name=f"replay {client_id}")

    async def on_message(self, message: str | bytes) -> None:
        assert self.reader is not None
        try:
            await self._handle(message)
        except (InvalidMessage, InvalidEvent, InvalidFilter, SourceUnreachable, TooFast) as error:
            self.reader.say("error", message=str(error))
        # One that sends and never reads may not pile up answers here.
        await self.reader.outlet.drained()

    async def _handle(self, message: str | bytes) -> None:
        value = _object_of(message)
        match value.get("type"):
            case "filter":
                self._set_filter(value)
            case "publish":
                await self._publish(value)
            case other:
                raise InvalidMessage(f"type is filter or publish, not {str(other)[:60]!r}")

    def _set_filter(self, value: dict[str, Any]) -> None:
        assert self.reader is not None
        if "filters" not in value:
            raise InvalidMessage('a filter message is {"type": "filter", "filters": {...}}')
        chosen = self.hub.filter_class.from_json(value["filters"])
        self.reader.say("filter_applied", filters=chosen.to_json())
        self.hub.fanout.change_filter(self.reader, chosen.compile())

    async def _publish(self, value: dict[str, Any]) -> None:
        assert self.reader is not None
        if "event" not in value:
            raise InvalidMessage('a publish message is {"type": "publish", "event": {...}}')
        try:
            event = validate(value["event"], max_bytes=self.hub.settings.max_event_bytes)
        except InvalidEvent as error:
            self.hub.stats.note_refused("ws", error.faults)
            raise
        self.hub.publish_limit.take(self.address, 1)
        (id,) = await self.hub.publish([event])
        self.reader.say("published", id=str(id))

    def close_as(self, code: int) -> None:
        """Close with one of `CLOSE_CODES`; nothing is delivered from here on."""
        self._forget()
        self.close(code, CLOSE_CODES[code])

    def fail(self) -> None:
        """Close where the server itself is at fault, which its log tells."""
        self.close_as(1011)

    def on_close(self) -> None:
        self._forget()
        if self.reader is not None:
            _log.info(
                "client disconnected",
                extra={"client_id": self.reader.id, "code": self.close_code},
            )

    def on_finish(self) -> None:
        super().on_finish()
        # Called before the upgrade completes, too: only a refused one still holds a place then.
        if self._reserved and self.get_status() != 101:
            self._release()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._release()

    def _release(self) -> None:
        if self._reserved:
            self._reserved = False
            self.hub.connections.release()

    def _forget(self) -> None:
        if self.reader is None:
            return
        if self._replay is not None:
            self._replay.cancel()
        self.hub.fanout.leave(self.reader)
        self.hub.connections.remove(self.reader)

    async def _catch_up(self, reader: WebSocketReader, resume: Resume, place: Place) -> None:
        try:
            if resume.after is None:
                await join_with_history(self.hub, reader, resume.history, place)
            else:
                await replay(self.hub, reader, resume.after, reader.outlet.drained)
        except Exception:
            _log.exception("replay failed", extra={"client_id": reader.id})
            self.fail()


class InvalidMessage(ValueError):
    """A message from a client that is not one of the two documented ones."""


def _object_of(message: str | bytes) -> dict[str, Any]:
    if isinstance(message, bytes):
        raise InvalidMessage("messages are text, not binary")
    try:
        value = decode_json(message)
    except NotJson as error:
        raise InvalidMessage(f"the message is {error}") from None
    if not isinstance(value, dict):
        raise InvalidMessage("a message is a JSON object with a type of filter or publish")
    return value
