"""Reads so many entries of a Redis stream, and prints how long it took and what CPU time.

``python -m tests.benchmarks.peers.bare_reader URL COUNT``: ``XREAD COUNT 500``, and ``json.loads``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from typing import Any

import msgspec
import redis.asyncio

from tests.benchmarks.peers.on_redis import STREAM
from tests.benchmarks.posts import Posted


async def main(url: str, count: int) -> Posted:
    read, last = 0, b"0-0"
    kept: deque[Any] = deque(maxlen=1000)
    async with redis.asyncio.Redis.from_url(url, protocol=2) as client:
        await client.ping()
        start_s, cpu_s = time.perf_counter(), time.process_time()
        while read < count:
            answer: Any = await client.xread({STREAM: last}, count=500)
            for id, fields in answer[0][1]:
                last = id
                kept.append(json.loads(fields[b"event"]))
                read += 1
    return Posted(read, time.perf_counter() - start_s, time.process_time() - cpu_s)


if __name__ == "__main__":
    done = asyncio.run(main(sys.argv[1], int(sys.argv[2])))
    print(msgspec.json.encode(done).decode())
