"""An event as a row of the live table; made once, whichever page shows it."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from typing import Any, Final

from dashboard.page.model import COLUMNS, no_rows
from sources.ids import EventId
from sources.log import Entry
from sources.rollup import Rollup
from sources.summary import agent_of, summarise

SLOW_MS: Final = 10_000
_KEPT: Final = 4000

Row = tuple[Any, ...]


class Rows:
    """Rows by event id; the oldest made are forgotten first."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._made: dict[EventId, Row] = {}

    def columns(self, entries: Iterable[Entry]) -> dict[str, list[Any]]:
        rows = [self._made.get(entry.id) or self._make(entry) for entry in entries]
        if not rows:
            return no_rows()
        return dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))

    def _make(self, entry: Entry) -> Row:
        data = entry.data
        said = summarise(entry.event_type, data)
        took_ms = self._rollup.duration_ms(entry.id)
        row = (
            str(entry.id),
            # To the microsecond, or a float would show the millisecond before.
            entry.time_ns // 1000 / 1000,
            entry.priority,
            entry.event_type,
            entry.source,
            agent_of(data, entry.source),
            said.action,
            said.text,
            nan if took_ms is None else took_ms,
            int(took_ms is not None and took_ms >= SLOW_MS),
        )
        if len(self._made) >= _KEPT:
            for id in list(self._made)[: _KEPT // 4]:
                del self._made[id]
        self._made[entry.id] = row
        return row
