"""One page: what is asked of it, what it shows, and what it is sent."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from bokeh.server.session import ServerSession

from dashboard.page import address, clock, detail
from dashboard.page.away import Away
from dashboard.page.board import Board
from dashboard.page.commands import Answer, ask_source
from dashboard.page.live import LiveRows
from dashboard.page.model import LivePage
from dashboard.page.past import Past
from dashboard.page.pump import PERIOD_S, Pump
from dashboard.page.shared import Shared
from dashboard.page.status import status_of
from dashboard.page.trace import Waiting
from dashboard.page.view import View
from sources.event import PRIORITIES, encode
from sources.filters import EventFilter, InvalidFilter, Matcher
from sources.ids import BEGINNING, EventId, InvalidId
from sources.log import Entry
from sources.timestamps import from_datetime

SLOW_PERIOD_S: Final = 1.0
ROWS_ALONE_S: Final = 0.1
"""Counts and charts come so long after new rows, or a browser would paint the rows with them."""
STATUS_TICKS: Final = 2
"""Numbers that change more often than this cannot be read, and each costs every page."""
MAX_COMMANDS: Final = 8


class PageSession:
    """Keeps one `LivePage` true to the hub and to its reader's wishes.

    What the browser sends only notes what is wanted and wakes the pump. The pump reads and waits
    without the document's lock, and writes to the page with it, in `_push`.
    """

    def __init__(
        self, shared: Shared, page: LivePage, server_session: Callable[[], ServerSession | None]
    ) -> None:
        self._shared, self._page, self._server_session = shared, page, server_session
        self._filter: EventFilter = shared.hub.filter_class()
        self._key = self._filter.key()
        self._view: View | None = None
        self._live = LiveRows(shared.rows, page.events)
        self._past = Past(shared.hub, shared.rows, self._show_older)
        self._commands: deque[Callable[[], Awaitable[Answer]]] = deque(maxlen=MAX_COMMANDS)
        self._answers: deque[Answer] = deque(maxlen=MAX_COMMANDS)
        self._toasts = self._ticks = 0
        self._detail: dict[str, Any] | None = None
        self._is_table_due = self._is_detail_due = True
        self._slow_due_s = 0.0
        self._pump = Pump(self._tick)
        self._nudged_s = 0.0
        self._stop_listening = shared.hub.log.listen(self._nudge)
        self._away = Away(shared.hub.source, shared.hub.gaps)
        self._waiting: Waiting | None = None
        self._is_faulty = False
        self.board = Board(page, self._brushed, self._toggled, self._away.lost)
        page.fields = shared.fields
        page.on_change("choice", self._choice_changed)
        page.on_change("filters", self._filters_changed)
        page.on_change("selected", self._selection_changed)
        page.on_change("tab", self._tab_changed)
        page.on_change("hidden", self._hidden_changed)
        page.on_change("request", self._asked)

    def close(self) -> None:
        """Let go of everything; for when the session is destroyed."""
        self._stop_listening()
        self._pump.stop()
        self._past.stop()
        self._drop_view()

    # What the browser sends arrives with the document's lock held.

    def _asked(self, attr: str, old: object, new: object) -> None:
        request = new if isinstance(new, dict) else {}
        kind, value = request.get("kind"), request.get("value")
        hub = self._shared.hub
        if kind == "clock":
            # Answered at once: the browser takes the time between for what it cannot know.
            self._page.clock = clock.answer(value)
            return
        if kind == "older":
            self._past.ask(value, self._matcher())
            return
        if kind == "resume":
            self._resume(value)
        elif kind in ("ready", "url"):
            self._restore(value)
            self._pump.start()
        elif kind == "retry":
            self._commands.append(lambda: ask_source(hub))
        self._pump.wake()

    def _restore(self, search: object) -> None:
        """Show what the address says."""
        said = address.parse(search, self._shared.hub.filter_class)
        self._page.update(tab=said.tab, selected=said.event)
        self._is_detail_due = True
        self._use(said.filter)
        if said.fault:
            self._answers.append(Answer(said.fault, "bad"))

    def _resume(self, newest: object) -> None:
        """Go on after the newest row that the browser has, as after a lost connection."""
        with contextlib.suppress(InvalidId):
            if isinstance(newest, str):
                self._live.resume(EventId.parse(newest))

    def _choice_changed(self, attr: str, old: object, new: object) -> None:
        # Told before what is made of it, so that the browser takes no answer to an earlier one.
        self._page.answered = self._page.choice

    def _filters_changed(self, attr: str, old: object, new: object) -> None:
        if new == self._filter.to_json():
            self._page.filter_error = ""
            return
        try:
            chosen = self._shared.hub.filter_class.from_json(new)
        except InvalidFilter as error:
            self._page.filter_error = str(error)
            return
        self._use(chosen)

    def _use(self, chosen: EventFilter) -> None:
        self._filter, self._key = chosen, chosen.key()
        self._page.update(filters=chosen.to_json(), filter_error="")
        self._is_table_due = True
        self._slow_due_s = 0.0
        self._past.stop()
        self._write_address()
        self._pump.wake()

    def _selection_changed(self, attr: str, old: object, new: object) -> None:
        self._is_detail_due = True
        self._write_address()
        self._pump.wake()

    def _tab_changed(self, attr: str, old: object, new: object) -> None:
        # Rows are only streamed while they are looked at.
        self._is_table_due |= new == "events"
        self._slow_due_s = 0.0
        self._write_address()
        self._pump.wake()

    def _hidden_changed(self, attr: str, old: object, new: object) -> None:
        # What passed while nobody looked was not streamed, so the table starts anew. Till then a
        # view would keep events that the log has long let go of.
        self._is_table_due = True
        if new:
            self._drop_view()
        else:
            self._away.back(self._live.position)
        self._slow_due_s = 0.0
        self._pump.wake()

    def _brushed(self, start_s: float, end_s: float) -> None:
        start = datetime.fromtimestamp(int(start_s), UTC)
        # An end belongs to its range, and the event of the next second does not.
        end = datetime.fromtimestamp(int(end_s) + 0.999, UTC)
        value = {"start": from_datetime(start), "end": from_datetime(end)}
        self._change("time_range", value)

    def _toggled(self, key: str, value: str) -> None:
        """Take ``value`` into a list of the filter, or out of it."""
        chosen = list(getattr(self._filter, key))
        chosen = [item for item in chosen if item != value] if value in chosen else [*chosen, value]
        if key == "priority" and set(chosen) == set(PRIORITIES):
            chosen = []
        self._change(key, chosen)

    def _change(self, key: str, value: Any) -> None:
        self._use(type(self._filter).from_json({**self._filter.to_json(), key: value}))

    def _write_address(self) -> None:
        page = self._page
        page.url = address.write(self._filter, page.tab, page.selected)

    # The pump.

    def _nudge(self, added: Sequence[Entry]) -> None:
        """Show an event at once after a quiet moment; in a busy one, at the pace of the pump."""
        now_s = time.monotonic()
        if now_s - max(self._nudged_s, self._live.streamed_s) >= PERIOD_S:
            self._nudged_s = now_s
            self._pump.wake()

    async def _tick(self) -> bool:
        try:
            is_looked_at = await self._bring_up_to_date()
        except Exception as error:
            # What is on the screen stands still until it is over: its reader is told, too.
            await self._tell_fault(_fault_words(error))
            raise
        if self._is_faulty:
            await self._tell_fault("")
        return is_looked_at

    async def _tell_fault(self, words: str) -> None:
        session = self._server_session()
        self._is_faulty = words != ""
        if session is not None and not session.destroyed:
            await _locked(session, lambda: self._page.update(filter_error=words))

    async def _bring_up_to_date(self) -> bool:
        session = self._server_session()
        if session is not None and session.destroyed:
            self.close()
        if session is None or not session.connection_count or self._page.hidden:
            return False
        await self._shared.hub.start()
        while self._commands:
            self._answers.append(await self._commands.popleft()())
        if (missed := await self._away.tell()) is not None:
            self._answers.append(missed)
        view = self._wanted_view()
        if self._is_detail_due:
            await self._find_detail()
            await _locked(session, self._push_detail)
        # Rows first: what takes longer to find or to count follows while they are on their way.
        if self._is_table_due:
            await self._live.find(view, lambda: self._is_wanted(view))
            await _locked(session, lambda: self._push_table(view))
            await self._pump.pause(ROWS_ALONE_S)
        await view.catch_up(lambda: not self._is_wanted(view))
        if self._is_wanted(view):
            await self._shared.count(view)
            await _locked(session, lambda: self._push(view))
            await self._show_slow(session, view)
        return True

    async def _show_slow(self, session: ServerSession, view: View) -> None:
        if time.monotonic() >= self._slow_due_s:
            self._slow_due_s = time.monotonic() + SLOW_PERIOD_S
            await self._shared.refresh()
            await _locked(session, lambda: self._push_slow(view))

    async def _find_detail(self) -> None:
        self._is_detail_due = False
        hub = self._shared.hub
        seen = hub.log.last_id or BEGINNING
        self._detail = await detail.load(hub, self._page.selected)
        self._waiting = detail.waiting(hub.log, self._detail, seen)

    def _wanted_view(self) -> View:
        if self._view is None or self._view.matcher.key != self._key:
            self._drop_view()
            self._view = self._shared.view(self._filter)
            self._is_table_due = True
        return self._view

    def _matcher(self) -> Matcher:
        view = self._view
        return view.matcher if view and self._is_wanted(view) else self._filter.compile()

    def _is_wanted(self, view: View) -> bool:
        return view is self._view and view.matcher.key == self._key

    def _drop_view(self) -> None:
        if self._view is not None:
            self._shared.release(self._view)
            self._view = None

    def _push_table(self, view: View) -> None:
        if self._is_wanted(view):
            self._is_table_due = False
            # Before the rows: by it the browser knows whether they go on or begin anew.
            self._page.table = {"view": view.matcher.key}
            self._live.replace(view)
            self._ticks = -1

    def _push(self, view: View) -> None:
        if not self._is_wanted(view):
            return
        if self._page.tab == "events":
            self._live.push(view)
        self._ticks += 1
        if self._ticks % STATUS_TICKS == 0 or self._answers:
            self._page.status = encode(status_of(self._shared, view, self._live)).decode()
        for answer in self._answers:
            self._toasts += 1
            self._page.toast = {"n": self._toasts, "text": answer.text, "tone": answer.tone}
        self._answers.clear()

    def _push_slow(self, view: View) -> None:
        if self._is_wanted(view):
            self.board.show(self._shared, view)
        self._is_detail_due |= self._waiting is not None and self._waiting.has_news()

    async def _show_older(self, answer: dict[str, Any]) -> None:
        session = self._server_session()
        if session is not None and not session.destroyed:
            await _locked(session, lambda: self._page.update(older=answer))

    def _push_detail(self) -> None:
        self._page.detail = self._detail


def _fault_words(error: Exception) -> str:
    return (
        f"This view cannot be brought up to date ({type(error).__name__}, see the server's log). "
        "It is tried again every few seconds."
    )


async def _locked(session: ServerSession, change: Callable[[], None]) -> None:
    """Change the document; waits for the browser to take what was sent to it."""
    await cast("Awaitable[None]", session.with_document_locked(change))
