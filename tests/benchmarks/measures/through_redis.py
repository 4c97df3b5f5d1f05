"""From XADD to the clients: a real Redis between the publisher and the server."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests import provision
from tests.benchmarks import contest
from tests.benchmarks.contest import Runs, Scenario, middle, nothing_missing
from tests.benchmarks.effort import Effort
from tests.benchmarks.peers import NATS
from tests.benchmarks.peers.base import printed_version
from tests.benchmarks.peers.on_redis import OURS_ON_REDIS, RELAY, peers_on
from tests.benchmarks.report import Section, at_least, at_most
from tests.fixtures.redis import running_redis

SCENARIOS: Final = tuple(Scenario(100, rate) for rate in (1000, 5000, 10_000))


def measure(effort: Effort) -> Section:
    absent: dict[str, str] = {}
    found: dict[Scenario, Runs] = {}
    effort.versions[f"redis-server {printed_version(provision.redis_server())}"] = None
    with (
        tempfile.TemporaryDirectory() as name,
        running_redis(Path(name), "--appendonly", "no") as redis,
    ):
        everyone = (*peers_on(redis), NATS)
        present = contest.present(everyone, Path(name), absent, effort)
        for scenario in SCENARIOS:
            asked = [each for each in present if _kept_up(found, each.name)]
            count = effort.rounds if scenario == SCENARIOS[0] else max(1, effort.rounds // 2)
            found[scenario] = contest.rounds(scenario, asked, count, Path(name), effort)
    says = (
        "The publisher adds what is due every millisecond to a stream, in one pipeline, and trims "
        "it to about 100,000. CPU is that of the server that reads it, without that of Redis, "
        "which is the same for both. NATS, which needs no Redis, is the broker and the server in "
        "one. A peer that does not keep up is not tried with more.\n\n"
        + "\n".join(f"- {peer.name}: {peer.does}" for peer in everyone)
    )
    tables = [contest.table(scenario, runs, everyone, absent) for scenario, runs in found.items()]
    first, most = (found[scenario][OURS_ON_REDIS] for scenario in (SCENARIOS[0], SCENARIOS[-1]))
    checks = [
        at_most(
            "100 clients at 1000 events/s through Redis: p99",
            *(middle(first, lambda load: load.p99_ms or 0), 50, " ms"),
        ),
        nothing_missing("the same", first),
        at_least(
            "100 clients at 10,000 events/s through Redis: deliveries/s",
            *(middle(most, lambda load: load.per_s), 0.99e6),
        ),
        nothing_missing("the same", most),
    ]
    figures = {s.title: contest.figures(runs) for s, runs in found.items()}
    return Section("Through Redis: XADD to client", says, tables, checks, figures)


def _kept_up(found: dict[Scenario, Runs], name: str) -> bool:
    return name != RELAY or all(
        contest.keeps_up(scenario, runs[name]) for scenario, runs in found.items() if name in runs
    )
