"""A relay in front of a server, that a test may cut: a network which fails at a chosen moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_CHUNK_BYTES = 65_536


class Relay:
    """Passes bytes both ways between its own port and ``target_port``."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.connections = 0
        self.swallow_answers = 0
        """How many more connections are cut as soon as the server answers."""
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection that is open, without a word to either side."""
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        swallows = self.swallow_answers > 0
        self.swallow_answers -= swallows
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._writers |= {writer, far_writer}
            await asyncio.gather(
                _pass_on(reader, far_writer),
                _pass_on(far_reader, writer, swallows=swallows),
            )
            self._writers -= {writer, far_writer}
        writer.transport.abort()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, swallows: bool = False
) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            if swallows:
                break
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    relay = Relay(port)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
