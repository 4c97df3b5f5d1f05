"""How many events match, of what kinds and when: from the rollup, or where text decides, the log.

The rollup counts every event of the last 24 hours, whether it is still retained or not, but knows
only type, source and priority.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from dashboard.hub import Hub
from dashboard.page.charts.style import STACK
from dashboard.page.series import DAY_S, Stacked, Window, window_of
from dashboard.page.view import View
from dashboard.scan import in_parts
from sources.counts import By
from sources.filters import Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Category, Entry, EventLog
from sources.time_range import TimeRange

_ENDLESS_NS: Final = 2**63
_by_category = attrgetter("category")

Ranked = Sequence[tuple[str, int]]


class Kinds(msgspec.Struct, frozen=True):
    """Counts by type, source and priority, the most frequent first."""

    types: Ranked
    sources: Ranked
    priorities: Ranked

    @property
    def total(self) -> int:
        return sum(count for _, count in self.priorities)


class Tally(msgspec.Struct, frozen=True):
    """What matched, and what there is in the range whatever else the filter says.

    ``searched`` is how many events the filter looked at; ``exact`` where these were all.
    """

    matched: Kinds
    in_range: Kinds
    searched: int
    exact: bool


async def tally_of(hub: Hub, view: View) -> Tally:
    """Count what a view matches."""
    matcher = view.matcher
    in_range, matched = count_kinds(hub, matcher)
    # Where nothing has left the log, it is the better witness: it knows each event's exact time.
    is_all_retained = sum(hub.rollup.totals(DAY_S).values()) + hub.rollup.outside == len(hub.log)
    if not (matcher.reads_content or is_all_retained):
        return Tally(matched, in_range, in_range.total, exact=True)
    counts: Counter[Category] = Counter()
    async for entries in passing(view):
        counts.update(map(_by_category, entries))
    matched = kinds_of(counts)
    searched = max(await _retained_in(hub, matcher.range), matched.total)
    return Tally(matched, in_range, searched, exact=is_all_retained)


def count_kinds(hub: Hub, matcher: Matcher) -> tuple[Kinds, Kinds]:
    """Count the events in a matcher's range, and those of them in its categories."""
    chosen = matcher.range
    if chosen.start_ns is None and chosen.end_ns is None:
        span_s = DAY_S if chosen.span_ns is None else min(DAY_S, chosen.span_ns // 10**9)
        counts = hub.rollup.totals(span_s)
        passing = {three: count for three, count in counts.items() if matcher.category(*three)}
        return kinds_of(counts), kinds_of(passing)
    end_s = math.ceil(time.time() if chosen.end_ns is None else chosen.end_ns / 1e9)
    start_s = math.floor(end_s - DAY_S if chosen.start_ns is None else chosen.start_ns / 1e9)
    matched = _count_interval(hub, start_s, end_s, matcher)
    return _count_interval(hub, start_s, end_s), matched


def _count_interval(hub: Hub, start_s: int, end_s: int, matcher: Matcher | None = None) -> Kinds:
    where, key = (matcher.category, matcher.key) if matcher is not None else (None, None)

    def ranked(by: By) -> Ranked:
        series = hub.rollup.series(start_s, max(1, end_s - start_s), 1, by, where, key=key)
        return _ranked({name: sum(counts) for name, counts in series.counts.items()})

    return Kinds(ranked("type"), ranked("source"), ranked("priority"))


async def stack(hub: Hub, view: View) -> Stacked:
    """Count what a view matches over time, by priority."""
    covered_s: float = hub.rollup.covered_since_s
    window = window_of(view.matcher.range, time.time(), covered_s)
    if view.matcher.reads_content:
        oldest = hub.log.read(BEGINNING, 1).entries
        covered_s = max([covered_s, *(entry.time_ns / 1e9 for entry in oldest)])
        return Stacked(window, await _binned(view, window), covered_s)
    counts = hub.rollup.series(
        window.start_s,
        window.step_s,
        window.buckets,
        where=view.matcher.category,
        key=view.matcher.key,
    ).counts
    return Stacked(window, {name: counts[name] for name in STACK}, covered_s)


def kinds_of(counts: Mapping[Category, int]) -> Kinds:
    sums: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    for three, count in counts.items():
        for part, label in zip(sums, three, strict=True):
            part[label] += count
    return Kinds(*map(_ranked, sums))


def _ranked(counts: Mapping[str, int]) -> Ranked:
    return [pair for pair in Counter(counts).most_common() if pair[1]]


async def _retained_in(hub: Hub, chosen: TimeRange) -> int:
    if not chosen.restricts:
        return len(hub.log)
    since = chosen.since_ns(time.time_ns()) or 0
    until = _ENDLESS_NS if chosen.end_ns is None else chosen.end_ns
    return sum(
        [
            sum([since <= entry.time_ns <= until for entry in part])
            async for part in in_parts(_retained(hub.log), hub.log.last_id)
        ]
    )


def _retained(log: EventLog) -> Callable[[EventId, int], Sequence[Entry]]:
    return lambda after, count: log.read(after, count).entries


async def _binned(view: View, window: Window) -> dict[str, list[int]]:
    start_ns, step_ns = window.start_s * 10**9, window.step_s * 10**9
    bins: Counter[tuple[str, int]] = Counter()
    async for entries in passing(view):
        bins.update([(e.priority, (e.time_ns - start_ns) // step_ns) for e in entries])
    return {name: [bins[name, index] for index in range(window.buckets)] for name in STACK}


async def passing(view: View) -> AsyncIterator[Sequence[Entry]]:
    """Give what passes a view now, part by part; between two of them others may run."""
    since_ns = view.since_ns()
    known = view.entries()
    async for entries in in_parts(view.after, known[-1].id if known else None):
        yield entries if since_ns is None else [e for e in entries if e.time_ns >= since_ns]
