"""Everything at once: clients, open pages, and someone who polls the history."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator
from typing import Final

import msgspec

from tests.benchmarks import processes
from tests.benchmarks.effort import Effort
from tests.benchmarks.lag import Lateness
from tests.benchmarks.load import Load, Plan
from tests.benchmarks.page_client import Pages
from tests.benchmarks.report import Check, Section, Table, at_least, at_most, number
from tests.benchmarks.served import Report
from tests.benchmarks.stats import median

CLIENTS: Final = 100
RATE: Final = 1000
POLL_S: Final = 0.1
_LIMITS_MS: Final = {20: 25, 100: 50}
"""Of the 99th percentile of delivery, by the number of pages."""


class Found(msgspec.Struct):
    load: Load
    loop: Lateness
    pages: Pages
    polls: int


def measure(effort: Effort) -> Section:
    found: dict[int, list[Found]] = {0: [], **{pages: [] for pages in _LIMITS_MS}}
    for round in range(max(1, effort.rounds // 2)):
        effort.quiet.look()
        for pages, runs in found.items():
            if pages > 20 and not effort.is_full:
                continue
            run = _run(pages, effort.seconds * 2)
            runs.append(run)
            effort.say(
                f"{pages} pages, round {round + 1}: p99 {number(run.load.p99_ms)} ms, "
                f"{run.load.cpu_percent:.0f} % CPU, loop late by {run.loop.p99_ms:.1f} ms (p99)"
            )
    says = (
        f"{CLIENTS} WebSocket clients at {RATE} events/s while pages are open and the history "
        f"(100 events) is asked for every {POLL_S * 1000:.0f} ms. Pages are opened and read as "
        "BokehJS does it, without a browser, by one program; *updates* are those of the page that "
        "got the fewest. *loop late* is how late a task comes that looks every 2 ms."
    )
    head = ["pages", "delivery p50 ms", "p99 ms", "CPU %", "loop late, p99 ms", "at most ms"]
    head += ["updates/s", "longest without ms", "missing / doubled / disordered"]
    rows = [_row(pages, runs) for pages, runs in found.items() if runs]
    figures = {f"{pages} pages": runs for pages, runs in found.items()}
    checks = [check for pages in _LIMITS_MS for check in _checks(pages, found[pages])]
    return Section("Everything at once", says, [Table(head, rows)], checks, figures)


def _checks(pages: int, runs: list[Found]) -> list[Check]:
    def of(values: list[float]) -> float | None:
        return median(values) if values else None

    faults = of([float(run.load.faults) for run in runs])
    p99 = of([run.load.p99_ms or 0 for run in runs])
    least = of([run.pages.least_per_s for run in runs])
    return [
        at_most(f"mixed load with {pages} pages: delivery p99", p99, _LIMITS_MS[pages], " ms"),
        at_least("the same: updates of each page a second", least, 2),
        at_most("the same: missing, doubled, disordered or closed", faults, 0),
    ]


def _row(pages: int, runs: list[Found]) -> list[str]:
    faults = (sum(getattr(run.load, fault) for run in runs)
              for fault in ("missing", "doubled", "disordered"))  # fmt: skip
    return [
        f"{pages}",
        number(median(run.load.p50_ms or 0 for run in runs)),
        number(median(run.load.p99_ms or 0 for run in runs)),
        number(median(run.load.cpu_percent for run in runs)),
        number(median(run.loop.p99_ms for run in runs)),
        number(median(run.loop.max_ms for run in runs)),
        number(median(run.pages.least_per_s for run in runs) if pages else None),
        number(median(run.pages.longest_s * 1000 for run in runs) if pages else None),
        " / ".join(map(str, faults)),
    ]


def _run(pages: int, seconds: float) -> Found:
    port = processes.free_ports()
    command = processes.module("served", "--port", port, "--rate", RATE, "--watch")
    with (
        processes.running(command, port) as server,
        contextlib.ExitStack() as stack,
    ):
        held = None
        if pages:
            held = stack.enter_context(
                processes.running(processes.module("page_client", port, pages))
            )
            assert held.stdout is not None
            if not held.stdout.readline():
                raise processes.Failed(f"{pages} pages could not be opened")
        polls = stack.enter_context(_polling(port))
        processes.ask(server)
        if held:
            processes.ask(held)
        load = processes.load(
            Plan(port, "/ws/{i}", CLIENTS, seconds, pids=[server.pid], publisher=server.pid)
        )
        if load.error:
            raise processes.Failed(load.error)
        loop = msgspec.json.decode(processes.ask(server), type=Report).lateness
        seen = msgspec.json.decode(processes.ask(held), type=Pages) if held else Pages()
        if not polls:
            raise processes.Failed("the history was never answered")
        return Found(load, loop, seen, len(polls))


@contextlib.contextmanager
def _polling(port: int) -> Iterator[list[int]]:
    """Ask for the history again and again; gives the sizes of the answers."""
    sizes: list[int] = []
    stop = threading.Event()
    thread = threading.Thread(target=_poll, args=(port, sizes, stop))
    thread.start()
    try:
        yield sizes
    finally:
        stop.set()
        thread.join()


def _poll(port: int, sizes: list[int], stop: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not stop.wait(POLL_S):
        connection.request("GET", "/api/events/history?limit=100")
        sizes.append(len(connection.getresponse().read()))
    connection.close()
