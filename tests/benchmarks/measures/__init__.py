"""The measurements, each in a file of its own, in the order in which they are made and shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.benchmarks.effort import Effort
from tests.benchmarks.measures import fanout, filters, ingest, memory, mixed, queries, through_redis
from tests.benchmarks.report import Section

MEASURES: Final[dict[str, Callable[[Effort], Section]]] = {
    "fanout": fanout.measure,
    "redis": through_redis.measure,
    "filters": filters.measure,
    "ingest": ingest.measure,
    "memory": memory.measure,
    "queries": queries.measure,
    "mixed": mixed.measure,
}
