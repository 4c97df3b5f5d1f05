"""An event as a row of the live table; made once, whichever page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dashboard.page.model import ROW
from dashboard.scan import Turn
from sources.event import encode
from sources.ids import EventId
from sources.log import Entry
from sources.rollup import Rollup
from sources.summary import agent_of, summarise

SLOW_MS: Final = 10_000
_KEPT: Final = 4000


def unread(after: EventId, before: EventId, count: int) -> str:
    """Return a row that stands for events left out between two; ``client/breaks.js`` knows it."""
    return encode((f"~{before}", None, "unread", str(after), str(before), count)).decode()


class Rows:
    """Rows by event id; the oldest made are forgotten first."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        # By the frame too: a stream made anew may give an id to another event.
        self._made: dict[tuple[EventId, int], str] = {}

    async def prepare(self, entries: Sequence[Entry]) -> None:
        """Make the rows that `columns` will be asked for; others run in between."""
        turn = Turn()
        for entry in entries:
            if _key(entry) not in self._made:
                self._make(entry)
                await turn.give_way()

    def columns(self, entries: Iterable[Entry]) -> dict[str, list[str]]:
        return {ROW: [self._made.get(_key(entry)) or self._make(entry) for entry in entries]}

    def texts(self, entries: Iterable[Entry]) -> list[str]:
        """Return the cells of events that few pages will show: made, but not kept."""
        return [self._made.get(_key(entry)) or self._write(entry) for entry in entries]

    def _write(self, entry: Entry) -> str:
        return encode(self._cells(entry)).decode()

    def _make(self, entry: Entry) -> str:
        row = self._write(entry)
        if len(self._made) >= _KEPT:
            for old in list(self._made)[: _KEPT // 4]:
                del self._made[old]
        self._made[_key(entry)] = row
        return row

    def _cells(self, entry: Entry) -> tuple[str | float | None, ...]:
        """Return the cells in the order that ``client/rows.js`` knows."""
        data = entry.data
        said = summarise(entry.event_type, data)
        took_ms = self._rollup.duration_ms(entry.id)
        return (
            str(entry.id),
            # To the microsecond, or a float would show the millisecond before.
            entry.time_ns // 1000 / 1000,
            entry.priority,
            entry.event_type,
            entry.source,
            agent_of(data, entry.source),
            said.action,
            said.text,
            took_ms,
            int(took_ms is not None and took_ms >= SLOW_MS),
        )


def _key(entry: Entry) -> tuple[EventId, int]:
    return entry.id, hash(entry.frame)
