"""What the client says and hears: filters as query arguments, answers as values, errors."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

import msgspec

from sources.event import Event, encode

RETRIED: Final = frozenset({429, 502, 503, 504})
"""Statuses that say: not now."""
_LONGEST_DELAY_S: Final = 5.0


class ClientError(Exception):
    """Something asked of the server did not come about.

    ``status`` is the HTTP status, None where there was no answer; ``detail`` is the server's.
    """

    def __init__(self, detail: Any, status: int | None = None) -> None:
        super().__init__(_sentence(detail, status))
        self.detail, self.status = detail, status


class Refused(ClientError):
    """The server refuses this, now and later."""


class Unavailable(ClientError, ConnectionError):
    """The server gave no good answer for as long as the client was to try."""


class Replaced(ClientError):
    """Another connection took the client's id."""


class Received(Event, kw_only=True, frozen=True, gc=False):
    """An event with the id that it has in the server's log."""

    id: str


class Gap(msgspec.Struct, frozen=True):
    """Events that the server no longer has.

    They lie between ``after`` and ``resumed_from``, the id of the next one that it has (None
    while there is none). ``missed`` counts them before any filter, None where that is not known.
    """

    after: str
    resumed_from: str | None
    missed: int | None


class History(list[Received]):
    """Events of the past, oldest first; ``missed`` counts what lay before them and is gone."""

    missed: int | None = 0


class Filtered(msgspec.Struct, frozen=True):
    """The answer to a filter: ``matched`` of the ``searched`` newest events passed."""

    events: list[Event]
    matched: int
    searched: int
    filters: dict[str, Any]


class Describes(Protocol):
    """A filter that can be written as JSON, as `sources.filters.EventFilter`."""

    def to_json(self) -> dict[str, Any]: ...


Filter = Mapping[str, Any] | Describes


def filter_json(chosen: Filter | None) -> dict[str, Any]:
    if chosen is None:
        return {}
    return dict(chosen) if isinstance(chosen, Mapping) else chosen.to_json()


def filter_query(chosen: Filter | None) -> list[tuple[str, str]]:
    """Write a filter as query arguments: lists repeated, objects as JSON."""
    pairs: list[tuple[str, str]] = []
    for key, value in filter_json(chosen).items():
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        pairs += [(key, v if isinstance(v, str) else encode(v).decode()) for v in values]
    return pairs


def published_body(
    events: Event | Mapping[str, Any] | Iterable[Event | Mapping[str, Any]],
) -> bytes:
    """Write one event as an object, several as an array."""
    return encode(events if isinstance(events, Event | Mapping) else list(events))


def history_of(body: bytes, gap: str | None) -> History:
    """Read the answer to a question for the history; ``gap`` is its header ``X-Gap``."""
    history = History(msgspec.json.decode(body, type=list[Received]))
    history.missed = 0 if gap is None else int(gap) if gap.isdecimal() else None
    return history


def detail_of(body: bytes | bytearray) -> Any:
    """Return the ``detail`` of an error's answer, whoever gave it."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        value = None
    if isinstance(value, dict) and "detail" in value:
        return value["detail"]
    return body[:200].decode(errors="replace")


def seconds_of(retry_after: str | None) -> float:
    """Return the seconds of a header ``Retry-After``; 0 for none, or for a date."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


def delays_s() -> Iterator[float]:
    """Yield longer and longer waits, each drawn anew so that clients do not come in step."""
    longest = 0.1
    while True:
        yield random.uniform(longest / 2, longest)
        longest = min(longest * 2, _LONGEST_DELAY_S)


def _sentence(detail: Any, status: int | None) -> str:
    faults = detail if isinstance(detail, list) else [detail]
    said = "; ".join(str(f.get("msg", f)) if isinstance(f, dict) else str(f) for f in faults)
    return said if status is None else f"{status}: {said}"
