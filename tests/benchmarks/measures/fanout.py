"""One stream of events to many clients, beside the peers and the floor."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks import processes
from tests.benchmarks.effort import Effort
from tests.benchmarks.load import Load, Plan
from tests.benchmarks.peers import FASTAPI, FLOOR, NATS, OURS, PEERS, WEBSOCKETS
from tests.benchmarks.peers.base import Missing, Peer
from tests.benchmarks.report import Check, Section, Table, at_least, at_most, number
from tests.benchmarks.stats import median, ratio

KEEPS_UP: Final = 0.97
"""What share of the due deliveries a server makes that keeps up."""


class Scenario(NamedTuple):
    clients: int
    rate: int

    @property
    def title(self) -> str:
        return f"{self.clients:,} clients at {self.rate:,} events/s"


FIRST: Final = Scenario(100, 1000)
SCENARIOS: Final = (
    FIRST,
    *(Scenario(100, rate) for rate in (2000, 5000, 10_000)),
    *(Scenario(clients, 1000) for clients in (500, 1000)),
)
Runs = dict[str, list[Load]]
"""Of each peer by name, one for each round."""


def measure(effort: Effort) -> Section:
    absent: dict[str, str] = {}
    found: dict[Scenario, Runs] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = [peer for peer in PEERS if _is_there(peer, folder, absent, effort)]
        for scenario in SCENARIOS:
            fit = [peer for peer in peers if _kept_up(found, peer, scenario)]
            asked = fit if effort.is_full or scenario == FIRST else [OURS, FLOOR]
            rounds = effort.rounds if scenario == FIRST else max(1, effort.rounds // 2)
            found[scenario] = _rounds(
                scenario, [peer for peer in asked if peer in fit], rounds, folder, effort
            )
    tables = [_table(scenario, runs, absent) for scenario, runs in found.items()]
    says = (
        "Latency is counted from when an event was due. CPU is that of the server, in percent of "
        "one core; of a broker without its publisher, of the others with it. Medians of the "
        "rounds; *times ours* compares the CPU time of one delivery within each round. Of "
        f"{Plan(0, '', 0, 0).exact} clients each frame was taken apart and each number read, of "
        "the others events were counted. A peer that does not keep up in the first table is not "
        "tried with more. What each of them does:\n\n"
        + "\n".join(f"- {peer.name}: {peer.does}" for peer in PEERS)
    )
    figures = {s.title: _figures(runs) for s, runs in found.items()} | {"absent": absent}
    return Section("Fan-out", says, tables, _checks(found), figures)


def _is_there(peer: Peer, folder: Path, absent: dict[str, str], effort: Effort) -> bool:
    try:
        peer.command(1, 1, folder)
        effort.versions[peer.version()] = None
    except Missing as missing:
        absent[peer.name] = str(missing)
        effort.say(f"{peer.name} is absent: {missing}")
        return False
    return True


def _kept_up(found: dict[Scenario, Runs], peer: Peer, scenario: Scenario) -> bool:
    """Return whether the peer kept up with all that is less than ``scenario``."""
    if peer in (OURS, FLOOR):
        return True
    return all(
        keeps_up(tried, runs[peer.name])
        for tried, runs in found.items()
        if peer.name in runs and tried.clients <= scenario.clients and tried.rate <= scenario.rate
    )


def keeps_up(scenario: Scenario, loads: Sequence[Load]) -> bool:
    shares = [_share(scenario, load) for load in loads]
    return median(shares) >= KEEPS_UP


def _share(scenario: Scenario, load: Load) -> float:
    return 0.0 if load.error else load.per_s / (scenario.clients * scenario.rate)


def _rounds(
    scenario: Scenario, peers: Sequence[Peer], rounds: int, folder: Path, effort: Effort
) -> Runs:
    runs: Runs = {peer.name: [] for peer in peers}
    for round in range(rounds):
        effort.quiet.look()
        for peer in peers:
            load = run(peer, scenario, effort.seconds, folder)
            runs[peer.name].append(load)
            effort.say(f"{scenario.title}, round {round + 1} of {rounds}: {_says(peer, load)}")
    return runs


def run(peer: Peer, scenario: Scenario, seconds: float, folder: Path) -> Load:
    """Return what the clients of a fresh server got; what fails is an error in it."""
    port = processes.free_ports()
    try:
        with (
            processes.running(peer.command(port, scenario.rate, folder), port) as server,
            _publisher(peer, port, scenario.rate) as publisher,
        ):
            plan = Plan(port, peer.path, scenario.clients, seconds, hello=peer.hello)
            plan.subprotocol, plan.pids = peer.subprotocol, [server.pid]
            plan.publisher = publisher or server.pid
            return processes.load(plan)
    except processes.Failed as failed:
        return Load(error=str(failed))


@contextlib.contextmanager
def _publisher(peer: Peer, port: int, rate: float) -> Iterator[int]:
    if not peer.publisher:
        yield 0
        return
    with processes.publishing(processes.module(peer.publisher, port + 1, rate)) as publisher:
        yield publisher.pid


def _says(peer: Peer, load: Load) -> str:
    name = peer.name.strip("*")
    if load.error:
        return f"{name} failed: {load.error}"
    return (
        f"{name} {load.per_s:,.0f} deliveries/s, p99 {number(load.p99_ms)} ms, "
        f"{load.us_per_delivery:.2f} us each (the load itself: {load.own_cpu_percent:.0f} %)"
    )


def _table(scenario: Scenario, runs: Runs, absent: dict[str, str]) -> Table:
    head = [scenario.title, "deliveries/s", "of those due", "p50 ms", "p99 ms", "CPU %"]
    head += ["us a delivery", "times ours", "missing / doubled / disordered"]
    rows = []
    for peer in PEERS:
        if peer.name in absent:
            rows.append([peer.name, f"absent: {absent[peer.name]}", *[""] * 7])
        elif loads := runs.get(peer.name):
            rows.append([peer.name, *_cells(scenario, loads, runs[OURS.name])])
    return Table(head, rows)


def _cells(scenario: Scenario, loads: Sequence[Load], ours: Sequence[Load]) -> list[str]:
    good = [load for load in loads if not load.error and load.deliveries]
    if not good:
        return [f"failed: {loads[0].error or 'nothing was delivered'}", *[""] * 7]
    share = median(_share(scenario, load) for load in loads)
    faults = "/".join(
        f"{sum(getattr(load, fault) for load in good)}"
        for fault in ("missing", "doubled", "disordered")
    )
    return [
        number(median(load.per_s for load in good)),
        f"{100 * min(share, 1):.0f} %",
        number(median(load.p50_ms or 0 for load in good)),
        number(median(load.p99_ms or 0 for load in good)),
        number(median(load.cpu_percent for load in good)),
        number(median(load.us_per_delivery for load in good)),
        number(times(loads, ours)),
        faults.replace("/", " / "),
    ]


def times(those: Sequence[Load], ours: Sequence[Load]) -> float | None:
    """Return how many times the CPU time of our delivery theirs is; None where there is none."""
    pairs = [(a, b) for a, b in zip(those, ours, strict=True) if a.deliveries and b.deliveries]
    if not pairs:
        return None
    return ratio([a.us_per_delivery for a, _ in pairs], [b.us_per_delivery for _, b in pairs])


def _checks(found: dict[Scenario, Runs]) -> list[Check]:
    most, first, many = Scenario(100, 10_000), found[FIRST], Scenario(1000, 1000)
    checks = [
        at_least(
            "100 clients at 10,000 events/s: deliveries/s",
            _of(found[most], lambda load: load.per_s),
            0.99e6,
        ),
        at_most("the same: p99", _of(found[most], lambda load: load.p99_ms or 0), 20, " ms"),
        at_most("the same: CPU", _of(found[most], lambda load: load.cpu_percent), 35, " %"),
        _nothing_missing("the same", found[most]),
    ]
    for peer, least in ((NATS, 3), (WEBSOCKETS, 3), (FASTAPI, 8)):
        theirs = times(first[peer.name], first[OURS.name]) if peer.name in first else None
        claim = f"100 clients at 1000 events/s: CPU of a delivery by {peer.name}, times ours"
        checks.append(at_least(claim, theirs, least))
    floor = times(first[OURS.name], first[FLOOR.name]) if FLOOR.name in first else None
    checks.append(at_most("the same: ours, times the C floor", floor, 5))
    p99 = _of(found[many], lambda load: load.p99_ms or 0)
    checks.append(at_most("1000 clients at 1000 events/s: p99", p99, 50, " ms"))
    shares = _of(found[many], lambda load: 100 * _share(many, load))
    checks.append(at_least("the same: share of the due deliveries", shares, 99, " %"))
    checks.append(_nothing_missing("the same", found[many]))
    return checks


def _of(runs: Runs, figure: Callable[[Load], float]) -> float | None:
    good = [load for load in runs[OURS.name] if load.deliveries]
    return median(map(figure, good)) if good else None


def _nothing_missing(claim: str, runs: Runs) -> Check:
    faults = float(sum(load.faults for load in runs[OURS.name]))
    return at_most(f"{claim}: missing, doubled, disordered or closed", faults, 0)


def _figures(runs: Runs) -> dict[str, object]:
    return {name.strip("*"): loads for name, loads in runs.items()}
