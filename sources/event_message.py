"""The event as agents write it in Python, made into a valid event."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sources import timestamps
from sources.event import KEYS, MAX_DEPTH, Event, Fault, InvalidEvent, validate


@dataclass(frozen=True)
class EventMessage:
    """An event to publish; without ``timestamp`` it takes the present time, a naive one is UTC."""

    event_type: str
    data: Mapping[str, Any] | None = None
    timestamp: datetime | str | None = None
    source: str | None = None
    priority: str = "normal"


def to_event(message: EventMessage | Event, max_bytes: int) -> Event:
    """Check ``message`` as it is checked on every other way in.

    Raises
    ------
    InvalidEvent
    """
    given = {key: getattr(message, key) for key in KEYS}
    value = {key: _given(key, field) for key, field in given.items() if field is not None}
    return validate(value, max_bytes=max_bytes)


def _given(key: str, field: Any) -> Any:
    if key == "timestamp" and isinstance(field, datetime):
        return _written(field)
    return _plain(field, key, ())


def _written(moment: datetime) -> str:
    try:
        return timestamps.from_datetime(moment)
    except OverflowError:
        msg = f"timestamp {moment.isoformat()} lies outside the years 1 to 9999 in UTC"
        raise InvalidEvent([Fault(("timestamp",), msg, "datetime_parsing")]) from None


def _plain(value: Any, name: str, above: tuple[str | int, ...]) -> Any:
    """Copy ``value`` into what JSON has a form for; ``name`` and ``above`` say where it stands."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, name, above)
    # Also of their subclasses, as enumerations and numpy's numbers are.
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if len(above) > MAX_DEPTH:
        raise _refused(f"is nested deeper than {MAX_DEPTH} levels", name, above, "too_deep")
    inside = (*above, name)
    if isinstance(value, Mapping):
        return {_key(key, inside): _plain(child, key, inside) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child, f"[{index}]", inside) for index, child in enumerate(value)]
    shown = repr(value) if isinstance(value, float) else f"a {type(value).__name__}"
    reason = (
        f"is {shown}, which JSON has no form for; "
        "allowed are text, finite numbers, True, False, None, lists and dicts"
    )
    raise _refused(reason, name, above, "json_type")


def _text(value: str, name: str, above: tuple[str | int, ...]) -> str:
    try:
        return value.encode().decode()
    except UnicodeEncodeError:
        reason = "holds half a character (a lone surrogate), which is not UTF-8"
        raise _refused(reason, name, above, "string_unicode") from None


def _key(key: Any, inside: tuple[str | int, ...]) -> str:
    if isinstance(key, str):
        return _text(key, key, inside)
    reason = f"has the key {key!r:.60}, a {type(key).__name__}; keys are text"
    raise _refused(reason, str(inside[-1]), inside[:-1], "string_type")


def _refused(reason: str, name: str, above: tuple[str | int, ...], kind: str) -> InvalidEvent:
    loc = (*above, name)
    path = ".".join(str(part) for part in loc).replace(".[", "[")
    # A name may hold what cannot be written, and be of any length.
    shown = path.encode("utf-8", "backslashreplace").decode()[:200]
    return InvalidEvent([Fault(loc, f"{shown} {reason}", kind)])
