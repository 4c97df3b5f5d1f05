"""Publishing over HTTP: one test event, or many at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from dashboard.api.base import ApiHandler, Unprocessable
from dashboard.api.schemas import Accepted, TestPublished
from sources.base import Publish
from sources.event import Event, Fault, InvalidEvent, NotJson, decode_json, validate

_NDJSON: Final = "application/x-ndjson"
_TEST_DEFAULTS: Final = {"event_type": "test", "source": "dashboard"}
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
            self.hub.stats.note_refused("http", error)
            raise
        self.hub.publish_limit.take(self.address, 1)
        (id,) = await self.hub.publish([event])
        self.answer(TestPublished("published", str(id), event))


class EventsHandler(ApiHandler):
    """Publishes an event, an array, or NDJSON: all of it or nothing."""

    async def post(self) -> None:
        events = self._events()
        publish = self._publish()
        self.hub.publish_limit.take(self.address, len(events))
        ids = await self.hub.publish(events, publish) if events else []
        self.answer(Accepted(len(ids), list(map(str, ids))), 202)

    def _events(self) -> list[Event]:
        if self.content_type == _NDJSON:
            return self._validated(enumerate(_lines(self.request.body)))
        value = self.json_body(_NDJSON)
        if isinstance(value, list):
            return self._validated(enumerate(value))
        return self._validated([(None, value)])

    def _validated(self, values: Iterable[tuple[int | None, Any]]) -> list[Event]:
        values = list(values)
        max_batch, max_bytes = self.hub.settings.max_batch, self.hub.settings.max_event_bytes
        if len(values) > max_batch:
            msg = f"at most {max_batch:,} events in one request, not {len(values):,}"
            raise Unprocessable([Fault(("body",), msg, "too_long")])
        events: list[Event] = []
        faults: list[Fault] = []
        for index, value in values:
            prefix = ("body",) if index is None else ("body", index)
            try:
                if isinstance(value, NotJson):
                    raise InvalidEvent([Fault((), str(value), "json_invalid")])
                events.append(validate(value, max_bytes=max_bytes))
            except InvalidEvent as error:
                faults += [fault.under(*prefix) for fault in error.faults]
                self.hub.stats.note_refused("http", error)
        if faults:
            raise Unprocessable(faults)
        return events

    def _publish(self) -> Publish | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if _KEY.fullmatch(key) is None:
            msg = "Idempotency-Key is 1-255 visible ASCII characters"
            raise Unprocessable([Fault(("header", "Idempotency-Key"), msg, "string_pattern")])
        return Publish(key, hashlib.sha256(self.request.body).hexdigest())


def _lines(body: bytes) -> list[Any]:
    """Decode each line that is not blank; one that is no JSON stands as its error."""
    values: list[Any] = []
    for line in body.split(b"\n"):
        if line.strip():
            try:
                values.append(decode_json(line))
            except NotJson as error:
                values.append(error)
    return values
