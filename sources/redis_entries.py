"""Entries of a Redis stream, read as events; what is no event keeps its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from sources import timestamps
from sources.event import Event, Fault, InvalidEvent, NotJson, decode_event, decode_json, validate
from sources.ids import EventId

MAX_RAW_BYTES: Final = 4096

RawEntry = tuple[bytes, Mapping[bytes, bytes]]


class Invalid(msgspec.Struct, frozen=True):
    """An entry, or a message of the channel (``id`` None), that is no valid event."""

    id: EventId | None
    timestamp: str
    reason: str
    raw: str
    kind: str
    """The type of the first fault."""


class Decoded(msgspec.Struct, frozen=True):
    """A page of the stream, both lists in the order of ids."""

    valid: list[tuple[EventId, Event]]
    invalid: list[Invalid]


def decode_entries(raw: Sequence[RawEntry], max_bytes: int) -> Decoded:
    """Read entries in the order they came in."""
    decoded = Decoded([], [])
    for raw_id, fields in raw:
        id = parse_id(raw_id)
        time = _time_of(id.ms)
        try:
            decoded.valid.append((id, _decode(fields, time, max_bytes)))
        except (NotJson, InvalidEvent) as error:
            decoded.invalid.append(Invalid(id, time, str(error), _raw(fields), _kind(error)))
    return decoded


def decode_message(raw: bytes, max_bytes: int) -> Event | Invalid:
    """Read a message of the channel: the event's JSON."""
    now = timestamps.now()
    try:
        return decode_event(raw, default_time=now, max_bytes=max_bytes)
    except (NotJson, InvalidEvent) as error:
        return Invalid(None, now, str(error), _readable(raw), _kind(error))


def _kind(error: NotJson | InvalidEvent) -> str:
    return error.faults[0].type if isinstance(error, InvalidEvent) else "json_invalid"


def parse_id(raw: bytes) -> EventId:
    """Read an id that Redis gave."""
    ms, _, seq = raw.partition(b"-")
    return EventId(int(ms), int(seq))


def _decode(fields: Mapping[bytes, bytes], time: str, max_bytes: int) -> Event:
    document = fields.get(b"event")
    if document is None:
        return validate(_from_flat(fields), default_time=time, max_bytes=max_bytes)
    if len(fields) > 1:
        beside = min(_readable(field) for field in fields if field != b"event")
        msg = f"unknown field {beside[:60]!r} beside 'event', which stands alone"
        raise InvalidEvent([Fault((beside,), msg, "extra_forbidden")])
    return decode_event(document, default_time=time, max_bytes=max_bytes)


def _from_flat(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for raw_key, raw in fields.items():
        key = _readable(raw_key)
        try:
            value[key] = decode_json(raw) if key == "data" else raw.decode()
        except (NotJson, UnicodeDecodeError) as error:
            wrong = str(error) if isinstance(error, NotJson) else "not UTF-8"
            raise InvalidEvent([Fault((key,), f"{key[:60]} is {wrong}", "json_invalid")]) from None
    return value


@lru_cache(maxsize=64)
def _time_of(ms: int) -> str:
    try:
        return timestamps.from_ms(ms)
    except (OverflowError, ValueError, OSError):
        # Ids are the publisher's to choose, beyond the year 9999 too.
        return timestamps.now()


def _raw(fields: Mapping[bytes, bytes]) -> str:
    if fields.keys() == {b"event"}:
        return _readable(fields[b"event"])
    shown = {
        _readable(key[:MAX_RAW_BYTES]): _readable(value[:MAX_RAW_BYTES])
        for key, value in fields.items()
    }
    return _readable(msgspec.json.encode(shown))


def _readable(raw: bytes) -> str:
    """Return the text of ``raw``, cut to a bound; what is not UTF-8 is written as ``\\xNN``."""
    text = raw[:MAX_RAW_BYTES].decode("utf-8", "backslashreplace")
    if len(raw) <= MAX_RAW_BYTES and len(text) <= MAX_RAW_BYTES:
        return text
    return text.encode()[: MAX_RAW_BYTES - 3].decode("utf-8", "ignore") + "…"
