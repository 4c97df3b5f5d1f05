"""``python -m tests.redis_load``: the CPU of redis-server and what it sends, by readers."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from redis import Redis
from redis import asyncio as redis_asyncio

from tests.benchmarks.proc import cpu_s
from tests.fixtures.redis import RedisServer, running_redis
from tests.redis_load.readers import STREAM

READERS = (0, 1, 2, 5, 10)
RATES = (1000, 10_000)
MAXLEN = 100_000
WARM_S = 1.0
START_WITHIN_S = 30
_TICK_S = 0.005


class Load(NamedTuple):
    """Of redis-server in one measurement; ``rate`` is what was really added."""

    rate: float
    cpu_percent: float
    sent_mb_s: float


async def publish(url: str, rate: int, enough: asyncio.Event) -> None:
    """Add what is due every few milliseconds, in one pipeline, until it is enough."""
    event = {
        "event": json.dumps({"event_type": "metrics", "source": "x", "data": {"a": "x" * 180}})
    }
    began_s, added = time.monotonic(), 0
    async with redis_asyncio.Redis.from_url(url) as client:
        while not enough.is_set():
            due = int((time.monotonic() - began_s) * rate) - added
            async with client.pipeline(transaction=False) as pipeline:
                for _ in range(due):
                    pipeline.xadd(STREAM, event, maxlen=MAXLEN, approximate=True)  # type: ignore[arg-type]
                await pipeline.execute()
            added += due
            await asyncio.sleep(_TICK_S)


@asynccontextmanager
async def reading(redis: RedisServer, client: Redis, count: int) -> AsyncIterator[None]:
    """Start so many readers, and wait until each has its connection."""
    command = (sys.executable, "-m", "tests.redis_load.readers", "127.0.0.1")
    process = await asyncio.create_subprocess_exec(*command, str(redis.port), str(count))
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while len(client.client_list(_type="normal")) < count + 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def measured(redis: RedisServer, client: Redis, readers: int, rate: int, s: float) -> Load:
    enough = asyncio.Event()
    publishing = asyncio.create_task(publish(redis.url, rate, enough))
    async with reading(redis, client, readers):
        await asyncio.sleep(WARM_S)
        began_s, before = time.monotonic(), _told(redis, client)
        await asyncio.sleep(s)
        took_s, after = time.monotonic() - began_s, _told(redis, client)
    # Not by a cancellation, which redis-py now and then swallows.
    enough.set()
    await publishing
    added, cpu, sent = ((new - old) / took_s for new, old in zip(after, before, strict=True))
    return Load(added, cpu * 100, sent / 1e6)


def _told(redis: RedisServer, client: Redis) -> tuple[float, float, float]:
    info = client.info()
    added = client.xinfo_stream(STREAM)["entries-added"]
    return added, cpu_s([info["process_id"]]), info["total_net_output_bytes"]


async def main(seconds: float) -> None:
    print("| readers | events/s | CPU of redis-server | sent | CPU an event and reader |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        floor = 0.0
        for readers in READERS:
            with (
                tempfile.TemporaryDirectory() as name,
                running_redis(Path(name), "--appendonly", "no") as redis,
                redis.client() as client,
            ):
                client.xadd(STREAM, {"event": "first"})
                load = await measured(redis, client, readers, rate, seconds)
            floor = floor if readers else load.cpu_percent
            each = (load.cpu_percent - floor) / 100 / load.rate / readers * 1e6 if readers else 0
            cells = (
                *(f"{readers}", f"{load.rate:,.0f}", f"{load.cpu_percent:.1f} %"),
                *(f"{load.sent_mb_s:.1f} MB/s", f"{each:.1f} us" if readers else "-"),
            )
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.redis_load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    asyncio.run(main(parser.parse_args().seconds))
