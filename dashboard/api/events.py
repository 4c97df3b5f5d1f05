"""Events of the past: the history, the filter, and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tornado.iostream import StreamClosedError

from dashboard.api.base import ApiHandler, Unprocessable
from dashboard.api.query import Query
from dashboard.api.schemas import FilterCount
from dashboard.scan import Turn, scan, scan_newest
from sources.event import Fault, encode
from sources.filters import EventFilter, InvalidFilter, Matcher
from sources.ids import EventId
from sources.log import Entry

_PAGE: Final = 1000
_DEFAULT_LIMIT: Final = 100
_REJECTED_LIMIT: Final = 10_000
_WHOLE: Final = 1000
"""An answer of so many events is sent whole, with its length."""
_PART: Final = 200


class HistoryHandler(ApiHandler):
    """The newest events, or a page after or before an id."""

    async def get(self) -> None:
        most = self.hub.settings.max_history_size
        query = Query(self.request.query)
        limit = query.whole("limit", 1, most, min(_DEFAULT_LIMIT, most))
        after, before = query.event_id("after"), query.event_id("before")
        ids = query.boolean("ids") or after is not None or before is not None
        matcher = query.filter(self.hub.filter_class).compile()
        query.finish()
        if after is not None:
            entries = await self._after(after, before, limit, matcher)
        elif before is not None:
            entries = await self._before(before, limit, matcher)
        else:
            # To copy a list of 100,000 takes 5 ms, for each of them is touched.
            searched = self.hub.log.newest(most if matcher.restricts else limit)
            entries = await scan_newest(matcher, searched, limit)
        await send(self, b"[", entries, b"]", ids)

    head = get

    async def _after(
        self, after: EventId, before: EventId | None, limit: int, matcher: Matcher
    ) -> list[Entry]:
        """Return the oldest ``limit`` that pass between the two ids; a gap is told in a header."""
        found: list[Entry] = []
        turn = Turn()
        position, end = after, self.hub.log.last_id
        missed: int | None = 0
        while len(found) < limit:
            batch = await self.hub.source.read(position, _PAGE)
            missed = None if missed is None or batch.missed is None else missed + batch.missed
            entries = batch.entries
            if batch.missed and before is not None and entries and entries[0].id >= before:
                missed = None  # some of those that are gone lay beyond what was asked for
            if before is not None:
                entries = [entry for entry in entries if entry.id < before]
            found += await scan(matcher, entries, turn)
            position = batch.position
            # A short page need not be the last: the source may have been trimmed meanwhile.
            if not entries or end is None or position >= end:
                break
        if missed != 0:
            self.set_header("X-Gap", "unknown" if missed is None else str(missed))
        return found[:limit]

    async def _before(self, before: EventId, limit: int, matcher: Matcher) -> list[Entry]:
        """Return the newest ``limit`` that pass and are older than ``before``."""
        found: list[Entry] = []
        turn = Turn()
        # Without a filter no more is asked for than is needed, which memory may hold.
        page = _PAGE if matcher.restricts else limit
        while len(found) < limit:
            entries = await self.hub.source.before(before, page)
            found = await scan(matcher, entries, turn) + found
            if len(entries) < page:
                break
            before = entries[0].id
        return found[-limit:]


class FilterHandler(ApiHandler):
    """The newest events that pass a filter, and how many there were."""

    async def post(self) -> None:
        query = Query(self.request.query)
        query.finish()
        body = self.json_body()
        limit = self._take_limit(body)
        chosen = self._filter(body)
        searched = self.hub.log.newest(self.hub.settings.max_history_size)
        matched = await scan(chosen.compile(), searched, Turn())
        shown = matched if limit is None else matched[-limit:]
        head = FilterCount(len(matched), len(searched), chosen.to_json())
        await send(self, b'{"events":[', shown, b"],%s" % encode(head)[1:])

    def _take_limit(self, body: Any) -> int | None:
        if not isinstance(body, dict) or body.get("limit") is None:
            limit = None
        else:
            limit = body["limit"]
            if isinstance(limit, float) and limit.is_integer():
                limit = int(limit)  # JSON knows one kind of number: 5.0 is 5
            if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
                msg = "limit is a whole number of at least 1"
                raise Unprocessable([Fault(("body", "limit"), msg, "int")])
        if isinstance(body, dict):
            body.pop("limit", None)
        return limit

    def _filter(self, body: Any) -> EventFilter:
        try:
            return self.hub.filter_class.from_json(body)
        except InvalidFilter as error:
            raise Unprocessable([fault.under("body") for fault in error.faults]) from None


class RejectedHandler(ApiHandler):
    """Entries of the source that are no valid events, newest last."""

    async def get(self) -> None:
        query = Query(self.request.query)
        limit = query.whole("limit", 1, _REJECTED_LIMIT, _DEFAULT_LIMIT)
        query.finish()
        self.answer(await self.hub.source.rejected(limit))

    head = get


async def send(
    handler: ApiHandler, head: bytes, entries: Sequence[Entry], tail: bytes, ids: bool = False
) -> None:
    """Write a JSON array of what is already encoded between ``head`` and ``tail``.

    A long one goes out part by part, so that others have their turn while it is compressed.
    """
    turn, is_long = Turn(), len(entries) > _WHOLE and handler.request.method != "HEAD"
    handler.write(head)
    for first in range(0, len(entries), _PART):
        part = entries[first : first + _PART]
        texts = (entry.json_with_id if ids else entry.json for entry in part)
        handler.write(b"," * (first > 0) + b",".join(texts))
        if is_long:
            try:
                await handler.flush()
            except StreamClosedError:
                return
        await turn.give_way()
    handler.finish(tail)
