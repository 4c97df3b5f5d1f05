"""NATS, with a listener for WebSocket, and its publisher over TCP."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests import provision
from tests.benchmarks.peers.base import Peer, printed_version
from tests.benchmarks.peers.publisher import publish_over_tcp
from tests.benchmarks.processes import module

CONNECT = b'CONNECT {"verbose":false}\r\n'


def command(port: int, rate: float, folder: Path) -> list[str]:
    settings = folder / f"nats-{port}.conf"
    settings.write_text(
        f'listen: "127.0.0.1:{port + 1}"\n'
        f'websocket {{ listen: "127.0.0.1:{port}", no_tls: true }}\n'
    )
    return [str(provision.nats_server()), "-c", str(settings)]


def version() -> str:
    return f"nats-server {printed_version(provision.nats_server())}"


def published(payload: bytes) -> bytes:
    return b"PUB events %d\r\n%s\r\n" % (len(payload), payload)


NATS = Peer(
    "NATS",
    "a message broker, its publisher beside it",
    command,
    version,
    path="/",
    hello=f"{CONNECT.decode()}SUB events 1\r\n",
    publisher=lambda port, rate: module("peers.nats", port + 1, rate),
)

if __name__ == "__main__":
    asyncio.run(publish_over_tcp(int(sys.argv[1]), float(sys.argv[2]), CONNECT, published))
