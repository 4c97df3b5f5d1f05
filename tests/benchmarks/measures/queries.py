"""Questions about the past: history, filter and export, on a thousand and on 100,000 events."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from tests.benchmarks import processes
from tests.benchmarks.effort import Effort
from tests.benchmarks.events import event
from tests.benchmarks.lag import Lateness
from tests.benchmarks.peers import tables
from tests.benchmarks.posts import BATCH, Posts
from tests.benchmarks.report import Section, Table, at_most, number
from tests.benchmarks.served import Report
from tests.benchmarks.stats import median, ratio

SIZES: Final = (1000, 100_000)
ANSWER_S: Final = 60
_JSON: Final = {"Content-Type": "application/json"}


class Question(NamedTuple):
    title: str
    path: str
    body: str | None = None


QUESTIONS: Final = {
    "history": Question("the newest 100", "/api/events/history?limit=100"),
    "categories": Question(
        "by type and priority",
        "/api/events/filter",
        '{"event_types": ["agent_error", "alerts"], "priority": ["high", "critical"]}',
    ),
    "search": Question("by a text", "/api/events/filter", '{"search": "juniper"}'),
    "csv": Question("all as CSV", "/api/events/export?format=csv"),
    "ndjson": Question("all as NDJSON", "/api/events/export?format=ndjson"),
    "parquet": Question("all as Parquet", "/api/events/export?format=parquet"),
}


class Times(NamedTuple):
    """What each took, one for each round.

    ``held_ms`` is how long our loop was held up at most, ``cpu_ms`` by how much work of its own.
    """

    ours_ms: list[float]
    held_ms: list[float]
    cpu_ms: list[float]
    sqlite_ms: list[float]
    pandas_ms: list[float]


def measure(effort: Effort) -> Section:
    found: dict[tuple[str, int], Times] = {}
    for size in SIZES:
        events = tables.rows([event(seq, 0) for seq in range(size)])
        port = processes.free_ports()
        command = processes.module("served", "--port", port, "--history", size, "--watch")
        with processes.running(command, port) as server:
            processes.posts(Posts(port, "array", 600, 1, [server.pid], most=size // BATCH))
            peers = tables.sqlite(events), tables.pandas(events)
            for name, times in _timed(effort, server, port, peers, f"{size:,} events").items():
                found[name, size] = times
    says = (
        "Over HTTP, from the request to the last byte of the answer, while the loop goes on with "
        "everything else: *held up* is how long it was away from other work at most, *CPU* by "
        "how much work of its own, whatever else the machine had to do. SQLite "
        "(a table in memory) and pandas (a DataFrame) answer within one process, without HTTP "
        "and with nothing else to do. A search builds the text of an event when it first meets it; "
        "so the first of the rounds takes longer."
    )
    head = ["question", "of", "this dashboard ms", "held up ms", "CPU ms", "SQLite ms", "pandas ms"]
    head += ["SQLite, times ours", "pandas, times ours"]
    rows = [_row(name, size, times) for (name, size), times in found.items()]
    held = (median(found[name, SIZES[1]].held_ms) for name in ("categories", "search"))
    checks = [at_most("a filter over 100,000 events holds up the loop", max(held), 10, " ms")]
    figures = {f"{name}, {size}": times._asdict() for (name, size), times in found.items()}
    return Section("History, filter, export", says, [Table(head, rows)], checks, figures)


def _timed(
    effort: Effort,
    server: subprocess.Popen[str],
    port: int,
    peers: tuple[tables.Answers, tables.Answers],
    label: str,
) -> dict[str, Times]:
    found = {name: Times([], [], [], [], []) for name in QUESTIONS}
    for round in range(effort.rounds):
        effort.say(f"{label}, round {round + 1} of {effort.rounds}")
        effort.quiet.look()
        for name, times in found.items():
            took_ms, lateness = _asked(server, port, QUESTIONS[name])
            times.ours_ms.append(took_ms)
            times.held_ms.append(lateness.max_ms)
            times.cpu_ms.append(lateness.cpu_ms)
            for peer, spans in zip(peers, (times.sqlite_ms, times.pandas_ms), strict=True):
                if name in peer:
                    spans.append(_took_ms(peer[name]))
    return found


def _row(name: str, size: int, times: Times) -> list[str]:
    peers = (times.sqlite_ms, times.pandas_ms)
    return [
        *(QUESTIONS[name].title, f"{size:,}"),
        *(number(median(spans)) for spans in (times.ours_ms, times.held_ms, times.cpu_ms)),
        *(number(median(spans) if spans else None) for spans in peers),
        *(number(ratio(spans, times.ours_ms) if spans else None) for spans in peers),
    ]


def _asked(server: subprocess.Popen[str], port: int, question: Question) -> tuple[float, Lateness]:
    """Return how many ms the answer took, and how late the loop was meanwhile."""
    processes.ask(server)
    took_ms = _took_ms(lambda: _answer(port, question))
    return took_ms, msgspec.json.decode(processes.ask(server), type=Report).lateness


def _answer(port: int, question: Question) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
    try:
        method = "GET" if question.body is None else "POST"
        connection.request(method, question.path, question.body, _JSON)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200 or not text:
        raise processes.Failed(f"{question.path} was answered by {answer.status}: {text[:200]!r}")


def _took_ms(do: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    do()
    return (time.perf_counter() - start_s) * 1000
