"""``python -m tests.day``: 24 hours compressed, by a seed; ends with 1 where anything is broken.

A million events go through a stream that keeps the newest 100,000. The dashboard is restarted ten
times, by SIGTERM and SIGKILL, twice for so long that the stream is trimmed past it. A client
follows all day.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.chaos.processes import Dashboard
from tests.day import memory, positions
from tests.day.follower import Follower
from tests.day.memory import Life
from tests.day.publisher import STREAM, Publisher
from tests.fixtures.redis import RedisServer, running_redis

RETAINED = 100_000
RESTARTS = 10
KILLED = 3
LONG = 2
# Beyond what the stream keeps.
AWAY_LONG = 120_000
AWAY = 2_000
ARRIVES_WITHIN_S = 60
# A hundred thousand events are counted first, beside whatever else the machine does.
READY_WITHIN_S = 180


class Restart(NamedTuple):
    """A process ends ``after`` so many events of its life, and ``away`` more come without one."""

    after: int
    killed: bool
    away: int


def plan(rng: random.Random, count: int) -> list[Restart]:
    """Spread the restarts over the day; the last life is about as long as the others."""
    kinds = [number < KILLED for number in range(RESTARTS)]
    away = [AWAY_LONG if number < LONG else AWAY for number in range(RESTARTS)]
    rng.shuffle(kinds)
    rng.shuffle(away)
    part = (count - sum(away) - RESTARTS * AWAY) // (RESTARTS + 1)
    lives = [part + rng.randrange(-part // 8, part // 8) for _ in range(RESTARTS)]
    return [Restart(*restart) for restart in zip(lives, kinds, away, strict=True)]


class Day:
    def __init__(
        self, redis: RedisServer, folder: Path, seed: int, count: int, rate: float
    ) -> None:
        self.rng = random.Random(seed)
        self.redis, self.count = redis, count
        self.dashboard = Dashboard(
            folder, "dashboard", redis.url, STREAM_MAXLEN=str(RETAINED), MAX_CONNECTIONS="10"
        )
        self.publisher = Publisher(redis.url, count, RETAINED, rate)
        self.follower = Follower(self.dashboard.url, count)
        self.lives: list[Life] = []
        self._watching: set[asyncio.Task[None]] = set()
        self.faults: list[str] = []

    async def run(self) -> None:
        restarts, publisher = plan(self.rng, self.count), self.publisher
        await self._start()
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self.follower.run())
            for restart in restarts:
                await publisher.add(restart.after)
                await self._end(killed=restart.killed)
                await publisher.add(restart.away)
                # It loads what there is while more is coming.
                await asyncio.gather(self._start(), publisher.add(AWAY))
            await publisher.add(self.count - len(publisher.ids))
            await self._judge()
            following.cancel()
        await self._end(killed=False)

    async def _start(self) -> None:
        await self.dashboard.start()
        await self.dashboard.ready(READY_WITHIN_S)
        life = Life(self.dashboard.process.pid, len(self.lives))
        self.lives.append(life)
        self._watching.add(asyncio.create_task(life.watch()))

    async def _end(self, *, killed: bool) -> None:
        if killed:
            await self.dashboard.kill()
            return
        try:
            await self.dashboard.end()
        except (RuntimeError, TimeoutError) as error:
            self.faults.append(f"the process did not end in order: {error!r}")

    async def _judge(self) -> None:
        ids, follower = self.publisher.ids, self.follower
        with suppress(TimeoutError):
            async with asyncio.timeout(ARRIVES_WITHIN_S):
                await follower.arrived(self.count - 1)
        if follower.last != self.count - 1:
            self.faults.append(f"the follower stays at {follower.last}")
        wrong = sum(got not in (None, id) for got, id in zip(follower.got, ids, strict=True))
        if wrong:
            self.faults.append(f"{wrong} events came under another id")
        with self.redis.client() as client:
            retained: int = client.xlen(STREAM)
        self.faults += follower.faults
        self.faults += await positions.faults(self.dashboard.url, ids, retained, self.rng)
        self.faults += memory.faults(self.lives)
        self.faults += self.dashboard.errors()

    def account(self) -> str:
        follower, gaps = self.follower, self.follower.gaps
        counted = sum(gap.missed is not None for gap in gaps)
        return "\n".join(
            [
                f"{len(self.publisher.ids):,} events; {len(self.lives)} processes",
                f"the follower got {follower.received:,} over {follower.connections} connections, "
                f"was told {len(gaps)} gaps ({counted} counted) for "
                f"{sum(gap.missing for gap in gaps):,}",
                *(
                    f"process {life.number}: at most {life.peak_mb:.0f} MB, "
                    f"grew by {life.growth_mb:+.1f} MB, {len(life.took_mb)} looks"
                    for life in self.lives
                ),
                *(f"BROKEN: {fault}" for fault in self.faults[:40]),
            ]
        )


async def main(seed: int, count: int, rate: float) -> bool:
    print(f"seed {seed}", flush=True)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="day-") as name:
        folder = Path(name)
        with running_redis(folder, "--appendfsync", "no") as redis:
            day = Day(redis, folder, seed, count, rate)
            try:
                await day.run()
            except BaseException:
                print(day.dashboard.tail(), file=sys.stderr)
                raise
            finally:
                await day.publisher.close()
                await day.dashboard.kill()
            print(day.account())
    print(f"{'BROKEN' if day.faults else 'held'} in {time.monotonic() - began_s:.0f} s")
    return not day.faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.day", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=8000, help="events a second")
    asked = parser.parse_args()
    sys.exit(not asyncio.run(main(asked.seed, asked.events, asked.rate)))
