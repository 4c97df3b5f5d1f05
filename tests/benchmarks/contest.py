"""A contest: the same stream of events to the same clients, of one server after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks import processes
from tests.benchmarks.effort import Effort
from tests.benchmarks.load import Load, Plan
from tests.benchmarks.peers.base import Missing, Peer
from tests.benchmarks.report import Check, Table, at_most, number
from tests.benchmarks.stats import median, ratio

KEEPS_UP: Final = 0.97
"""What share of the due deliveries a server makes that keeps up."""


class Scenario(NamedTuple):
    """So many clients, so many events a second, and how many of the clients each event passes.

    Client ``n`` adds the query ``queries[n % len(queries)]`` to its address, and is to get every
    ``steps[n % len(steps)]``-th event.
    """

    clients: int
    rate: int
    passes: float | None = None
    queries: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    label: str = ""

    @property
    def title(self) -> str:
        return self.label or f"{self.clients:,} clients at {self.rate:,} events/s"

    @property
    def due_per_s(self) -> float:
        return (self.clients if self.passes is None else self.passes) * self.rate


Runs = dict[str, list[Load]]
"""Of each peer by name, one for each round."""


def present(
    peers: Sequence[Peer], folder: Path, absent: dict[str, str], effort: Effort
) -> list[Peer]:
    """Return the peers that can be started here; ``absent`` gets the reasons of the others."""
    return [peer for peer in peers if _is_there(peer, folder, absent, effort)]


def _is_there(peer: Peer, folder: Path, absent: dict[str, str], effort: Effort) -> bool:
    try:
        peer.command(1, 1, folder)
        effort.versions[peer.version()] = None
    except Missing as missing:
        absent[peer.name] = str(missing)
        effort.say(f"{peer.name} is absent: {missing}")
        return False
    return True


def keeps_up(scenario: Scenario, loads: Sequence[Load]) -> bool:
    return median(share(scenario, load) for load in loads) >= KEEPS_UP


def share(scenario: Scenario, load: Load) -> float:
    """Return which share of the due deliveries was made."""
    return 0.0 if load.error else load.per_s / scenario.due_per_s


def rounds(
    scenario: Scenario, peers: Sequence[Peer], count: int, folder: Path, effort: Effort
) -> Runs:
    """Let the servers take turns, ``count`` times."""
    runs: Runs = {peer.name: [] for peer in peers}
    for round in range(count):
        effort.quiet.look()
        for peer in peers:
            load = run(peer, scenario, effort.seconds, folder)
            runs[peer.name].append(load)
            effort.say(f"{scenario.title}, round {round + 1} of {count}: {_says(peer, load)}")
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
            plan.queries, plan.steps = list(scenario.queries), list(scenario.steps)
            plan.publisher = publisher or server.pid
            return processes.load(plan)
    except processes.Failed as failed:
        return Load(error=str(failed))


@contextlib.contextmanager
def _publisher(peer: Peer, port: int, rate: float) -> Iterator[int]:
    if peer.publisher is None:
        yield 0
        return
    with processes.publishing(peer.publisher(port, rate)) as publisher:
        yield publisher.pid


def _says(peer: Peer, load: Load) -> str:
    name = peer.name.strip("*")
    if load.error:
        return f"{name} failed: {load.error}"
    return (
        f"{name} {load.per_s:,.0f} deliveries/s, p99 {number(load.p99_ms)} ms, "
        f"{load.us_per_delivery:.2f} us each (the load itself: {load.own_cpu_percent:.0f} %)"
    )


def table(scenario: Scenario, runs: Runs, peers: Sequence[Peer], absent: dict[str, str]) -> Table:
    """Return a line for each peer; the first of them is ours."""
    head = [scenario.title, "deliveries/s", "of those due", "p50 ms", "p99 ms", "CPU %"]
    head += ["us a delivery", "times ours", "missing / doubled / disordered"]
    rows = []
    for peer in peers:
        if peer.name in absent:
            rows.append([peer.name, f"absent: {absent[peer.name]}", *[""] * 7])
        elif loads := runs.get(peer.name):
            rows.append([peer.name, *_cells(scenario, loads, runs[peers[0].name])])
    return Table(head, rows)


def _cells(scenario: Scenario, loads: Sequence[Load], ours: Sequence[Load]) -> list[str]:
    good = [load for load in loads if not load.error and load.deliveries]
    if not good:
        return [f"failed: {loads[0].error or 'nothing was delivered'}", *[""] * 7]
    made = median(share(scenario, load) for load in loads)
    faults = "/".join(
        f"{sum(getattr(load, fault) for load in good)}"
        for fault in ("missing", "doubled", "disordered")
    )
    return [
        number(median(load.per_s for load in good)),
        f"{100 * min(made, 1):.0f} %",
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


def middle(loads: Sequence[Load], figure: Callable[[Load], float]) -> float | None:
    """Return the median of a figure over the rounds; None where nothing was delivered."""
    good = [load for load in loads if load.deliveries]
    return median(map(figure, good)) if good else None


def nothing_missing(claim: str, loads: Sequence[Load]) -> Check:
    faults = float(sum(load.faults for load in loads))
    return at_most(f"{claim}: missing, doubled, disordered or closed", faults, 0)


def figures(runs: Runs) -> dict[str, object]:
    return {name.strip("*"): loads for name, loads in runs.items()}
