"""One stream of events to many clients, beside the peers and the floor."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests.benchmarks import contest
from tests.benchmarks.contest import Runs, Scenario, middle, nothing_missing, times
from tests.benchmarks.effort import Effort
from tests.benchmarks.load import Plan
from tests.benchmarks.peers import FASTAPI, FLOOR, NATS, OURS, PEERS, WEBSOCKETS
from tests.benchmarks.peers.base import Peer
from tests.benchmarks.report import Check, Section, at_least, at_most

FIRST: Final = Scenario(100, 1000)
SCENARIOS: Final = (
    FIRST,
    *(Scenario(100, rate) for rate in (2000, 5000, 10_000)),
    *(Scenario(clients, 1000) for clients in (500, 1000)),
)


def measure(effort: Effort) -> Section:
    absent: dict[str, str] = {}
    found: dict[Scenario, Runs] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = contest.present(PEERS, folder, absent, effort)
        for scenario in SCENARIOS:
            fit = [peer for peer in peers if _kept_up(found, peer, scenario)]
            asked = fit if effort.is_full or scenario == FIRST else [OURS, FLOOR]
            count = effort.rounds if scenario == FIRST else max(1, effort.rounds // 2)
            taking_part = [peer for peer in asked if peer in fit]
            found[scenario] = contest.rounds(scenario, taking_part, count, folder, effort)
    tables = [contest.table(scenario, runs, PEERS, absent) for scenario, runs in found.items()]
    says = (
        "Latency is counted from when an event was due. CPU is that of the server, in percent of "
        "one core; of a broker without its publisher, of the others with it. Medians of the "
        "rounds; *times ours* compares the CPU time of one delivery within each round. Of "
        f"{Plan(0, '', 0, 0).exact} clients each frame was taken apart and each number read, of "
        "the others events were counted. A peer that does not keep up in the first table is not "
        "tried with more. What each of them does:\n\n"
        + "\n".join(f"- {peer.name}: {peer.does}" for peer in PEERS)
    )
    figures = {s.title: contest.figures(runs) for s, runs in found.items()} | {"absent": absent}
    return Section("Fan-out", says, tables, _checks(found), figures)


def _kept_up(found: dict[Scenario, Runs], peer: Peer, scenario: Scenario) -> bool:
    """Return whether the peer kept up with all that is less than ``scenario``."""
    if peer in (OURS, FLOOR):
        return True
    return all(
        contest.keeps_up(tried, runs[peer.name])
        for tried, runs in found.items()
        if peer.name in runs and tried.clients <= scenario.clients and tried.rate <= scenario.rate
    )


def _checks(found: dict[Scenario, Runs]) -> list[Check]:
    first, many = found[FIRST], Scenario(1000, 1000)
    most, ours = found[Scenario(100, 10_000)][OURS.name], found[many][OURS.name]
    checks = [
        at_least(
            "100 clients at 10,000 events/s: deliveries/s",
            middle(most, lambda load: load.per_s),
            0.99e6,
        ),
        at_most("the same: p99", middle(most, lambda load: load.p99_ms or 0), 20, " ms"),
        at_most("the same: CPU", middle(most, lambda load: load.cpu_percent), 35, " %"),
        nothing_missing("the same", most),
    ]
    for peer, least in ((NATS, 3), (WEBSOCKETS, 3), (FASTAPI, 8)):
        theirs = times(first[peer.name], first[OURS.name]) if peer.name in first else None
        claim = f"100 clients at 1000 events/s: CPU of a delivery by {peer.name}, times ours"
        checks.append(at_least(claim, theirs, least))
    floor = times(first[OURS.name], first[FLOOR.name]) if FLOOR.name in first else None
    checks.append(at_most("the same: ours, times the C floor", floor, 5))
    p99 = middle(ours, lambda load: load.p99_ms or 0)
    checks.append(at_most("1000 clients at 1000 events/s: p99", p99, 50, " ms"))
    shares = middle(ours, lambda load: 100 * contest.share(many, load))
    checks.append(at_least("the same: share of the due deliveries", shares, 99, " %"))
    checks.append(nothing_missing("the same", ours))
    return checks
