"""Reads the events out of what a client receives, and notices those that are not in order.

An event holds, side by side, its number and the time at which it was due, in nanoseconds of the
machine's monotonic clock: ``"seq":123,"t":456789``. A client is to get every ``step``-th number.
"""

from __future__ import annotations

import re
import struct
from typing import Final, NamedTuple

from tests.benchmarks import wire

MARK: Final = b'"seq":'
_EVENT = re.compile(rb'"seq": ?(\d+), ?"t": ?(\d+)(?=\D)')
_SHORT, _LONG = struct.Struct("!H"), struct.Struct("!Q")


class Seen(NamedTuple):
    """Events that arrived together: how many, and when the first and the last were due."""

    events: int
    first_due_ns: int
    last_due_ns: int


class BrokenFrame(ValueError):
    """The server sent what no server may."""


class Stream:
    """What one client got so far."""

    def __init__(self, step: int = 1) -> None:
        self.step = step
        self.last: int | None = None
        self.missing = self.doubled = self.disordered = 0
        self.tail = b""
        """The end of what was taken, which belongs to what comes next."""

    def take(self, data: bytearray, end: int) -> Seen | None:
        """Read ``data`` up to ``end``; it begins with ``tail``, and what follows was received."""
        raise NotImplementedError

    def forget_faults(self) -> None:
        self.missing = self.doubled = self.disordered = 0

    def _note(self, number: int) -> None:
        """Note one event."""
        if self.last is not None:
            ahead = (number - self.last) // self.step
            if ahead > 1:
                self.missing += ahead - 1
            elif number == self.last:
                self.doubled += 1
            elif ahead < 1:
                self.disordered += 1
        self.last = number


class CountingStream(Stream):
    """Counts events by their mark, whatever frames them, and reads the last number of a chunk.

    Between two chunks' last numbers there must be as many as were counted. It costs the same for
    one event as for a hundred, so that the load is not what limits a measurement.
    """

    def take(self, data: bytearray, end: int) -> Seen | None:
        at = data.rfind(MARK, 0, end)
        found = _EVENT.match(data, at, end) if at >= 0 else None
        if found is None and at >= 0:  # cut within its numbers, so left for the next time
            self.tail = bytes(data[at:end])
            end, at = at, data.rfind(MARK, 0, at)
            found = _EVENT.match(data, at, end) if at >= 0 else None
        elif found is not None:
            self.tail = bytes(data[max(found.end(), end - len(MARK) + 1) : end])
        else:
            self.tail = bytes(data[max(0, end - len(MARK) + 1) : end])
        if found is None:
            return None
        count = data.count(MARK, 0, found.end())
        self._note_many(int(found[1]), count)
        due_ns = int(found[2])
        if count == 1:
            return Seen(1, due_ns, due_ns)
        first = _EVENT.search(data, 0, found.end() + 1)
        return Seen(count, int(first[2]) if first else due_ns, due_ns)

    def _note_many(self, number: int, count: int) -> None:
        if self.last is not None:
            ahead = (number - self.last) // self.step
            if number <= self.last:
                self.disordered += 1
            elif ahead >= count:
                self.missing += ahead - count
            else:
                self.doubled += count - ahead
        self.last = number


class ExactStream(Stream):
    """Takes every frame apart and reads every number; notes pings, and the server's own words."""

    def __init__(self, step: int = 1) -> None:
        super().__init__(step)
        self.pings: list[bytes] = []
        self.close_code: int | None = None
        self.gaps = 0
        self._text = bytearray()

    def take(self, data: bytearray, end: int) -> Seen | None:
        at = 0
        while (frame := _frame(data, at, end)) is not None:
            opcode, start, at = frame
            if opcode in (wire.TEXT, wire.BINARY, 0):
                self._text += data[start:at]
            elif opcode == wire.PING:
                self.pings.append(bytes(data[start:at]))
            elif opcode == wire.CLOSE:
                self.close_code = _SHORT.unpack_from(data, start)[0] if at - start > 1 else 1005
        self.tail = bytes(data[at:end])
        return self._events()

    def _events(self) -> Seen | None:
        # A broker may cut an event between two frames, so the end waits for what follows.
        cut = self._text.rfind(b"}") + 1
        text, self._text = self._text[:cut], self._text[cut:]
        self.gaps += text.count(b'"status":"gap"')
        found = [(int(m[1]), int(m[2])) for m in _EVENT.finditer(text)]
        for number, _ in found:
            self._note(number)
        return Seen(len(found), found[0][1], found[-1][1]) if found else None


def _frame(data: bytearray, at: int, end: int) -> tuple[int, int, int] | None:
    """Return opcode, begin and end of the payload of the frame at ``at``; None for a part of one.

    Raises
    ------
    BrokenFrame
    """
    if end - at < 2:
        return None
    first, size = data[at], data[at + 1]
    if size & 0x80 or first & 0x70:
        raise BrokenFrame("a frame is masked, or has bits set that were not agreed upon")
    start = at + 2
    if size == 126:
        start += 2
        size = _SHORT.unpack_from(data, at + 2)[0] if start <= end else 0
    elif size == 127:
        start += 8
        size = _LONG.unpack_from(data, at + 2)[0] if start <= end else 0
    return (first & 15, start, start + size) if start + size <= end else None
