"""``python -m tests.redis_load.readers URL COUNT``: so many readers of a stream, in one process.

Each waits with ``XREAD BLOCK`` on a connection of its own, and asks in the same go whether the
entry before is still there; after each answer it lets events gather for 2 ms. So does a dashboard.
What they get is thrown away: Redis is what is measured.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

import hiredis

STREAM: Final = b"events"
LINGER_S: Final = 0.002
_CHUNK: Final = 1 << 20


class Reader:
    """Goes on after the last entry that it got, on a connection of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port, self._last = host, port, b"$"

    async def run(self) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=_CHUNK)
        while True:
            writer.write(_command(b"XREAD", b"COUNT", b"500", b"BLOCK", b"2000",
                                  b"STREAMS", STREAM, self._last)
                         + _command(b"XRANGE", STREAM, *self._range()))  # fmt: skip
            found, _ = await self._answers(reader)
            if found:
                self._last = found[0][1][-1][0]
            await asyncio.sleep(LINGER_S)

    def _range(self) -> tuple[bytes, bytes]:
        return (b"-", b"-") if self._last == b"$" else (self._last, self._last)

    async def _answers(self, reader: asyncio.StreamReader) -> list[Any]:
        parser, answers = hiredis.Reader(), list[Any]()
        while len(answers) < 2:
            if (answer := parser.gets()) is not False:
                answers.append(answer)
            elif data := await reader.read(_CHUNK):
                parser.feed(data)
            else:
                raise ConnectionError("Redis closed the connection")
        return answers


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


async def main(host: str, port: int, count: int) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(count):
            tasks.create_task(Reader(host, port).run())
        # Also without any.
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
