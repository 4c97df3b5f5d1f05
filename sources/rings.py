"""Counts over time in bounded memory: a ring of slots, and the columns that keys share in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

FUTURE_S: Final = 5
"""How far ahead of this clock, in seconds, another's may be."""

Counts32 = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
K = TypeVar("K", bound=Hashable)


class Ring:
    """Counts by slot of ``unit_s`` seconds and by column, from ``span_s`` ago to `FUTURE_S` ahead.

    Takes 4 bytes for each slot and column; columns double in number as they are needed. What is
    outside of its time is not counted.
    """

    def __init__(self, span_s: int, unit_s: int, columns: int = 16) -> None:
        self._unit_s = unit_s
        # Two more than fit: the oldest and the newest slot lie partly outside.
        self._rows = (span_s + FUTURE_S) // unit_s + 2
        self.head = 0
        """The newest slot, in units since 1970."""
        self._adopt(np.zeros((self._rows, columns), np.int32))

    @property
    def oldest_s(self) -> int:
        """When the oldest slot begins, in seconds since 1970."""
        return (self.head - self._rows + 1) * self._unit_s

    def advance(self, now_s: int) -> None:
        """Make room for the present; follows a clock that steps back as well."""
        head = (now_s + FUTURE_S) // self._unit_s
        if head == self.head:
            return
        # Forward these are the slots that begin, backward those that are not yet: both are empty.
        first, moved = min(head, self.head) + 1, min(abs(head - self.head), self._rows)
        self._counts[np.arange(first, first + moved) % self._rows] = 0
        self.head = head

    def add(self, time_s: int, column: int, count: int = 1) -> None:
        slot = time_s // self._unit_s
        if self.head - self._rows < slot <= self.head:
            self._flat[slot % self._rows * self._width + column] += count

    def between(self, start_s: int, end_s: int) -> tuple[Integers, Counts32]:
        """Return when the slots that begin in the interval do, and their counts by column."""
        first = max(-(-start_s // self._unit_s), self.head - self._rows + 1)
        last = min(-(-end_s // self._unit_s) - 1, self.head)
        slots = np.arange(first, last + 1, dtype=np.int64)
        return slots * self._unit_s, self._counts[slots % self._rows]

    def sums(self, start_s: int) -> list[int]:
        """Return the count of each column in all slots that begin at ``start_s`` or later."""
        sums: list[int] = (
            self.between(start_s, (self.head + 1) * self._unit_s)[1].sum(axis=0).tolist()
        )
        return sums

    def quiet(self) -> Flags:
        """Return for each column whether there is nothing in it."""
        quiet: Flags = np.logical_not(self._counts.any(axis=0))
        return quiet

    def reserve(self, columns: int) -> None:
        """Have room for at least so many columns."""
        if columns > self._width:
            wider = np.zeros((self._rows, max(columns, 2 * self._width)), np.int32)
            wider[:, : self._width] = self._counts
            self._adopt(wider)

    def _adopt(self, counts: Counts32) -> None:
        self._counts, self._width = counts, counts.shape[1]
        # An item of a flat memoryview changes in a third of the time of an array's.
        self._flat = counts.data.cast("B").cast("i")


class Columns(Generic[K]):
    """Gives each key a column in some rings, for at most ``max_keys`` keys.

    When all are taken, keys with nothing left in any ring make room for new ones (``forget`` is
    told of each); where none has, a new key shares the column of ``other(key)``.
    """

    def __init__(
        self,
        rings: Sequence[Ring],
        max_keys: int,
        other: Callable[[K], K],
        forget: Callable[[K], object] = lambda key: None,
    ) -> None:
        self._rings, self._max_keys = rings, max_keys
        self._other, self._forget = other, forget
        self._columns: dict[K, int] = {}
        self._free: list[int] = []
        self._searched_at = -1
        self.keys: list[K] = []
        """The key that each column has, or had last."""

    def of(self, key: K) -> int:
        """Return the key's column, or the one that it shares."""
        column = self._columns.get(key)
        return self._enter(key) if column is None else column

    def items(self) -> list[tuple[K, int]]:
        return list(self._columns.items())

    def _enter(self, key: K) -> int:
        if len(self._columns) < self._max_keys or self._make_room():
            return self._assign(key)
        other = self._other(key)
        column = self._columns.get(other)
        return self._assign(other) if column is None else column

    def _assign(self, key: K) -> int:
        if self._free:
            column = self._free.pop()
            self.keys[column] = key
        else:
            column = len(self.keys)
            self.keys.append(key)
            for ring in self._rings:
                ring.reserve(column + 1)
        self._columns[key] = column
        return column

    def _make_room(self) -> bool:
        # A ring empties only as it advances, so there is no sense in looking before.
        if self._searched_at != self._rings[-1].head:
            self._searched_at = self._rings[-1].head
            quiet = np.logical_and.reduce([ring.quiet()[: len(self.keys)] for ring in self._rings])
            for key, column in self.items():
                if quiet[column]:
                    self._free.append(self._columns.pop(key))
                    self._forget(key)
        return len(self._columns) < self._max_keys


def stepped(times: Integers, counts: Counts32, edges: Integers) -> Integers:
    """Add up the slots between each edge and the next: a row for each step, whatever its size."""
    bounds = np.searchsorted(times, edges).tolist()
    sums = np.zeros((len(edges) - 1, counts.shape[1]), np.int64)
    # Forty times faster than `np.add.reduceat` along this axis, and right for empty steps.
    for row, first, end in zip(sums, bounds, bounds[1:], strict=False):
        counts[first:end].sum(axis=0, out=row)
    return sums
