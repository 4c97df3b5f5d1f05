"""What every event source offers; one contract test runs against each of them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from sources import timestamps
from sources.event import Event
from sources.ids import EventId
from sources.log import Batch, Entry, EventLog

State = Literal["starting", "connected", "read-only", "unreachable"]

_STILL_WORKS: Final[dict[State, str]] = {
    "starting": "",
    "connected": "",
    "read-only": "events are read and delivered as ever, publishing answers 503",
    "unreachable": "what this process holds can be read, publishing answers 503",
}


class SourceUnreachable(ConnectionError):
    """The event source is away; nothing was published."""


class KeyReused(ValueError):
    """An idempotency key came again with other events."""


class Publish(msgspec.Struct, frozen=True):
    """An idempotent publish: the caller's key, and a digest of what it came with."""

    key: str
    digest: str


class Rejected(msgspec.Struct, frozen=True):
    """An entry of the source that is no valid event, set aside."""

    original_id: str | None
    timestamp: str
    reason: str
    raw: str


class Condition(msgspec.Struct, frozen=True):
    """Something about a source that a person should see on the page."""

    label: str
    value: str
    note: str
    is_strained: bool = False


class Status(msgspec.Struct, frozen=True):
    """How the source is, since when (RFC 3339), and why."""

    state: State
    since: str
    reason: str = ""

    @property
    def is_read(self) -> bool:
        """Whether new events come in."""
        return self.state in ("connected", "read-only")

    @property
    def still_works(self) -> str:
        """What goes on while not all is well, in words."""
        return _STILL_WORKS[self.state]


class EventSource(ABC):
    """Where events enter: it gives every event its id and fills one log in the order of ids.

    `run` is the only task that appends to the log. Every method is to be called from the event
    loop's thread.
    """

    name: str
    log: EventLog

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.status = Status("starting", timestamps.now())
        self.ready = asyncio.Event()
        self.rejected_by: Counter[str] = Counter()
        """What was set aside since the start, by the type of its first fault."""
        self.on_prime: Callable[[Sequence[Entry]], None] | None = None
        """Is given, at start, retained entries older than the log holds, oldest first."""

    @property
    def rejected_total(self) -> int:
        """How many entries were set aside since the start."""
        return self.rejected_by.total()

    @abstractmethod
    async def run(self) -> None:
        """Fill the log until cancelled; faults of the source are waited out, never raised."""

    @abstractmethod
    async def publish(
        self, events: Sequence[Event], publish: Publish | None = None
    ) -> list[EventId]:
        """Publish all of ``events`` or none; returns their ids once the source has them.

        With ``publish``, a second call under the same key publishes nothing and returns the same
        ids (for 24 hours).

        Raises
        ------
        SourceUnreachable
            The source is away; it is not known to have taken anything.
        KeyReused
            The key came before with another digest.
        """

    @abstractmethod
    async def read(self, after: EventId, limit: int) -> Batch:
        """Return the oldest ``limit`` retained events after ``after``; ``missed`` as in the log.

        Raises
        ------
        SourceUnreachable
        """

    @abstractmethod
    async def before(self, id: EventId, limit: int) -> Sequence[Entry]:
        """Return the newest ``limit`` retained events older than ``id``, oldest first.

        Raises
        ------
        SourceUnreachable
        """

    @abstractmethod
    async def rejected(self, limit: int) -> Sequence[Rejected]:
        """Return the newest ``limit`` entries that were set aside, newest last."""

    async def ping(self) -> bool:
        """Ask now whether the source answers; used by a person's "retry"."""
        return self.status.state == "connected"

    @property
    def next_try_s(self) -> float | None:
        """Seconds until what is not well is tried again; 0 while it is, None where all is well."""
        return None

    def conditions(self) -> Sequence[Condition]:
        """What else a person should know of it."""
        return ()

    def enter(self, state: State, reason: str = "") -> bool:
        """Note a change of state; returns whether it was one."""
        if state == self.status.state and reason == self.status.reason:
            return False
        since = self.status.since if state == self.status.state else timestamps.now()
        self.status = Status(state, since, reason)
        return True
