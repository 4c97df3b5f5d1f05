"""The publisher of a broker: events at a rate, written to its TCP port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from tests.benchmarks.events import event, paced


async def publish_over_tcp(
    port: int, rate: float, hello: bytes, encode: Callable[[bytes], bytes]
) -> None:
    """Connect, say ``hello`` and publish until the process is ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(hello)
    ignoring = asyncio.create_task(_ignore(reader))
    async for due in paced(rate, announce=True):
        for number, due_ns in due:
            writer.write(encode(json.dumps(event(number, due_ns)).encode()))
        await writer.drain()
        if ignoring.done():
            break


async def _ignore(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass
