"""The rows of the live table: the newest that pass, streamed at a pace a page can take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bokeh.models import ColumnDataSource

from dashboard.page.model import MAX_ROWS, no_rows
from dashboard.page.rows import Rows
from dashboard.page.view import View
from sources.ids import BEGINNING

ROWS_A_SECOND: Final = 200
"""More than anyone reads; sending all would cost the server ten times as much."""


class LiveRows:
    """Feeds one page's table; counts per second what it showed and what there was."""

    def __init__(
        self, rows: Rows, source: ColumnDataSource, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rows, self._source, self._clock = rows, source, clock
        self._position = BEGINNING
        self._budget = float(ROWS_A_SECOND)
        self._refilled_s = self._second_s = clock()
        self._shown = self._of = 0
        self.overload: dict[str, int] | None = None
        self.passed = 0
        self.streamed_s = 0.0

    def replace(self, view: View) -> None:
        """Show the newest that pass a view, in place of what is shown."""
        entries = view.newest(MAX_ROWS)
        self._source.data = self._rows.columns(entries) if entries else no_rows()
        self._position = entries[-1].id if entries else BEGINNING
        self._last_passed, self._generation = view.passed, view.generation
        self._shown = self._of = 0
        self.overload = None

    def push(self, view: View) -> None:
        """Stream what is new, the newest of it where it is more than can be read."""
        if view.generation != self._generation:
            self.replace(view)
            return
        count = view.passed - self._last_passed
        self._last_passed = view.passed
        self.passed += count
        self._note_second(count)
        if not count:
            return
        self._refill()
        entries = view.since(self._position)[-max(1, int(self._budget)) :]
        if entries:
            self._budget -= len(entries)
            self._shown += len(entries)
            self._position = entries[-1].id
            self.streamed_s = self._clock()
            self._source.stream(dict(self._rows.columns(entries)), rollover=MAX_ROWS)

    def _refill(self) -> None:
        now_s = self._clock()
        gained = (now_s - self._refilled_s) * ROWS_A_SECOND
        self._budget = min(ROWS_A_SECOND, self._budget + gained)
        self._refilled_s = now_s

    def _note_second(self, count: int) -> None:
        now_s = self._clock()
        if now_s - self._second_s >= 1:
            thinned = self._of > self._shown
            per_second = 1 / (now_s - self._second_s)
            self.overload = (
                {"shown": round(self._shown * per_second), "of": round(self._of * per_second)}
                if thinned
                else None
            )
            self._shown = self._of = 0
            self._second_s = now_s
        self._of += count
