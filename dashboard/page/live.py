"""The rows of the live table: the newest that pass, streamed at a pace a page can take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final
from weakref import ref

from bokeh.models import ColumnDataSource

from dashboard.page.model import MAX_ROWS, ROW, no_rows
from dashboard.page.rows import Rows, unread
from dashboard.page.view import View
from sources.ids import BEGINNING, EventId
from sources.log import Entry

ROWS_A_SECOND: Final = 200
"""More than anyone reads; sending all would cost the server ten times as much."""
FIRST_ROWS: Final = 100
FIRST_ROWS_S: Final = 0.05
"""A long search shows what it has after this time, if that fills a screen."""


class LiveRows:
    """Feeds one page's table; counts per second what it showed and what there was.

    ``passed`` counts what passed since the page was opened; it is exact but for the ``uncounted``
    times when some had left the log before they were counted.
    """

    def __init__(
        self, rows: Rows, source: ColumnDataSource, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rows, self._source, self._clock = rows, source, clock
        self.position = BEGINNING
        self._key: str | None = None
        self._view: ref[View] | None = None
        self._left_out = 0
        self._budget = float(ROWS_A_SECOND)
        self._refilled_s = self._second_s = clock()
        self._shown = self._of = 0
        self.overload: dict[str, int] | None = None
        self.passed = self.uncounted = 0
        self.streamed_s = 0.0

    def resume(self, after: EventId) -> None:
        """Count on from what the browser has of an earlier session."""
        self.position, self._key = after, None

    async def find(self, view: View, is_wanted: Callable[[], bool]) -> None:
        """Find what `replace` is to show, and make its rows; others run in between.

        Where the rows begin anew, a long search ends early: what lies further back is asked for
        when a reader comes near it.
        """
        until_s = self._clock() + FIRST_ROWS_S

        def is_enough() -> bool:
            if self._goes_on_with(view):
                return not is_wanted()
            enough = MAX_ROWS if self._clock() < until_s else FIRST_ROWS
            return len(view.entries()) >= enough or not is_wanted()

        await view.catch_up(is_enough)
        # What follows begins a turn of its own.
        await asyncio.sleep(0)
        if is_wanted():
            await self._rows.prepare(view.newest(MAX_ROWS))
            await asyncio.sleep(0)

    def replace(self, view: View) -> None:
        """Show the newest that pass a view, in place of what is shown."""
        entries = view.newest(MAX_ROWS)
        self._count_meanwhile(view)
        self._source.data = self._rows.columns(entries) if entries else no_rows()
        self.position = entries[-1].id if entries else BEGINNING
        self._last_passed, self._generation = view.passed, view.generation
        self._shown = self._of = self._left_out = 0
        self.overload = None

    def _goes_on_with(self, view: View) -> bool:
        return self.position != BEGINNING and self._key in (None, view.matcher.key)

    def _count_meanwhile(self, view: View) -> None:
        """Count what passed while no rows were streamed, as far as it is still known."""
        goes_on, self._key = self._goes_on_with(view), view.matcher.key
        known, self._view = self._view and self._view(), ref(view)
        if not goes_on:
            return
        if known is view and view.generation == self._generation:
            self.passed += view.passed - self._last_passed
            return
        self.passed += len(view.since(self.position))
        missed = view.missed(self.position)
        if missed and not view.matcher.restricts:
            self.passed += missed
        elif missed != 0:
            self.uncounted += 1

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
        entries = view.since(self.position)[-max(1, int(self._budget)) :]
        self._left_out += count - len(entries)
        if entries:
            self._budget -= len(entries)
            self._shown += len(entries)
            self._source.stream(dict(self._columns(entries)), rollover=MAX_ROWS)
            self.position = entries[-1].id
            self.streamed_s = self._clock()
            self._left_out = 0

    def _columns(self, entries: Sequence[Entry]) -> dict[str, list[str]]:
        """Return the rows; before them, where others were left out, one that says how many."""
        columns = self._rows.columns(entries)
        if self._left_out <= 0:
            return columns
        left_out = unread(self.position, entries[0].id, self._left_out)
        return {ROW: [left_out, *columns[ROW]]}

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
