"""Events as a pandas table, for notebooks; the only module here that imports pandas."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from sources import search, time_range
from sources.log import Entry
from sources.texts import searchable

if TYPE_CHECKING:
    from sources.filters import EventFilter

COLUMNS = ["id", "timestamp", "event_type", "source", "priority", "data"]


def to_frame(entries: Iterable[Entry]) -> pd.DataFrame:
    """Return a row an event, oldest first; ``timestamp`` in UTC to the microsecond."""
    rows = [
        (str(e.id), e.time_ns // 1000, e.event_type, e.source, e.priority, e.data) for e in entries
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="us", utc=True)
    return frame


def apply(chosen: EventFilter, frame: pd.DataFrame, now_ns: int | None = None) -> pd.DataFrame:
    """Return the rows of ``frame`` that pass, by whole columns where that can be."""
    mask = pd.Series(True, index=frame.index)
    for column, values in (
        ("event_type", chosen.event_types),
        ("source", chosen.sources),
        ("priority", chosen.priority),
    ):
        if values:
            mask &= frame[column].isin(values)
    mask &= _within(chosen, frame, time.time_ns() if now_ns is None else now_ns)
    for term in search.parse(chosen.search):
        mask &= _holds(term, frame)
    rows = frame[mask]
    kept = [chosen.passes(entry) for entry in _entries(rows)]
    return rows[pd.Series(kept, index=rows.index, dtype=bool)]


def _within(chosen: EventFilter, frame: pd.DataFrame, now_ns: int) -> pd.Series[bool]:
    limits = time_range.read(chosen.time_range)
    mask = pd.Series(True, index=frame.index)
    times = frame["timestamp"].astype("datetime64[us, UTC]").astype("int64") * 1000
    if (since := limits.since_ns(now_ns)) is not None:
        mask &= times >= since
    if limits.end_ns is not None:
        mask &= times <= limits.end_ns
    return mask


def _holds(term: search.Term, frame: pd.DataFrame) -> pd.Series[bool]:
    if term.is_categorical:
        column = "event_type" if term.field == "type" else str(term.field)
        found = frame[column].str.casefold().str.contains(term.needle, regex=False)
        return ~found if term.excluded else found
    kept = [term.accepts(entry) for entry in _entries(frame)]
    return pd.Series(kept, index=frame.index, dtype=bool)


def _entries(frame: pd.DataFrame) -> Iterable[Any]:
    for row in frame.itertuples(index=False):
        yield _Row(row.event_type, row.source, row.priority, row.data)


class _Row:
    """A row in the shape that a test of one event takes."""

    def __init__(self, event_type: str, source: str, priority: str, data: dict[str, Any]) -> None:
        self.event_type, self.source, self.priority = event_type, source, priority
        self.data = data
        self._text = searchable(event_type, source, priority, data)

    def holds(self, sought: bytes, unescaped: bool) -> bool:
        return sought in self._text
