"""The event: the one type that enters the log, and the rules for what may become one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, get_args

import msgspec

from sources import timestamps

Priority = Literal["low", "normal", "high", "critical"]
PRIORITIES: Final[tuple[str, ...]] = get_args(Priority)
MAX_EVENT_BYTES: Final = 65_536
MAX_DEPTH: Final = 32
_SHOWN_UNKNOWN: Final = 20  # so that an answer cannot be made much larger than its request
KEYS: Final = ("event_type", "data", "timestamp", "source", "priority")

# The look-ahead keeps Python's `$` from accepting a trailing newline; other dialects agree on it.
TYPE_PATTERN: Final = r"^[A-Za-z0-9_.:-]{1,128}(?!\n)$"
SOURCE_PATTERN: Final = r"^[^\x00-\x1f\x7f-\x9f]{1,128}(?!\n)$"
_TYPE = re.compile(TYPE_PATTERN)
_SOURCE = re.compile(SOURCE_PATTERN)


class Event(msgspec.Struct, frozen=True, gc=False):
    """A valid event; ``timestamp`` is RFC 3339 in UTC ending in ``Z``."""

    event_type: str
    data: dict[str, Any]
    timestamp: str
    source: str
    priority: str = "normal"


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (``loc``), in words, and as a word for programs."""

    loc: tuple[str | int, ...]
    msg: str
    type: str

    def under(self, *prefix: str | int) -> Fault:
        return Fault((*prefix, *self.loc), self.msg, self.type)


class InvalidEvent(ValueError):
    """Something published that is not a valid event; ``faults`` names all that is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.msg for fault in faults))
        self.faults = faults


class NotJson(ValueError):
    """Bytes that are not one JSON value in UTF-8."""


class Published(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An event as it is published; what is optional is filled in on receipt."""

    event_type: Annotated[str, msgspec.Meta(pattern=TYPE_PATTERN)]
    source: Annotated[str, msgspec.Meta(pattern=SOURCE_PATTERN)]
    data: dict[str, Any] = {}
    timestamp: str | msgspec.UnsetType = msgspec.UNSET
    priority: Priority = "normal"
    id: Any = msgspec.UNSET  # a publisher's own id is ignored


_published = msgspec.json.Decoder(Published)
_any = msgspec.json.Decoder()
encode: Final[Callable[[Any], bytes]] = msgspec.json.Encoder().encode


def decode_json(raw: bytes | str) -> Any:
    """Read one JSON value; ``NaN``, lone surrogates and numbers out of range are refused.

    Raises
    ------
    NotJson
        With what is wrong and where.
    """
    try:
        return _any.decode(raw)
    except RecursionError:
        raise NotJson("not JSON that can be read: nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotJson(f"not JSON: {error}") from None


def decode_event(
    raw: bytes, *, default_time: str | None = None, max_bytes: int = MAX_EVENT_BYTES
) -> Event:
    """Read one event from its JSON.

    Raises
    ------
    NotJson, InvalidEvent
    """
    try:
        published = _published.decode(raw)
        event = _accept(published, default_time)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        # The typed decoder stops at the first fault; the reader below names them all.
        return validate(decode_json(raw), default_time=default_time, max_bytes=max_bytes)
    # No value grows more than eightfold when written again (1e15 as 1000000000000000.0).
    if len(raw) * 8 + 256 > max_bytes:
        _check_size(event, max_bytes)
    # Counting brackets is cheap and spares nearly every event the walk.
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth_exceeds(event.data, MAX_DEPTH):
        raise InvalidEvent([_too_deep()])
    return event


def validate(
    value: Any,
    *,
    default_time: str | None = None,
    defaults: dict[str, Any] | None = None,
    max_bytes: int = MAX_EVENT_BYTES,
) -> Event:
    """Make an event of a decoded JSON value; ``default_time`` stands for a missing timestamp.

    Raises
    ------
    InvalidEvent
        With every fault among the event's keys.
    """
    if not isinstance(value, dict):
        raise InvalidEvent(
            [Fault((), f"an event is a JSON object, not {_kind(value)}", "dict_type")]
        )
    given = {**(defaults or {}), **value}
    faults: list[Fault] = []
    read = _Reader(given, faults)
    event = Event(
        event_type=read.text("event_type", _TYPE, "1-128 characters of letters, digits, _ . : -"),
        data=read.data(),
        timestamp=read.timestamp(default_time),
        source=read.text("source", _SOURCE, "1-128 characters, none of them control characters"),
        priority=read.priority(),
    )
    read.unknown()
    if _is_servers_own(event):
        faults.append(_servers_own())
    if faults:
        raise InvalidEvent(faults)
    _check_size(event, max_bytes)
    return event


class _Reader:
    """Reads the keys of one object and notes what is wrong with each."""

    def __init__(self, given: dict[str, Any], faults: list[Fault]) -> None:
        self.given, self.faults = given, faults

    def fault(self, key: str, msg: str, kind: str) -> None:
        self.faults.append(Fault((key,), msg, kind))

    def text(self, key: str, form: re.Pattern[str], allowed: str) -> str:
        value = self.given.get(key, msgspec.UNSET)
        if value is msgspec.UNSET:
            self.fault(key, f"{key} is missing; expected {allowed}", "missing")
        elif not isinstance(value, str):
            self.fault(key, f"{key} is a string, not {_kind(value)}", "string_type")
        elif form.search(value) is None:
            self.fault(
                key, f"{key} {value[:60]!r} is not allowed; expected {allowed}", "string_pattern"
            )
        else:
            return value
        return ""

    def data(self) -> dict[str, Any]:
        value = self.given.get("data", {})
        if not isinstance(value, dict):
            self.fault("data", f"data is a JSON object, not {_kind(value)}", "dict_type")
        elif _depth_exceeds(value, MAX_DEPTH):
            self.faults.append(_too_deep())
        else:
            return value
        return {}

    def timestamp(self, default: str | None) -> str:
        value = self.given.get("timestamp", msgspec.UNSET)
        if value is msgspec.UNSET:
            return default or timestamps.now()
        if isinstance(value, str):
            try:
                return timestamps.canonical(value)
            except timestamps.InvalidTimestamp as error:
                self.fault("timestamp", f"timestamp {error}", "datetime_parsing")
        else:
            self.fault("timestamp", f"timestamp is a string, not {_kind(value)}", "string_type")
        return ""

    def priority(self) -> str:
        value = self.given.get("priority", "normal")
        if isinstance(value, str) and value in PRIORITIES:
            return value
        shown = repr(value[:60]) if isinstance(value, str) else _kind(value)
        self.fault("priority", f"priority {shown} is not one of {', '.join(PRIORITIES)}", "enum")
        return ""

    def unknown(self) -> None:
        unknown = [key for key in self.given if key not in KEYS and key != "id"]
        for key in unknown[:_SHOWN_UNKNOWN]:
            self.fault(
                key, f"unknown key {key[:60]!r}; known are {', '.join(KEYS)}", "extra_forbidden"
            )


def _accept(published: Published, default_time: str | None) -> Event:
    given = published.timestamp
    event = Event(
        published.event_type,
        published.data,
        (default_time or timestamps.now())
        if given is msgspec.UNSET
        else timestamps.canonical(given),
        published.source,
        published.priority,
    )
    if _is_servers_own(event):
        raise InvalidEvent([_servers_own()])
    return event


def _is_servers_own(event: Event) -> bool:
    return event.event_type == "connection" and event.source == "dashboard"


def _servers_own() -> Fault:
    msg = "event_type 'connection' from source 'dashboard' is the server's own word"
    return Fault(("event_type",), msg, "reserved")


def _too_deep() -> Fault:
    return Fault(("data",), f"data is nested deeper than {MAX_DEPTH} levels", "too_deep")


def _check_size(event: Event, max_bytes: int) -> None:
    size = len(encode(event))
    if size > max_bytes:
        msg = f"the event is {size:,} bytes encoded, {max_bytes:,} allowed"
        raise InvalidEvent([Fault((), msg, "too_long")])


def _depth_exceeds(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for parent in layer
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not layer:
            return False
    return True


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
    }
    return names.get(type(value), "an object")
