"""A loop over the clients that asks each one's filter about each event."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve

from tests.benchmarks.events import event, paced
from tests.benchmarks.peers.base import Peer, package_version
from tests.benchmarks.processes import module

Passes = Callable[[dict[str, Any]], bool]


def command(port: int, rate: float, folder: Path) -> list[str]:
    return module("peers.filtering", port, rate)


FILTERING = Peer(
    "loop over filters",
    "`for client, passes in clients: if passes(event): await client.send(text)` on websockets; a "
    "search looks into the lower-case JSON of the event, made once",
    command,
    package_version("websockets"),
)


def filter_of(address: str) -> Passes:
    query = parse_qs(urlsplit(address).query)
    sources, search = query.get("sources", []), query.get("search", [""])[0]

    def passes(event: dict[str, Any]) -> bool:
        if sources and event["source"] not in sources:
            return False
        return search in event["text"]

    return passes


async def main(port: int, rate: float) -> None:
    clients: dict[ServerConnection, Passes] = {}

    async def handle(client: ServerConnection) -> None:
        assert client.request is not None
        clients[client] = filter_of(client.request.path)
        try:
            await client.wait_closed()
        finally:
            del clients[client]

    async with serve(handle, "127.0.0.1", port, compression=None):
        async for due in paced(rate):
            for number, due_ns in due:
                made = event(number, due_ns)
                text = json.dumps(made)
                made["text"] = text.casefold()
                for client, passes in list(clients.items()):
                    if passes(made):
                        await client.send(text)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
