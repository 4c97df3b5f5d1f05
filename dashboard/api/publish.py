"""Publishing over HTTP: one test event, or many at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from dashboard.api.base import ApiHandler, Unprocessable
from dashboard.api.schemas import Accepted, TestPublished
from dashboard.scan import Turn
from sources.base import Publish
from sources.event import (
    Event,
    Fault,
    InvalidEvent,
    NotJson,
    decode_event,
    decode_json,
    validate,
)

MAX_FAULTS: Final = 1000
"""A request that has so many is not read further."""
_MANY: Final = 100
_NDJSON: Final = "application/x-ndjson"
_TEST_DEFAULTS: Final = {"event_type": "test", "source": "dashboard"}
_BLANK: Final = b" \t\r\n"
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_LINE = re.compile(rb"\S[^\n]*")
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class TestEventHandler(ApiHandler):
    """Publishes one event to all; what is left out is filled in."""

    async def post(self) -> None:
        value = self.json_body()
        try:
            event = validate(
                value, defaults=_TEST_DEFAULTS, max_bytes=self.hub.settings.max_event_bytes
            )
        except InvalidEvent as error:
            self.hub.stats.note_refused("http", error.faults)
            raise
        self.hub.publish_limit.take(self.address, 1)
        (id,) = await self.hub.publish([event])
        self.answer(TestPublished("published", str(id), event))


class EventsHandler(ApiHandler):
    """Publishes an event, an array, or NDJSON: all of it or nothing."""

    async def post(self) -> None:
        with self.hub.in_hand():
            try:
                events = await self._events()
            except (InvalidEvent, Unprocessable) as error:
                self.hub.stats.note_refused("http", error.faults)
                raise
            publish = self._publish()
            self.hub.publish_limit.take(self.address, len(events))
            ids = await self.hub.publish(events, publish) if events else []
        self.answer(Accepted(len(ids), list(map(str, ids))), 202)

    async def _events(self) -> list[Event]:
        self.check_content_type(_NDJSON)
        is_lines = self.content_type == _NDJSON
        body, most = self.request.body, self.hub.settings.max_batch
        parts = lines(body, most + 1) if is_lines else elements(body)
        if parts is None:
            event = decode_event(body, max_bytes=self.hub.settings.max_event_bytes)
            return [event]
        if len(parts) > most:
            msg = f"at most {most:,} events in one request"
            raise Unprocessable([Fault(("body",), msg, "too_long")])
        return await self._decoded(parts, is_lines)

    async def _decoded(self, parts: Sequence[bytes | msgspec.Raw], is_lines: bool) -> list[Event]:
        """Decode all, or refuse all with the faults of the first ones that are invalid.

        Others run in between: a body of 4 MB takes 40 ms.
        """
        turn = Turn()
        events: list[Event] = []
        faults: list[Fault] = []
        for index, part in enumerate(parts):
            try:
                events.append(
                    decode_event(bytes(part), max_bytes=self.hub.settings.max_event_bytes)
                )
            except InvalidEvent as error:
                faults += [fault.under("body", index) for fault in error.faults]
            except NotJson as error:
                if not is_lines:
                    raise
                faults.append(Fault(("body", index), str(error), "json_invalid"))
            if len(faults) >= MAX_FAULTS:
                break
            await turn.give_way()
        if faults:
            raise Unprocessable(faults)
        if len(events) > _MANY:
            await turn.end()  # they enter the log in one piece
        return events

    def _publish(self) -> Publish | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if _KEY.fullmatch(key) is None:
            msg = "Idempotency-Key is 1-255 visible ASCII characters"
            raise Unprocessable([Fault(("header", "Idempotency-Key"), msg, "string_pattern")])
        return Publish(key, hashlib.sha256(self.request.body).hexdigest())


def lines(body: bytes, most: int) -> list[bytes]:
    """Return the lines that are not blank, up to ``most``."""
    return [line[0] for line in islice(_LINE.finditer(body), most)]


def elements(body: bytes) -> list[msgspec.Raw] | None:
    """Return the elements of a JSON array, not yet decoded; None for any other value.

    Raises
    ------
    NotJson
    """
    if not body.lstrip(_BLANK).startswith(b"["):
        return None
    try:
        return _elements.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        decode_json(body)  # says what is wrong, and where
        raise
