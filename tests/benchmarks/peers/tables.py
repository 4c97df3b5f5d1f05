"""The same questions to a table: SQLite in memory, and a pandas DataFrame, both without HTTP."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from typing import Any, Final

COLUMNS: Final = ("id", "timestamp", "event_type", "source", "priority", "data")
_SELECT: Final = f"SELECT {', '.join(COLUMNS)} FROM events"

Row = tuple[str, ...]
Answers = dict[str, Callable[[], object]]
"""How each question of `tests.benchmarks.measures.queries` is answered, by its name."""


def rows(events: list[dict[str, Any]]) -> list[Row]:
    return [
        (
            *(f"{number:09}-0", event["timestamp"], event["event_type"], event["source"]),
            *(event["priority"], json.dumps(event["data"])),
        )
        for number, event in enumerate(events)
    ]


def sqlite(events: list[Row]) -> Answers:
    """A table with an index on nothing but its key, for the questions are not known before."""
    base = sqlite3.connect(":memory:")
    base.execute(f"CREATE TABLE events ({', '.join(COLUMNS)}, PRIMARY KEY (id))")
    base.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", events)
    base.execute("ANALYZE")

    def found(where: str = "") -> str:
        return json.dumps([_object(row) for row in base.execute(f"{_SELECT} {where}")])

    return {
        "history": lambda: found("ORDER BY id DESC LIMIT 100"),
        "categories": lambda: found(
            "WHERE event_type IN ('agent_error', 'alerts') AND priority IN ('high', 'critical')"
        ),
        "search": lambda: found("WHERE data LIKE '%juniper%'"),
        "csv": lambda: _csv(base.execute(_SELECT).fetchall()),
        "ndjson": lambda: "\n".join(json.dumps(_object(row)) for row in base.execute(_SELECT)),
    }


def pandas(events: list[Row]) -> Answers:
    import pandas as pd

    frame = pd.DataFrame(events, columns=list(COLUMNS))

    def categories() -> object:
        types = frame.event_type.isin(["agent_error", "alerts"])
        passing = frame[types & frame.priority.isin(["high", "critical"])]
        return passing.to_json(orient="records")

    def search() -> object:
        passing = frame[frame.data.str.contains("juniper", case=False, regex=False)]
        return passing.to_json(orient="records")

    return {
        "history": lambda: frame.tail(100).to_json(orient="records"),
        "categories": categories,
        "search": search,
        "csv": lambda: frame.to_csv(index=False),
        "ndjson": lambda: frame.to_json(orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(io.BytesIO(), index=False),
    }


def _object(row: Row) -> dict[str, Any]:
    return dict(zip(COLUMNS, (*row[:5], json.loads(row[5])), strict=True))


def _csv(found: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(found)
    return text.getvalue()
