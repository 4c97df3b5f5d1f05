"""Event ids, in the form of a Redis Stream id."""

from __future__ import annotations

import re

import msgspec

_FORM = re.compile(r"(\d{1,20})-(\d{1,20})", re.ASCII)
_LIMIT = 2**64


class InvalidId(ValueError):
    """A text that is not an event id."""


class EventId(msgspec.Struct, frozen=True, order=True, gc=False):
    """``<milliseconds>-<sequence>``, ordered as numbers: the order of the log.

    Both halves are unsigned 64-bit, as Redis documents for stream ids.
    """

    ms: int
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> EventId:
        """Read ``<ms>-<n>``.

        Raises
        ------
        InvalidId
            If ``text`` is of any other form.
        """
        match = _FORM.fullmatch(text)
        if match is not None:
            ms, seq = int(match[1]), int(match[2])
            if ms < _LIMIT and seq < _LIMIT:
                return cls(ms, seq)
        raise InvalidId(f"{text[:60]!r} is not an event id; expected <ms>-<n>, as 1705314600000-0")

    def successor(self, now_ms: int) -> EventId:
        """Return the next id at ``now_ms``; rises even where the clock steps back."""
        return EventId(now_ms, 0) if now_ms > self.ms else EventId(self.ms, self.seq + 1)


BEGINNING = EventId(0, 0)
"""Before every event; no event ever has it."""
