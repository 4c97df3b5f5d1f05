"""An event as a row of the live table; made once, whichever page shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dashboard.page.model import COLUMNS
from sources.event import encode
from sources.ids import EventId
from sources.log import Entry
from sources.rollup import Rollup
from sources.summary import agent_of, summarise

SLOW_MS: Final = 10_000
_KEPT: Final = 4000

Row = tuple[str, str]


class Rows:
    """Rows by event id; the oldest made are forgotten first."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._made: dict[EventId, Row] = {}

    def columns(self, entries: Iterable[Entry]) -> dict[str, list[str]]:
        rows = [self._made.get(entry.id) or self._make(entry) for entry in entries]
        return {name: [row[index] for row in rows] for index, name in enumerate(COLUMNS)}

    def _make(self, entry: Entry) -> Row:
        id = str(entry.id)
        row = (id, encode(self._cells(id, entry)).decode())
        if len(self._made) >= _KEPT:
            for old in list(self._made)[: _KEPT // 4]:
                del self._made[old]
        self._made[entry.id] = row
        return row

    def _cells(self, id: str, entry: Entry) -> tuple[str | float | None, ...]:
        """Return the cells in the order that ``client/rows.js`` knows."""
        data = entry.data
        said = summarise(entry.event_type, data)
        took_ms = self._rollup.duration_ms(entry.id)
        return (
            id,
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
