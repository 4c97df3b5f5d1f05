"""Parquet, written row group by row group; pyarrow is an extra, imported here alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.api.export import rows_of
from sources.log import Entry

CONTENT_TYPE: Final = "application/vnd.apache.parquet"
_GROUP: Final = 10_000
SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("event_type", pa.dictionary(pa.int32(), pa.string())),
        ("source", pa.dictionary(pa.int32(), pa.string())),
        ("priority", pa.dictionary(pa.int32(), pa.string())),
        ("data", pa.string()),
    ]
)


class Taken:
    """A file that is only written to; what was written is taken away in parts."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        return

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


async def to_parquet(pages: AsyncIterator[Sequence[Entry]]) -> AsyncIterator[bytes]:
    """Encode in a thread: a row group takes tens of milliseconds."""
    file = Taken()
    writer = await asyncio.to_thread(pq.ParquetWriter, pa.PythonFile(file, mode="w"), SCHEMA)
    group: list[Entry] = []
    try:
        async for page in pages:
            group += page
            if len(group) >= _GROUP:
                await asyncio.to_thread(_write, writer, group)
                group = []
                yield file.take()
        if group:
            await asyncio.to_thread(_write, writer, group)
    finally:
        await asyncio.to_thread(writer.close)
    yield file.take()


def _write(writer: pq.ParquetWriter, entries: list[Entry]) -> None:
    writer.write_table(pa.table(rows_of(entries), schema=SCHEMA))
