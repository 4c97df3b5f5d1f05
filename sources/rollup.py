"""Counts and response times of the last day, kept as events pass: what the charts are made of."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar, cast

from sources.agents import SPAN_S, Agents, AgentStats
from sources.counts import DAY_S, By, Counts, Series, Where
from sources.ids import EventId
from sources.log import Category, Entry
from sources.rings import FUTURE_S

ANSWER_AGE_S: Final = 0.2
_MAX_ANSWERS: Final = 256
_FEW: Final = 3
_SECOND_NS: Final = 1_000_000_000
T = TypeVar("T")


class Rollup:
    """What happened, by each event's own timestamp; one for the process, for all readers.

    It is fed by `fold`, which an `EventLog` can call. An answer is kept for ``answer_age_s`` and
    then made anew, so that a hundred pages cost one computation: answers are shared, and not to be
    changed. Two calls with other ``where`` are the same question if they give the same ``key``.
    Only to be used from the event loop's thread.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        max_categories: int = 1000,
        *,
        answer_age_s: float = ANSWER_AGE_S,
    ) -> None:
        self._clock, self._answer_age_s = clock, answer_age_s
        self._counts, self._agents = Counts(max_categories), Agents()
        self._answers: dict[Hashable, tuple[float, object]] = {}
        self._since_s = int(clock())
        self._now_s = 0
        self.version = 0
        """Rises with every fold."""
        self.outside = 0
        """How many events were left out: older than 24 hours, or too far in the future."""

    @property
    def covered_since_s(self) -> int:
        """From when on the counts are complete, in seconds since 1970."""
        return max(self._since_s, int(self._clock()) - DAY_S)

    def cover(self, since_s: float) -> None:
        """Note that what came before the first event of all is known: nothing, or folded since."""
        self._since_s = int(since_s)

    def fold(self, entries: Sequence[Entry]) -> None:
        """Count entries in; these may be older than what was folded before."""
        if not entries:
            return
        now_s = self._advance()
        oldest_s, newest_s = now_s - DAY_S, now_s + FUTURE_S
        times_s = [entry.time_ns // _SECOND_NS for entry in entries]
        pairs = zip([entry.category for entry in entries], times_s, strict=True)
        # Of one or two a counter costs more than it saves.
        alike = Counter(pairs).items() if len(entries) > _FEW else [(pair, 1) for pair in pairs]
        for (category, time_s), count in alike:
            if oldest_s <= time_s <= newest_s:
                self._counts.add(category, time_s, count)
            else:
                self.outside += count
        for entry, time_s in zip(entries, times_s, strict=True):
            # However old, a request and its answer still tell how long it took.
            if time_s <= newest_s:
                self._agents.add(entry, time_s)
        self._agents.expire(min(entries[-1].time_ns, now_s * _SECOND_NS))
        # The log has no holes, so all is known from when the oldest entry came in.
        self._since_s = min(self._since_s, entries[0].id.ms // 1000)
        self.version += 1

    def totals(
        self, span_s: int, where: Where | None = None, *, key: Hashable = None
    ) -> dict[Category, int]:
        """Return the count of each (type, source, priority) that has any in the last ``span_s``.

        To the second for the last 15 minutes; beyond, from the first whole minute on.
        """

        def compute() -> dict[Category, int]:
            now_s = self._advance()
            return self._counts.totals(now_s + 1 - span_s, now_s + FUTURE_S + 1, where)

        return self._answer(("totals", span_s, where if key is None else key), compute)

    def series(
        self,
        start_s: int,
        step_s: int,
        buckets: int,
        by: By = "priority",
        where: Where | None = None,
        *,
        key: Hashable = None,
    ) -> Series:
        """Return counts in ``buckets`` steps of ``step_s`` from ``start_s`` on.

        Before the last 15 minutes a minute counts as a whole where it begins.
        """

        def compute() -> Series:
            self._advance()
            return self._counts.series(start_s, step_s, buckets, by, where)

        question = ("series", start_s, step_s, buckets, by, where if key is None else key)
        return self._answer(question, compute)

    def agents(self, span_s: int = SPAN_S) -> list[AgentStats]:
        """Return what each agent did in the last ``span_s`` (15 minutes at most), busiest first.

        Counts are to 10 seconds, percentiles to a minute and 5 %.
        """

        def compute() -> list[AgentStats]:
            self._advance()
            return self._agents.stats(min(span_s, SPAN_S))

        return self._answer(("agents", span_s), compute)

    def response_percentile(self, q: float, span_s: int = SPAN_S) -> float | None:
        """Return, in ms, what the share ``q`` (0 to 1) of all responses and errors took at most.

        Of the last ``span_s`` (15 minutes at most, to a minute); None where there are none.

        Raises
        ------
        ValueError
            If ``q`` is not a share.
        """
        if not 0 <= q <= 1:
            raise ValueError(f"q is a share from 0 to 1, not {q!r}")

        def compute() -> float | None:
            now_s = self._advance()
            return self._agents.percentile(q, now_s + 1 - min(span_s, SPAN_S))

        return self._answer(("percentile", q, span_s), compute)

    def duration_ms(self, id: EventId) -> float | None:
        """Return how long the request took that the event with this id answers, in ms.

        Known for the newest 20,000 responses and errors.
        """
        return self._agents.duration_ms(id)

    def _advance(self) -> int:
        now_s = int(self._clock())
        if now_s != self._now_s:
            self._now_s = now_s
            self._counts.advance(now_s)
            self._agents.advance(now_s)
        return now_s

    def _answer(self, question: Hashable, compute: Callable[[], T]) -> T:
        now = self._clock()
        known = self._answers.get(question)
        if known is not None and 0 <= now - known[0] < self._answer_age_s:
            return cast("T", known[1])
        answer = compute()
        self._answers.pop(question, None)
        self._answers[question] = (now, answer)
        if len(self._answers) > _MAX_ANSWERS:
            del self._answers[next(iter(self._answers))]
        return answer
