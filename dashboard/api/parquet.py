"""Parquet, written row group by row group; pyarrow is an extra, imported here alone.

Made from lists, arrays have pyarrow import pandas: 35 MB, and while it is imported in a thread,
Bokeh takes the half of it that is there for the whole. So they are made from their bytes.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import accumulate
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.api.export import event_of
from sources.event import encode
from sources.log import Entry

CONTENT_TYPE: Final = "application/vnd.apache.parquet"
_GROUP: Final = 10_000
_GROUP_BYTES: Final = 64 * 1024 * 1024
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
            if len(group) >= _GROUP or sum(len(entry.json) for entry in group) >= _GROUP_BYTES:
                await asyncio.to_thread(_write, writer, group)
                group = []
                yield file.take()
        if group:
            await asyncio.to_thread(_write, writer, group)
    finally:
        await asyncio.to_thread(writer.close)
    yield file.take()


def _write(writer: pq.ParquetWriter, entries: list[Entry]) -> None:
    writer.write_table(pa.Table.from_arrays(_columns(entries), schema=SCHEMA))


def _columns(entries: Sequence[Entry]) -> list[pa.Array]:
    """Return the entries by column; ``data`` as JSON text."""
    events = [event_of(entry) for entry in entries]
    return [
        _strings(str(entry.id).encode() for entry in entries),
        _times([entry.time_ns // 1000 for entry in entries]),
        _strings(event.event_type.encode() for event in events).dictionary_encode(),
        _strings(event.source.encode() for event in events).dictionary_encode(),
        _strings(event.priority.encode() for event in events).dictionary_encode(),
        _strings(encode(event.data) for event in events),
    ]


def _strings(texts: Iterable[bytes]) -> pa.Array:
    parts = list(texts)
    # A group stays far below the 2 GB that such an offset reaches.
    ends = array("i", accumulate(map(len, parts), initial=0))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.string(), len(parts), buffers)


def _times(times_us: list[int]) -> pa.Array:
    buffers = [None, pa.py_buffer(array("q", times_us))]
    return pa.Array.from_buffers(SCHEMA.field("timestamp").type, len(times_us), buffers)
