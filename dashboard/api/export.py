"""The retained events as a download: CSV, NDJSON or Parquet, streamed page by page."""

from __future__ import annotations

import asyncio
import csv
import importlib
import io
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from tornado.iostream import StreamClosedError

from dashboard import sockets
from dashboard.api.base import ApiHandler, Unprocessable
from dashboard.api.query import Query
from dashboard.hub import Hub
from dashboard.scan import PART, Turn, light, scan
from sources.base import SourceUnreachable
from sources.event import Event, Fault, encode
from sources.event import decode_event as decode
from sources.filters import Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Batch, Entry

_log = logging.getLogger("dashboard.api")
_PAGE: Final = 1000
_CHUNK_BYTES: Final = 65_536
"""What is sent at once, for it may be compressed within the turn."""
COLUMNS: Final = ("id", "timestamp", "event_type", "source", "priority", "data")
# Spreadsheets run a cell that begins so as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class Trimmed(RuntimeError):
    """Events left the source while they were being exported."""


def to_csv(first: bool, entries: Sequence[Entry]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if first:
        writer.writerow(COLUMNS)
    for entry in entries:
        event = event_of(entry)
        row = (str(entry.id), event.timestamp, event.event_type, event.source, event.priority)
        writer.writerow([neutral(cell) for cell in (*row, encode(event.data).decode())])
    return text.getvalue().encode()


def neutral(cell: str) -> str:
    """Return ``cell`` so that no spreadsheet runs it; a number stays a number."""
    if cell.startswith(_FORMULA) and _NUMBER.fullmatch(cell) is None:
        return f"'{cell}"
    return cell


def to_ndjson(first: bool, entries: Sequence[Entry]) -> bytes:
    return b"".join(_line(entry) for entry in entries)


def _line(entry: Entry) -> bytes:
    event = event_of(entry)
    values = (str(entry.id), event.timestamp, event.event_type, event.source, event.priority)
    return encode(dict(zip(COLUMNS, (*values, event.data), strict=True))) + b"\n"


def event_of(entry: Entry) -> Event:
    return decode(entry.json, max_bytes=len(entry.json) + 1)


Format = tuple[str, Callable[[bool, Sequence[Entry]], bytes]]
_TEXT: Final[dict[str, Format]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "ndjson": ("application/x-ndjson", to_ndjson),
}
FORMATS: Final = ("csv", "ndjson", "parquet")


class ExportHandler(ApiHandler):
    """Sends as it reads; a client that goes away ends it."""

    async def get(self) -> None:
        query = Query(self.request.query)
        name = query.choice("format", FORMATS)
        matcher = query.filter(self.hub.filter_class).compile()
        query.finish()
        end = self.hub.log.last_id
        first = await self.hub.source.read(BEGINNING, _PAGE)
        content_type, pages = await self._open(name, retained(self.hub, matcher, first, end))
        self.set_header("Content-Type", content_type)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.set_header("Content-Disposition", f'attachment; filename="events-{stamp}.{name}"')
        if (gap := gap_before(first, matcher)) is not None:
            self.set_header("X-Gap", gap)
        if self.request.method == "HEAD":
            return
        try:
            async for page in pages:
                self.write(page)
                await self.flush()
        except StreamClosedError:
            return
        except (Trimmed, SourceUnreachable) as error:
            if not sockets.has_begun(self):
                raise
            # A download that breaks off is seen to; one that ends early passes for the whole.
            _log.warning("an export was cut off", extra={"reason": str(error)})
            sockets.cut(self)

    head = get

    async def _open(
        self, name: str, pages: AsyncIterator[Sequence[Entry]]
    ) -> tuple[str, AsyncIterator[bytes]]:
        if name in _TEXT:
            content_type, write = _TEXT[name]
            return content_type, _written(pages, write)
        try:
            # In a thread, for the first time it takes as long as a hundred deliveries.
            parquet = await asyncio.to_thread(importlib.import_module, "dashboard.api.parquet")
        except ImportError:
            msg = "parquet needs the extra: pip install 'event-dashboard[parquet]'"
            raise Unprocessable([Fault(("query", "format"), msg, "not_installed")]) from None
        return parquet.CONTENT_TYPE, parquet.to_parquet(pages)


async def _written(
    pages: AsyncIterator[Sequence[Entry]], write: Callable[[bool, Sequence[Entry]], bytes]
) -> AsyncIterator[bytes]:
    """Give what was written, now and then; others run in between."""
    turn, parts, size, first = Turn(), [], 0, True
    async for page in pages:
        for part in in_small_parts(page):
            parts.append(write(first, part))
            size, first = size + len(parts[-1]), False
            if turn.is_over or size > _CHUNK_BYTES:
                yield b"".join(parts)
                size = 0
                parts.clear()
                await turn.give_way()
    if first:
        parts.append(write(True, ()))
    yield b"".join(parts)


def in_small_parts(page: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Give a page in parts that are decoded in a moment."""
    at = 0
    while at < len(page):
        part = page[at : at + PART]
        part = part[: light(part)]
        yield part
        at += len(part)


def gap_before(first: Batch, matcher: Matcher) -> str | None:
    """Return how many events before the first page a filter asks for in vain, None for none.

    Which of them would have passed nobody knows any more.
    """
    if first.missed == 0:
        return None
    since_ns = matcher.range.since_ns(time.time_ns())
    if since_ns is not None and first.entries and first.entries[0].id.ms * 1_000_000 <= since_ns:
        return None
    return "unknown" if first.missed is None else str(first.missed)


async def retained(
    hub: Hub, matcher: Matcher, first: Batch, end: EventId | None
) -> AsyncIterator[Sequence[Entry]]:
    """Give what passes up to ``end``, oldest first, a page at a time; the first was read already.

    Raises
    ------
    Trimmed
        If events in between left the source; what was sent so far is not the whole.
    """
    batch, turn = first, Turn()
    while end is not None and batch.entries:
        page = await scan(matcher, _up_to(end, batch.entries), turn)
        if page:
            yield page
        if batch.position >= end:
            return
        batch = await hub.source.read(batch.position, _PAGE)
        if batch.missed != 0:
            raise Trimmed("events left the source during the export")


def _up_to(end: EventId, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.id <= end]
