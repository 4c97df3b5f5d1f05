"""Mosquitto, with a listener for WebSocket, and its publisher over TCP."""

from __future__ import annotations

import asyncio
import struct
import sys
from pathlib import Path

from tests import provision
from tests.benchmarks.peers.base import Peer, printed_version
from tests.benchmarks.peers.publisher import publish_over_tcp
from tests.benchmarks.processes import module

TOPIC = b"events"


def command(port: int, rate: float, folder: Path) -> list[str]:
    settings = folder / f"mosquitto-{port}.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nprotocol websockets\n"
        f"listener {port + 1} 127.0.0.1\nprotocol mqtt\n"
        "allow_anonymous true\nset_tcp_nodelay true\npersistence false\nlog_type error\nuser root\n"
    )
    return [str(provision.mosquitto()), "-c", str(settings)]


def version() -> str:
    return f"mosquitto {printed_version(provision.mosquitto(), '-h')}"


def string(text: bytes) -> bytes:
    return struct.pack("!H", len(text)) + text


def packet(kind: int, body: bytes) -> bytes:
    """Return an MQTT 3.1.1 packet; its length is written seven bits at a time."""
    head, size = bytes([kind]), len(body)
    while size > 127:
        head += bytes([size & 127 | 128])
        size >>= 7
    return head + bytes([size]) + body


def connect(name: bytes) -> bytes:
    """A clean session, and no keep-alive."""
    return packet(0x10, string(b"MQTT") + b"\x04\x02\x00\x00" + string(name))


def published(payload: bytes) -> bytes:
    return packet(0x30, string(TOPIC) + payload)


# The number of a client has six digits, so the length holds when it takes the place of NUMBER.
_HELLO = connect(b"client-NUMBER") + packet(0x82, b"\x00\x01" + string(TOPIC) + b"\x00")

MOSQUITTO = Peer(
    "Mosquitto",
    "an MQTT broker, quality of service 0, its publisher beside it",
    command,
    version,
    path="/mqtt",
    hello=_HELLO.replace(b"NUMBER", b"{i}").decode("latin-1"),
    subprotocol="mqtt",
    publisher=lambda port, rate: module("peers.mosquitto", port + 1, rate),
)

if __name__ == "__main__":
    asyncio.run(
        publish_over_tcp(int(sys.argv[1]), float(sys.argv[2]), connect(b"publisher"), published)
    )
