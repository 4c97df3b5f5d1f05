"""What a client was given, and what is wrong with it: the law of the seam, checked on a record."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sources.filters import EventFilter, Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Entry


@dataclass(frozen=True)
class Got:
    """An event arrived."""

    id: EventId


@dataclass(frozen=True)
class Told:
    """A gap was told."""

    after: EventId
    resumed_from: EventId | None
    missed: int | None


@dataclass(frozen=True)
class Applied:
    """Another filter holds from here on."""

    filter: int


FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"priority": ["high", "critical"]},
    {"priority": ["low", "critical"], "search": "-data.mark:x"},
)
"""The filters of the scripts; a critical event passes each."""
_matchers: tuple[Matcher, ...] = tuple(EventFilter.from_json(one).compile() for one in FILTERS)


@dataclass(frozen=True)
class Resumed:
    """A new connection, which asked for what follows the last event that arrived."""

    after: EventId


@dataclass
class Record:
    """Where a reader began, and everything it was given, in order.

    ``start`` is None until the server said it; what came before that as history has no beginning.
    """

    filter: int
    start: EventId | None
    history: bool = False
    items: list[Got | Told | Applied | Resumed] = field(default_factory=list)

    @property
    def last(self) -> EventId | None:
        """Where a client would go on from."""
        got = [item.id for item in self.items if isinstance(item, Got)]
        return max(got, default=self.start)

    def has(self, id: EventId) -> bool:
        return Got(id) in self.items[-5:]


class Law:
    """Every event of the log that passes is received or inside a told gap; ids rise; no id twice.

    ``log`` is everything that ever entered it. With ``gaps_end``, each gap says where it ends.
    """

    def __init__(self, log: Mapping[EventId, Entry], *, gaps_end: bool = True) -> None:
        self._entries = log
        self._ids = sorted(log)
        self._gaps_end = gaps_end

    def faults(self, record: Record) -> list[str]:
        """Return what is wrong with a record, in words."""
        self._faults: list[str] = []
        self._active = [record.filter]
        self._position = record.start or BEGINNING
        self._is_history, self._last_of_history = record.history, BEGINNING
        self._open: Told | None = None
        for item in record.items:
            match item:
                case Applied(filter=number):
                    self._active.append(number)
                case Resumed(after=id):
                    # A gap at whose end nothing arrived yet is to be told again.
                    self._position, self._open = id, None
                case Told():
                    self._close_gap(_next(item.after))
                    self._check_gap(item)
                case Got(id=id):
                    self._close_gap(id)
                    self._check_event(id)
        return self._faults

    def _check_event(self, id: EventId) -> None:
        if id not in self._entries:
            self._faults.append(f"{id} is not in the log")
            return
        if self._is_history and id <= self._position:
            # The newest events of the past, which begin anywhere and rise.
            self._check_history(id)
            return
        if id <= self._position:
            self._faults.append(f"{id} came after {self._position}")
        self._check_absent(self._position, id)
        if not self._passes(id, self._active[-1]):
            self._faults.append(f"{id} does not pass filter {self._active[-1]}")
        self._active, self._position = self._active[-1:], max(id, self._position)

    def _check_history(self, id: EventId) -> None:
        if id <= self._last_of_history:
            self._faults.append(f"{id} of the history came after {self._last_of_history}")
        self._last_of_history = id

    def _check_gap(self, gap: Told) -> None:
        if gap.resumed_from is None and self._gaps_end:
            self._faults.append(f"a gap after {gap.after} does not say where it ends")
            return
        if gap.after < self._position and not self._is_history:
            self._faults.append(f"a gap after {gap.after} was told at {self._position}")
        self._check_absent(self._position, _next(gap.after))
        if gap.resumed_from is None:
            self._open = gap
            return
        gone = len(self._between(gap.after, gap.resumed_from))
        if gap.missed is not None and gap.missed != gone:
            self._faults.append(f"{gap} misses {gone}")
        if gap.resumed_from not in self._entries:
            self._faults.append(f"{gap} ends at no event")
        self._position = max(self._position, EventId(gap.resumed_from.ms, gap.resumed_from.seq - 1))

    def _close_gap(self, before: EventId) -> None:
        """Take a gap that had no end yet to hold what it counts, or all up to what follows it."""
        if (gap := self._open) is None:
            return
        self._open = None
        gone = self._between(gap.after, before)
        if gap.missed is not None and gap.missed > len(gone):
            self._faults.append(f"{gap} misses {len(gone)}")
        counted = gone if gap.missed is None else gone[: gap.missed]
        self._position = max(self._position, *counted[-1:], BEGINNING)

    def _check_absent(self, after: EventId, before: EventId) -> None:
        """Note what lies between two ids, was not given, and passes whatever filter held."""
        for id in self._between(after, before):
            if all(self._passes(id, number) for number in self._active):
                self._faults.append(f"{id} was lost between {after} and {before}")

    def _between(self, after: EventId, before: EventId) -> list[EventId]:
        return self._ids[bisect_right(self._ids, after) : bisect_left(self._ids, before)]

    def _passes(self, id: EventId, number: int) -> bool:
        return bool(_matchers[number].select((self._entries[id],)))


def _next(id: EventId) -> EventId:
    return EventId(id.ms, id.seq + 1)
