"""Servers that read a Redis stream, and the publisher that adds to it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import redis.asyncio

from tests.benchmarks.events import event, paced
from tests.benchmarks.peers.base import Peer, package_version
from tests.benchmarks.processes import module
from tests.fixtures.redis import RedisServer

OURS_ON_REDIS: Final = "**this dashboard**"
RELAY: Final = "bare relay"
STREAM: Final = "events"
KEPT: Final = 100_000


def peers_on(server: RedisServer) -> tuple[Peer, Peer]:
    """Return this product and the bare relay, both on ``server`` and on an empty stream."""

    def on_empty(name: str, *arguments: object) -> Callable[[int, float, Path], list[str]]:
        def command(port: int, rate: float, folder: Path) -> list[str]:
            with server.client() as client:
                client.delete(STREAM)
            return module(name, *arguments, port)

        return command

    def publisher(port: int, rate: float) -> list[str]:
        return module("peers.on_redis", server.url, rate)

    ours = on_empty("served", "--redis", server.url, "--port")
    relay = on_empty("peers.relay", server.url)
    versions = package_version("redis", "hiredis")
    return (
        Peer(
            OURS_ON_REDIS, "the whole product, on the stream", ours, versions, publisher=publisher
        ),
        Peer(
            RELAY,
            "`XREAD COUNT 500` in redis-py, then `websockets.broadcast` for each entry, as it is: "
            "nothing is checked, kept or counted",
            *(relay, package_version("websockets")),
            publisher=publisher,
        ),
    )


async def main(url: str, rate: float) -> None:
    """Add to the stream what is due, each time in one pipeline."""
    async with redis.asyncio.Redis.from_url(url, protocol=2) as client:
        async for due in paced(rate, announce=True):
            pipeline = client.pipeline(transaction=False)
            for number, due_ns in due:
                text = json.dumps(event(number, due_ns))
                pipeline.xadd(STREAM, {"event": text}, maxlen=KEPT)
            await pipeline.execute()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
