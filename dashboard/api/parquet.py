"""Parquet, written row group by row group; pyarrow is an extra, imported here alone.

Made from lists, arrays have pyarrow import pandas: 35 MB, and while it is imported in a thread,
Bokeh takes the half of it that is there for the whole. So they are made from their bytes.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Sequence
from itertools import accumulate
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.api.export import event_of, in_small_parts
from dashboard.scan import Turn
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


class Group:
    """A row group in the making: each column as the bytes of its texts.

    Made on the loop, in turns: a thread that runs Python holds up the loop by 5 ms at each of its
    sends, while pyarrow lets it run.
    """

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.times_us: list[int] = []
        self.categories: tuple[list[bytes], ...] = ([], [], [])
        self.data: list[bytes] = []
        self.size = 0

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.ids.append(str(entry.id).encode())
            self.times_us.append(entry.time_ns // 1000)
            for column, text in zip(self.categories, entry.category, strict=True):
                column.append(text.encode())
            self.data.append(encode(event_of(entry).data))
            self.size += len(entry.frame)

    @property
    def is_full(self) -> bool:
        return len(self.ids) >= _GROUP or self.size >= _GROUP_BYTES

    def table(self) -> pa.Table:
        columns = [
            _strings(self.ids),
            _times(self.times_us),
            *(_strings(texts).dictionary_encode() for texts in self.categories),
            _strings(self.data),
        ]
        return pa.Table.from_arrays(columns, schema=SCHEMA)


async def to_parquet(pages: AsyncIterator[Sequence[Entry]]) -> AsyncIterator[bytes]:
    """Encode in a thread what was gathered on the loop."""
    file = Taken()
    writer = await asyncio.to_thread(pq.ParquetWriter, pa.PythonFile(file, mode="w"), SCHEMA)
    group, turn = Group(), Turn()
    try:
        async for page in pages:
            for part in in_small_parts(page):
                group.add(part)
                await turn.give_way()
            if group.is_full:
                await asyncio.to_thread(_write, writer, group)
                group = Group()
                yield file.take()
        if group.ids:
            await asyncio.to_thread(_write, writer, group)
    finally:
        await asyncio.to_thread(writer.close)
    yield file.take()


def _write(writer: pq.ParquetWriter, group: Group) -> None:
    writer.write_table(group.table())


def _strings(parts: Sequence[bytes]) -> pa.Array:
    # A group stays far below the 2 GB that such an offset reaches.
    ends = array("i", accumulate(map(len, parts), initial=0))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.string(), len(parts), buffers)


def _times(times_us: list[int]) -> pa.Array:
    buffers = [None, pa.py_buffer(array("q", times_us))]
    return pa.Array.from_buffers(SCHEMA.field("timestamp").type, len(times_us), buffers)
