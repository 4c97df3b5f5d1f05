"""``websockets.broadcast``: the library's own way to send one message to many."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from websockets.asyncio.server import broadcast, serve

from tests.benchmarks.events import event, paced
from tests.benchmarks.peers.base import Peer, package_version
from tests.benchmarks.peers.clients import Clients
from tests.benchmarks.processes import module


def command(port: int, rate: float, folder: Path) -> list[str]:
    return module("peers.websockets_broadcast", port, rate)


WEBSOCKETS = Peer(
    "websockets.broadcast",
    "each event encoded once, `broadcast(clients, text)`",
    command,
    package_version("websockets"),
)


async def main(port: int, rate: float) -> None:
    clients = Clients()
    async with serve(clients.keep, "127.0.0.1", port, compression=None):
        async for due in paced(rate):
            for number, due_ns in due:
                broadcast(clients.here, json.dumps(event(number, due_ns)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
