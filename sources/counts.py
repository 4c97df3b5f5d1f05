"""How many events there were, by type, source and priority, over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec
import numpy as np

from sources.event import PRIORITIES
from sources.log import Category
from sources.rings import Columns, Counts32, Integers, Ring, stepped

Where = Callable[[str, str, str], bool]
By = Literal["priority", "type", "source"]

DAY_S: Final = 86_400
OTHER: Final = "other"
# A minute more than is promised, so that a bar that begins before the 15 minutes is whole.
_SECONDS_SPAN_S: Final = 960
_PART: Final[dict[By, int]] = {"type": 0, "source": 1, "priority": 2}


class Series(msgspec.Struct, frozen=True):
    """Counts over time: when each bucket begins (seconds since 1970), and its count by label.

    By priority all four are there, else only labels with any event. Shared: not to be changed.
    """

    times_s: list[int]
    counts: dict[str, list[int]]


class Counts:
    """Events by (type, source, priority), per second for 15 minutes and per minute for 24 hours.

    At most ``max_categories`` distinct ones have their own counts; the rest is ``other`` in type
    and source, and keeps its priority. Takes 10 kB for each category, in powers of two: at most
    10 MB for 1000.
    """

    def __init__(self, max_categories: int = 1000) -> None:
        self._seconds, self._minutes = Ring(_SECONDS_SPAN_S, 1), Ring(DAY_S, 60)
        self._columns: Columns[Category] = Columns(
            (self._seconds, self._minutes), max_categories, lambda key: (OTHER, OTHER, key[2])
        )

    def advance(self, now_s: int) -> None:
        self._seconds.advance(now_s)
        self._minutes.advance(now_s)

    def add(self, category: Category, time_s: int, count: int) -> None:
        column = self._columns.of(category)
        self._seconds.add(time_s, column, count)
        self._minutes.add(time_s, column, count)

    def totals(self, start_s: int, end_s: int, where: Where | None) -> dict[Category, int]:
        """Return the count of each category that has any in the interval."""
        sums = self._between(start_s, end_s)[1].sum(axis=0).tolist()
        return {key: sums[column] for key, column in self._chosen(where) if sums[column]}

    def series(
        self, start_s: int, step_s: int, buckets: int, by: By, where: Where | None
    ) -> Series:
        """Return counts in ``buckets`` steps of ``step_s`` from ``start_s`` on."""
        edges = start_s + step_s * np.arange(buckets + 1, dtype=np.int64)
        chosen = sorted((key[_PART[by]], column) for key, column in self._chosen(where))
        counts = stepped(*self._between(start_s, int(edges[-1])), edges)
        given = {name: [0] * buckets for name in PRIORITIES} if by == "priority" else {}
        return Series(edges[:-1].tolist(), given | _by_label(chosen, counts))

    def _chosen(self, where: Where | None) -> list[tuple[Category, int]]:
        return [item for item in self._columns.items() if where is None or where(*item[0])]

    def _between(self, start_s: int, end_s: int) -> tuple[Integers, Counts32]:
        """Take minutes up to where seconds are kept, then seconds."""
        if start_s >= self._seconds.oldest_s:
            return self._seconds.between(start_s, end_s)
        seam_s = -(-self._seconds.oldest_s // 60) * 60
        old_times, old = self._minutes.between(start_s, min(seam_s, end_s))
        new_times, new = self._seconds.between(seam_s, end_s)
        return np.concatenate((old_times, new_times)), np.concatenate((old, new))


def _by_label(chosen: list[tuple[str, int]], counts: Integers) -> dict[str, list[int]]:
    """Add up the columns of each label; they come sorted by it."""
    labels = [label for label, _ in chosen]
    firsts = [n for n, label in enumerate(labels) if n == 0 or label != labels[n - 1]]
    if not firsts:
        return {}
    columns = [column for _, column in chosen]
    sums = np.add.reduceat(counts[:, columns], firsts, axis=1).T
    return {
        labels[first]: row.tolist() for first, row in zip(firsts, sums, strict=True) if row.any()
    }
