"""A hundred clients, each with a filter of its own, ten of them with a text to search for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests.benchmarks import contest
from tests.benchmarks.contest import Runs, Scenario, middle, nothing_missing
from tests.benchmarks.effort import Effort
from tests.benchmarks.events import SOURCES, WORDS
from tests.benchmarks.load import Load
from tests.benchmarks.peers import OURS
from tests.benchmarks.peers.filtering import FILTERING
from tests.benchmarks.report import Check, Section, Table, at_most, number
from tests.benchmarks.stats import ratio

_QUERIES: Final = (
    *(f"?sources=agent-{number}" for number in range(SOURCES)),
    *(f"?search={word}" for word in WORDS),
)
_STEPS: Final = (*[SOURCES] * SOURCES, *[len(WORDS)] * len(WORDS))
RATES: Final = (1000, 5000)


def filtered(rate: int) -> Scenario:
    """Each event passes one of the 90 filters by source, and one of the 10 by text."""
    title = f"100 distinct filters, 10 with text, {rate:,} events/s"
    return Scenario(len(_QUERIES), rate, 2, _QUERIES, _STEPS, title)


def unfiltered(rate: int) -> Scenario:
    """As many deliveries, to nobody who filters."""
    return Scenario(2, rate, label=f"no filter, 2 clients, {rate:,} events/s")


def measure(effort: Effort) -> Section:
    absent: dict[str, str] = {}
    found: dict[Scenario, Runs] = {}
    with tempfile.TemporaryDirectory() as name:
        peers = contest.present((OURS, FILTERING), Path(name), absent, effort)
        count = max(1, effort.rounds // 2)
        for rate in RATES:
            found[filtered(rate)] = contest.rounds(filtered(rate), peers, count, Path(name), effort)
            found[unfiltered(rate)] = contest.rounds(
                unfiltered(rate), [OURS], count, Path(name), effort
            )
    says = (
        "Each event passes two of the hundred filters. *us an event* is the CPU time of the whole "
        "server for one event; without filters, as many deliveries are made, so the difference "
        f"is what filtering and a hundred separate sockets take.\n\n- {FILTERING.name}: "
        f"{FILTERING.does}"
    )
    rows = [row for scenario, runs in found.items() for row in _rows(scenario, runs, absent)]
    head = ["", "server", "of those due", "p50 ms", "p99 ms", "CPU %", "us an event"]
    head += ["times ours", "missing / doubled / disordered"]
    figures = {s.title: contest.figures(runs) for s, runs in found.items()} | {"absent": absent}
    return Section("Filters", says, [Table(head, rows)], _checks(found), figures)


def _rows(scenario: Scenario, runs: Runs, absent: dict[str, str]) -> list[list[str]]:
    rows = [[scenario.title, name, *_cells(scenario, loads, runs[OURS.name])]
            for name, loads in runs.items()]  # fmt: skip
    if scenario.queries:
        rows += [
            [scenario.title, name, f"absent: {why}", *[""] * 6] for name, why in absent.items()
        ]
    return rows


def _cells(scenario: Scenario, loads: list[Load], ours: list[Load]) -> list[str]:
    good = [load for load in loads if load.deliveries]
    if not good:
        return [f"failed: {loads[0].error}", *[""] * 6]
    faults = (sum(getattr(load, fault) for load in good)
              for fault in ("missing", "doubled", "disordered"))  # fmt: skip
    pairs = [(a, b) for a, b in zip(loads, ours, strict=True) if a.deliveries and b.deliveries]
    times = ratio([us_an_event(scenario, a) for a, _ in pairs],
                  [us_an_event(scenario, b) for _, b in pairs]) if pairs else None  # fmt: skip
    return [
        f"{100 * min(1, middle(good, lambda load: contest.share(scenario, load)) or 0):.0f} %",
        number(middle(good, lambda load: load.p50_ms or 0)),
        number(middle(good, lambda load: load.p99_ms or 0)),
        number(middle(good, lambda load: load.cpu_percent)),
        number(middle(good, lambda load: us_an_event(scenario, load))),
        number(times),
        " / ".join(map(str, faults)),
    ]


def us_an_event(scenario: Scenario, load: Load) -> float:
    """Return the CPU time of the server for one event, of those that were delivered."""
    events = load.deliveries / scenario.due_per_s * scenario.rate
    return 1e6 * load.cpu_s / events


def _checks(found: dict[Scenario, Runs]) -> list[Check]:
    scenario = filtered(RATES[0])
    ours = found[scenario][OURS.name]
    return [
        at_most(f"{scenario.title}: p99", middle(ours, lambda load: load.p99_ms or 0), 50, " ms"),
        nothing_missing("the same", ours),
    ]
