"""One run: everyone at work while things break; then all is mended, and the law is looked at."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sources.ids import EventId
from tests.chaos.clients import Client, SseClient, WebSocketClient
from tests.chaos.publishers import (
    AgentPublisher,
    ChannelPublisher,
    Publisher,
    RestPublisher,
    StreamPublisher,
)
from tests.chaos.records import Evidence, faults
from tests.chaos.schedule import Fault, schedule
from tests.chaos.stage import Stage, staged

SECONDS = 22.0
_SETTLES_WITHIN_S = 60.0


@dataclass
class Result:
    """What came of a run."""

    seed: int
    schedule: Sequence[Fault]
    evidence: Evidence = field(default_factory=Evidence)
    broken: list[str] = field(default_factory=list)
    logs: str = ""
    ended_within_s: list[float] = field(default_factory=list)

    def line(self) -> str:
        """Say it in one line."""
        evidence, gaps = self.evidence, self.evidence.gaps
        unknown = sum(gap.missed is None for gap in gaps)
        connections = sum(diary.connections for diary in evidence.diaries)
        return (
            f"seed {self.seed}: {len(self.schedule)} faults, "
            f"{len(evidence.acknowledged)} acknowledged, {len(evidence.stream)} in the stream, "
            f"{evidence.received} received over {connections} connections, "
            f"{len(gaps)} gaps told ({unknown} of unknown size), slowest end "
            f"{max(self.ended_within_s, default=0):.1f} s: "
            + (f"BROKEN {len(self.broken)} times" if self.broken else "the law holds")
        )

    def account(self) -> str:
        """Say all that is needed to find the cause."""
        counts = Counter(self.broken)
        shown = [f"  {what}" + (f" ({n} times)" if n > 1 else "") for what, n in counts.items()]
        return "\n".join(
            [
                self.line(),
                f"again: python -m tests.chaos --seed {self.seed}",
                *(f"  {fault}" for fault in self.schedule),
                *shown[:60],
                self.logs,
            ]
        )


async def play(seed: int, seconds: float = SECONDS, keep: Path | None = None) -> Result:
    """Play one run; with ``keep``, what the programs wrote stays in that folder."""
    result = Result(seed, schedule(seed, seconds))
    with tempfile.TemporaryDirectory() as made:
        folder = (keep or Path(made)) / f"seed-{seed}"
        folder.mkdir(parents=True)
        async with staged(folder, result.evidence, seed) as stage:
            await _act(stage, result)
            if result.broken:
                tails = (f"{each.log.stem}:\n{each.tail()}" for each in stage.dashboards)
                result.logs = "\n".join(tails)
        result.ended_within_s = stage.ended_within_s
    return result


async def _act(stage: Stage, result: Result) -> None:
    evidence, seed = result.evidence, result.seed
    publishers, clients = _publishers(stage, seed), _clients(stage, seed)
    publishing = [asyncio.create_task(publisher.run()) for publisher in publishers]
    reading = [asyncio.create_task(client.run()) for client in clients]
    try:
        async with asyncio.TaskGroup() as tasks:
            for fault in result.schedule:
                tasks.create_task(stage.break_down(fault))
        last = await _settle(stage, publishers, publishing, clients)
        await stage.look()
        await stage.end_all()
        result.broken = faults(evidence, last)
    finally:
        for task in (*publishing, *reading):
            task.cancel()
        ended = await asyncio.gather(*publishing, *reading, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _settle(
    stage: Stage,
    publishers: Sequence[Publisher],
    publishing: Sequence[asyncio.Task[None]],
    clients: Sequence[Client],
) -> EventId:
    """Let everyone come to the end of the stream; returns the last event, which passes all."""
    for dashboard in stage.dashboards:
        await dashboard.ready()
    for publisher in publishers:
        publisher.stopping.set()
    async with asyncio.timeout(_SETTLES_WITHIN_S):
        await asyncio.gather(*publishing)
        rest = RestPublisher("last", 0, stage.evidence, stage.urls)
        data = {"n": "last", "mark": "y"}
        (id,) = await rest.send([{**rest.event(), "data": data, "priority": "critical"}])
    last = EventId.parse(id)
    with suppress(TimeoutError):
        await _until(lambda: all(client.has(last) for client in clients), _SETTLES_WITHIN_S)
    return last


async def _until(condition: Callable[[], bool], limit_s: float) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 (clients are told by other programs)
            await asyncio.sleep(0.02)


def _publishers(stage: Stage, seed: int) -> list[Publisher]:
    evidence = stage.evidence
    redis_url = f"redis://127.0.0.1:{stage.to_agents.port}/0"
    environ = {**os.environ, "REDIS_URL": redis_url}
    return [
        *(RestPublisher(f"rest-{n}", seed, evidence, stage.urls) for n in range(3)),
        *(StreamPublisher(f"stream-{n}", seed, evidence, redis_url) for n in range(3)),
        AgentPublisher("agent-0", seed, evidence, environ),
        ChannelPublisher("channel-0", seed, evidence, redis_url),
    ]


def _clients(stage: Stage, seed: int) -> list[Client]:
    kinds = ((WebSocketClient, "ws", 6), (SseClient, "sse", 3))
    return [
        kind(f"{name}-{n}", seed, stage.evidence, stage.urls, n % 3)
        for kind, name, count in kinds
        for n in range(count)
    ]
