"""What each agent does: its requests, errors, response times, and whom it asks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from sources.counts import DAY_S, OTHER
from sources.histogram import Histogram
from sources.ids import EventId
from sources.log import Entry
from sources.pairing import MAX_AGE_NS, OpenRequests
from sources.rings import Columns, Ring, stepped
from sources.summary import agent_name

SPAN_S: Final = 900
TREND_BUCKETS: Final = 30
MAX_LINKS: Final = 4000
MAX_DURATIONS: Final = 20_000
_SLOT_S: Final = 10
_SECOND_NS: Final = 1_000_000_000


class AgentStats(msgspec.Struct, frozen=True):
    """One agent over a span; one that was only seen earlier (within 24 hours) has zeros.

    ``events`` is all that concern it, ``trend`` the same in 30 steps of a thirtieth of the span (at
    least 10 s), the last of them not yet over. ``talks_to`` is its requests to others and
    ``open_requests`` what waits for it now; ``last_seen_ms`` is the time of the newest event that
    concerns it or that it asked with, in ms since 1970. ``error_rate`` is a share of its requests,
    or of its answers where there are more of them.
    """

    name: str
    events: int
    requests: int
    responses: int
    errors: int
    error_rate: float
    p50_ms: float | None
    p95_ms: float | None
    last_seen_ms: int
    trend: list[int]
    talks_to: dict[str, int]
    open_requests: int


_Data = Mapping[str, Any]


class _Agent:
    """What is known of one agent beside its counts."""

    __slots__ = ("seen_ns", "times")

    def __init__(self) -> None:
        self.seen_ns = 0
        self.times: Histogram | None = None

    def took(self, time_s: int, ms: float, now_s: int) -> None:
        if self.times is None:
            self.times = Histogram(SPAN_S)
        self.times.advance(now_s)
        self.times.add(time_s, ms)

    def percentiles(self, start_s: int, now_s: int) -> list[float | None]:
        if self.times is None:
            return [None, None]
        self.times.advance(now_s)
        return self.times.percentiles((0.5, 0.95), start_s)


class Agents:
    """Counts of the last 15 minutes by agent, in steps of 10 seconds.

    At most ``max_agents`` are told apart, the rest is ``other``; so are pairs of agents beyond
    `MAX_LINKS`. Takes 16 kB for an agent that answers, else 2 kB; 1.5 MB at most for the pairs, 4
    for the durations of the newest `MAX_DURATIONS` answers, and 12 for the open requests.
    """

    def __init__(self, max_agents: int = 1000) -> None:
        self._rings = [Ring(SPAN_S, _SLOT_S) for _ in range(5)]
        self._events, self._requests, self._responses, self._errors, self._asked = self._rings
        self._links = Ring(SPAN_S, _SLOT_S)
        self._agents: dict[str, _Agent] = {}
        self._columns = Columns(self._rings, max_agents, lambda name: OTHER, self._agents.pop)
        self._pairs: Columns[tuple[str, str]] = Columns(
            [self._links], MAX_LINKS, lambda pair: (OTHER, OTHER)
        )
        self._open = OpenRequests()
        self._durations: OrderedDict[EventId, float] = OrderedDict()
        self._times = Histogram(SPAN_S)
        self._now_s = 0

    def advance(self, now_s: int) -> None:
        self._now_s = now_s
        for ring in self._rings:
            ring.advance(now_s)
        self._links.advance(now_s)
        self._times.advance(now_s)

    def add(self, entry: Entry, time_s: int) -> None:
        data = entry.data
        name, column = self._seen(agent_name(data.get("agent"), entry.source), entry.time_ns)
        self._events.add(time_s, column)
        if entry.event_type == "agent_request":
            self._requests.add(time_s, column)
            self._ask(entry, time_s, name, data)
        elif entry.event_type == "agent_response":
            self._responses.add(time_s, column)
            self._answer(entry, time_s, name, data)
        elif entry.event_type == "agent_error":
            self._errors.add(time_s, column)
            self._answer(entry, time_s, name, data)

    def expire(self, time_ns: int) -> None:
        """Forget requests that are too old at that time to be paired."""
        self._open.expire(time_ns - MAX_AGE_NS)

    def duration_ms(self, id: EventId) -> float | None:
        """Return how long the answer with this id took, if it is among the newest."""
        return self._durations.get(id)

    def percentile(self, rank: float, start_s: int) -> float | None:
        return self._times.percentiles([rank], start_s)[0]

    def stats(self, span_s: int) -> list[AgentStats]:
        """Return every agent known in the last 24 hours, the busiest of the span first."""
        start_s = self._now_s + 1 - span_s
        sums = [ring.sums(start_s) for ring in self._rings]
        trends, links = self._trends(span_s), self._talk(start_s)
        waiting = self._open.waiting(self._now_s * _SECOND_NS - MAX_AGE_NS)
        found = []
        for name, column in self._columns.items():
            agent = self._agents[name]
            if agent.seen_ns < (self._now_s - DAY_S) * _SECOND_NS:
                continue
            events, requests, responses, errors, _ = (each[column] for each in sums)
            p50_ms, p95_ms = agent.percentiles(start_s, self._now_s)
            stats = AgentStats(
                name=name,
                events=events,
                requests=requests,
                responses=responses,
                errors=errors,
                error_rate=errors / max(requests, responses + errors, 1),
                p50_ms=p50_ms,
                p95_ms=p95_ms,
                last_seen_ms=agent.seen_ns // 1_000_000,
                trend=trends[column],
                talks_to=links.get(name, {}),
                open_requests=waiting[name],
            )
            found.append(stats)
        return sorted(found, key=lambda each: (-each.requests, -each.events, each.name))

    def _seen(self, name: str, time_ns: int) -> tuple[str, int]:
        """Note a sign of an agent; returns the name and the column it goes by."""
        column = self._columns.of(name)
        name = self._columns.keys[column]
        agent = self._agents.get(name)
        if agent is None:
            agent = self._agents[name] = _Agent()
        agent.seen_ns = max(agent.seen_ns, time_ns)
        return name, column

    def _ask(self, entry: Entry, time_s: int, name: str, data: _Data) -> None:
        self._open.open(name, _text(data.get("correlation_id")), entry.time_ns)
        if entry.source != name:
            asking, column = self._seen(entry.source, entry.time_ns)
            self._asked.add(time_s, column)
            self._links.add(time_s, self._pairs.of((asking, name)))

    def _answer(self, entry: Entry, time_s: int, name: str, data: _Data) -> None:
        took_ns = self._open.close(name, _text(data.get("correlation_id")), entry.time_ns)
        took_ms = _claimed_ms(data) if took_ns is None else took_ns / 1e6
        if took_ms is None:
            return
        self._durations[entry.id] = took_ms
        if len(self._durations) > MAX_DURATIONS:
            self._durations.popitem(last=False)
        self._times.add(time_s, took_ms)
        self._agents[name].took(time_s, took_ms, self._now_s)

    def _trends(self, span_s: int) -> list[list[int]]:
        """Return the events by column in steps; these begin at multiples, so that bars stay put."""
        step_s = max(1, -(-span_s // (TREND_BUCKETS * _SLOT_S))) * _SLOT_S
        first_s = (self._now_s // step_s - TREND_BUCKETS + 1) * step_s
        edges = first_s + step_s * np.arange(TREND_BUCKETS + 1, dtype=np.int64)
        slots, counts = self._events.between(first_s, int(edges[-1]))
        trends: list[list[int]] = stepped(slots, counts, edges).T.tolist()
        return trends

    def _talk(self, start_s: int) -> dict[str, dict[str, int]]:
        """Return whom each agent asked, and how often."""
        sums = self._links.sums(start_s)
        links: dict[str, dict[str, int]] = {}
        for (asking, asked), column in self._pairs.items():
            if sums[column]:
                links.setdefault(asking, {})[asked] = sums[column]
        return links


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _claimed_ms(data: _Data) -> float | None:
    """Return the duration that the answer itself tells, in ms."""
    for key, unit_ms in (("duration_ms", 1.0), ("duration", 1000.0)):
        value = data.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return min(value, DAY_S * 1000) * unit_ms
    return None
