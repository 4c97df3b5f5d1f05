"""One event in full, wherever it is still retained, with the request it belongs to."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from dashboard.hub import Hub
from dashboard.page import trace
from sources.base import SourceUnreachable
from sources.ids import BEGINNING, EventId, InvalidId
from sources.log import Entry, EventLog
from sources.summary import agent_of, summarise, title
from sources.timestamps import YEAR_10000_MS, from_ms

Detail = dict[str, Any]


class _Written(msgspec.Struct):
    """An event's JSON with its data as it was written, so that no number is changed."""

    data: msgspec.Raw
    timestamp: str


LARGE_BYTES: Final = 16_384
"""Data beyond this is sent to a page only when it asks, and then by the API."""
BEGINNING_CHARS: Final = 1000
"""Of large data, so that one sees what it is."""

_read = msgspec.json.Decoder(_Written).decode


async def load(hub: Hub, selected: str) -> Detail | None:
    """Return what the drawer shows for an event id, None for none."""
    if not selected:
        return None
    try:
        entry = await _find(hub, selected)
    except SourceUnreachable:
        return _missing(selected, "away")
    if entry is None:
        return await _explain(hub, selected)
    data = entry.data
    steps = await trace.follow(hub.log, hub.rollup, entry)
    return {
        **_event(entry),
        "agent": agent_of(data, entry.source),
        "correlation": trace.correlation_of(data) or "",
        "title": title(summarise(entry.event_type, data), entry.event_type),
        "bytes": len(entry.json),
        "trace": steps,
        "trace_total": trace.total(steps),
        "missing": False,
    }


def waiting(log: EventLog, detail: Detail | None, seen: EventId) -> trace.Waiting | None:
    """Return what knows when an open request in the detail may have got its answer, if one is."""
    if detail is None or not any(step["open"] for step in detail.get("trace", ())):
        return None
    return trace.Waiting(log, detail["correlation"], seen)


async def _find(hub: Hub, selected: str) -> Entry | None:
    try:
        id = EventId.parse(selected)
    except InvalidId:
        return None
    entry = hub.log.get(id)
    if entry is not None or id == BEGINNING:
        return entry
    before = EventId(id.ms, id.seq - 1) if id.seq else EventId(id.ms - 1, 2**64 - 1)
    found = (await hub.source.read(before, 1)).entries
    return found[0] if found and found[0].id == id else None


async def _explain(hub: Hub, selected: str) -> Detail:
    """Say why there is no such event: older than all that is retained, or not among them."""
    try:
        id = EventId.parse(selected)
        oldest = (await hub.source.read(BEGINNING, 1)).entries
    except InvalidId:
        return _missing(selected, "unknown")
    except SourceUnreachable:
        return _missing(selected, "away")
    since = _time_of(oldest[0].id) if oldest else None
    is_gone = not oldest or id < oldest[0].id
    return _missing(selected, "gone" if is_gone else "unknown", at=_time_of(id), since=since)


def _missing(selected: str, reason: str, **said: str | None) -> Detail:
    return {"missing": True, "event": {"id": selected}, "reason": reason, **said}


def _time_of(id: EventId) -> str | None:
    """Return when an event came, by its id; None where no clock can have given that id."""
    return from_ms(id.ms) if id.ms < YEAR_10000_MS else None


def _event(entry: Entry) -> Detail:
    """Return the event, and where its data is large, only how that begins and how long it is."""
    written = _read(entry.json)
    data = bytes(written.data).decode()
    event = {
        "id": str(entry.id),
        "event_type": entry.event_type,
        "data": data,
        "timestamp": written.timestamp,
        "source": entry.source,
        "priority": entry.priority,
    }
    size = len(memoryview(written.data))
    if size <= LARGE_BYTES:
        return {"event": event}
    cut = {"bytes": size, "beginning": data[:BEGINNING_CHARS]}
    return {"event": {**event, "data": None}, "cut": cut}
