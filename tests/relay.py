"""A relay in front of a server, that a test may cut or silence: a network that fails when told."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_CHUNK_BYTES = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Relay:
    """Passes bytes both ways between its own port and ``target_port``; it may end the TLS."""

    def __init__(self, target_port: int, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.target_port = target_port
        self.connections = 0
        self.swallow_answers = 0
        """How many more connections are cut as soon as the server answers."""
        self.refuses = False
        """Whether a new connection is reset as soon as it is made."""
        self.cuts_after: re.Pattern[bytes] | None = None
        """The next connection whose answer matches is cut behind the match, and only that one."""
        self.replaces: tuple[bytes, bytes] | None = None
        """What a client sends that reaches the server as something else."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self.restore()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection that is open, without a word to either side."""
        for writer in self._writers:
            writer.transport.abort()

    def reset(self) -> None:
        """Break every connection that is open by a reset, which both sides hear of at once."""
        for writer in self._writers:
            _reset_on_close(writer)
        self.cut()

    def silence(self) -> None:
        """Let nothing pass, not even the end of a connection, until `restore`; nothing is lost."""
        self._passes.clear()

    def restore(self) -> None:
        self.refuses = False
        self._passes.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refuses:
            _reset_on_close(writer)
            writer.transport.abort()
            return
        swallows = self.swallow_answers > 0
        self.swallow_answers -= swallows
        self._writers.add(writer)
        with suppress(OSError):
            await self._passes.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._writers.add(far_writer)
            await asyncio.gather(
                self._pass_on(reader, far_writer),
                self._pass_on(far_reader, writer, swallows=swallows, answers=True),
            )
            self._writers.discard(far_writer)
        self._writers.discard(writer)
        writer.transport.abort()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        swallows: bool = False,
        answers: bool = False,
    ) -> None:
        is_cut = False
        with suppress(OSError):
            while not is_cut and (data := await reader.read(_CHUNK_BYTES)):
                if swallows:
                    break
                if answers:
                    data, is_cut = self._cut(data)
                elif self.replaces:
                    data = data.replace(*self.replaces)
                await self._passes.wait()
                writer.write(data)
                await writer.drain()
        await self._passes.wait()
        # What is left of a part of a message is to arrive, which an abort could throw away.
        writer.close() if is_cut else writer.transport.abort()

    def _cut(self, data: bytes) -> tuple[bytes, bool]:
        """Return what passes of an answer, and whether the connection ends with it."""
        match = self.cuts_after and self.cuts_after.search(data)
        if not match:
            return data, False
        self.cuts_after = None
        return data[: match.end()], True


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


@asynccontextmanager
async def relay_to(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
    relay = Relay(port, tls)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
