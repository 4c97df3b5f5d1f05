"""A live reader, as the fan-out sees it: where it is, what it wants, and how to reach it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sources.filters import Matcher
from sources.ids import BEGINNING
from sources.log import Entry

Encoder = Callable[[Entry], bytes]


class Gap(msgspec.Struct, frozen=True):
    """What a reader is told it misses; ``missed`` is None where it cannot be counted."""

    after: str
    resumed_from: str | None
    missed: int | None


class Reader:
    """One live reader: where it is, what it wants, and how to reach it.

    Subclasses send; `position` only moves forward, by what was given to `send`.
    """

    def __init__(self, matcher: Matcher, encode: Encoder, since_s: float) -> None:
        self.matcher, self.encode, self.since_s = matcher, encode, since_s
        self.position = BEGINNING
        self.generation = 0
        self.joined_ms: float | None = None
        self.sent = 0
        self.gaps = 0
        self.stuck_since_s: float | None = None
        self.last_progress = -1

    id: str
    via: str
    # Called for each client at each flush: a connection's own, with nothing between.
    is_writing: Callable[[], bool | int]
    send: Callable[[bytes], None]

    def progress(self) -> int:
        raise NotImplementedError

    def send_gap(self, gap: Gap) -> None:
        raise NotImplementedError

    def drop(self) -> None:
        """Close a connection that takes nothing."""
        raise NotImplementedError

    def go_away(self) -> None:
        """Close because the server stops."""
        raise NotImplementedError

    def fail(self) -> None:
        """Close because the server cannot serve it."""
        raise NotImplementedError

    def replaced(self) -> None:
        """Close because another connection took the id."""
        raise NotImplementedError
