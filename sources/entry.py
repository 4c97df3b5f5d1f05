"""An event as the log holds it: encoded once, for every reader."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from sources.event import Event, decode_json, encode
from sources.frames import payload_start, text_frame
from sources.ids import EventId
from sources.texts import searchable, surely_lacks
from sources.timestamps import epoch_ns

_MAX_CATEGORIES: Final = 4096

Category = tuple[str, str, str]
"""Type, source and priority."""


class Entry(msgspec.Struct, gc=False):
    """An event in the log; ``frame`` is its WebSocket frame and holds the only copy of its JSON.

    Entries of one category share it.
    """

    id: EventId
    event_type: str
    source: str
    priority: str
    category: Category
    time_ns: int
    frame: bytes
    _text: bytes | None = None
    # Until the listeners of the log were told: what they want of it need not be decoded again.
    _decoded: dict[str, Any] | None = None

    @property
    def json(self) -> bytes:
        """The event in its documented form, five keys."""
        return self.frame[payload_start(self.frame) :]

    @property
    def json_with_id(self) -> bytes:
        """The event with its id as the sixth key."""
        return b'%s,"id":"%s"}' % (self.json[:-1], str(self.id).encode())

    @property
    def data(self) -> dict[str, Any]:
        """The event's data, not to be changed; decoded anew at each call, except by a listener."""
        if self._decoded is not None:
            return self._decoded
        data: dict[str, Any] = decode_json(self.json)["data"]
        return data

    @property
    def text(self) -> bytes:
        """What a search looks at, casefolded, in UTF-8; built when first needed, then kept.

        One that is larger than the frame is not kept: texts at most double what the log takes.
        """
        text = self._text
        if text is None:
            text = searchable(self.event_type, self.source, self.priority, self.data)
            if len(text) <= len(self.frame):
                self._text = text
        return text

    def holds(self, sought: bytes, unescaped: bool) -> bool:
        """Return whether ``sought`` is in the `text`; most events need none built for a "no"."""
        if self._text is None and unescaped and surely_lacks(self.json, sought):
            return False
        return sought in self.text


def entry_of(id: EventId, event: Event) -> Entry:
    """Encode ``event`` once, for every reader."""
    category = _category(event.event_type, event.source, event.priority)
    return Entry(
        id,
        *category,
        category,
        epoch_ns(event.timestamp),
        text_frame(encode(event)),
        None,
        event.data,
    )


@lru_cache(_MAX_CATEGORIES)
def _category(event_type: str, source: str, priority: str) -> Category:
    return event_type, source, priority
