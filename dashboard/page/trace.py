"""From a request to its response: the retained events of one ``correlation_id`` on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard.scan import Turn
from sources.event import encode
from sources.ids import EventId
from sources.log import Entry, EventLog
from sources.rollup import Rollup
from sources.summary import agent_of, summarise

MAX_STEPS: Final = 50
_CHUNK: Final = 500
_ANSWERS: Final = ("agent_response", "agent_error")

Step = dict[str, Any]


class Waiting:
    """For the answer to an open request: looks at each event that comes once."""

    def __init__(self, log: EventLog, correlation: str, seen: EventId) -> None:
        self._log, self._needle, self._position = log, encode(correlation), seen

    def has_news(self) -> bool:
        """Whether anything came since the last look that may share the correlation."""
        batch = self._log.follow(self._position)
        self._position = batch.position
        return batch.missed != 0 or any(self._needle in entry.frame for entry in batch.entries)


async def follow(log: EventLog, rollup: Rollup, current: Entry) -> list[Step]:
    """Return the steps of the request that an event belongs to; none where it stands alone."""
    correlation = correlation_of(current.data)
    if correlation is None:
        return []
    entries = await _correlated(log, correlation)
    if all(entry.id != current.id for entry in entries):
        entries.append(current)
    entries.sort(key=lambda entry: (entry.time_ns, entry.id))
    return lay_out(entries, {entry.id: rollup.duration_ms(entry.id) for entry in entries}, current)


def lay_out(
    entries: Sequence[Entry], durations: Mapping[Any, float | None], current: Entry
) -> list[Step]:
    """Put events, in the order of their times, on one scale that begins with the first."""
    waiting = _unanswered(entries)
    starts = [entry.time_ns / 1e6 - (durations.get(entry.id) or 0) for entry in entries]
    first = min(starts)
    return [
        _step(
            entry,
            start - first,
            durations.get(entry.id),
            current=entry.id == current.id,
            open=entry.id in waiting,
        )
        for entry, start in zip(entries, starts, strict=True)
    ]


def total(steps: Sequence[Step]) -> str:
    """Say how many events there are, and how long it all took."""
    if not steps:
        return ""
    many = "1 event" if len(steps) == 1 else f"{len(steps)} events"
    if any(step["open"] for step in steps):
        return f"{many}, open"
    span_ms = max(step["start_ms"] + (step["dur_ms"] or 0) for step in steps)
    took = f"{span_ms:.0f} ms" if span_ms < 1000 else f"{span_ms / 1000:.1f} s"
    return f"{many}, {took}"


async def _correlated(log: EventLog, correlation: str) -> list[Entry]:
    """Return the newest that share it, newest first."""
    needle, turn = encode(correlation), Turn()
    found: list[Entry] = []
    before = log.last_id and log.last_id.successor(0)
    while before is not None and (entries := log.before(before, _CHUNK)):
        before = entries[0].id
        # Nearly all are told apart by their bytes, and need not be decoded.
        likely = [entry for entry in entries if needle in entry.frame]
        for entry in reversed(likely):
            if correlation_of(entry.data) == correlation:
                found.append(entry)
            if len(found) == MAX_STEPS:
                return found
            await turn.give_way()
        await turn.give_way()
    return found


def correlation_of(data: Mapping[str, Any]) -> str | None:
    """Return what an event shares with those of the same request."""
    given = data.get("correlation_id")
    return given if isinstance(given, str) and given else None


def _unanswered(entries: Sequence[Entry]) -> set[Any]:
    """Return the ids of requests without an answer: by the same agent, else by any."""
    # Read once each: data is decoded at every look, and may be long.
    agents = {entry.id: agent_of(entry.data, entry.source) for entry in entries}
    requests = [entry for entry in entries if entry.event_type == "agent_request"]
    answers = [entry for entry in entries if entry.event_type in _ANSWERS]

    def answered(answer: Entry, request: Entry, same_agent: bool) -> bool:
        is_same = agents[answer.id] == agents[request.id]
        return answer.time_ns >= request.time_ns and (is_same or not same_agent)

    for same_agent in (True, False):
        for request in tuple(requests):
            answer = next((a for a in answers if answered(a, request, same_agent)), None)
            if answer is not None:
                answers.remove(answer)
                requests.remove(request)
    return {request.id for request in requests}


def _step(
    entry: Entry, start_ms: float, took_ms: float | None, *, current: bool, open: bool
) -> Step:
    data = entry.data
    is_request = entry.event_type == "agent_request"
    return {
        "id": str(entry.id),
        "type": entry.event_type,
        "step": summarise(entry.event_type, data).action or entry.event_type,
        "who": entry.source if is_request else agent_of(data, entry.source),
        "start_ms": start_ms,
        "dur_ms": took_ms,
        "label": "",
        "current": current,
        "open": open,
        # By the clock: its age is told by the browser, which has one too.
        "since_ms": entry.time_ns / 1e6 if open else None,
    }
