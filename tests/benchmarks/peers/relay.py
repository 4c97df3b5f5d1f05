"""The bare relay: what a Redis stream and a WebSocket library do with nothing between them."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import redis.asyncio
from websockets.asyncio.server import broadcast, serve

from tests.benchmarks.peers.clients import Clients
from tests.benchmarks.peers.on_redis import STREAM


async def main(url: str, port: int) -> None:
    clients = Clients()
    last: bytes | str = "0-0"
    async with (
        serve(clients.keep, "127.0.0.1", port, compression=None),
        redis.asyncio.Redis.from_url(url, protocol=2) as client,
    ):
        while True:
            answer: Any = await client.xread({STREAM: last}, count=500, block=1000)
            for _, entries in answer:
                for id, fields in entries:
                    last = id
                    broadcast(clients.here, fields[b"event"].decode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
