"""RFC 3339 times, as an event carries them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1)
YEAR_10000_MS = 253_402_300_800_000
"""The first moment, in ms since 1970, that cannot be written."""
_SECOND_NS = 1_000_000_000
# Events that come together are of few seconds, so that a second is worked out once for all.
_SECONDS = 1024


class InvalidTimestamp(ValueError):
    """A text that is not an RFC 3339 time."""


def canonical(text: str) -> str:
    """Write an RFC 3339 time in UTC ending in ``Z``; the digits of its fraction stay.

    No offset means UTC; a fraction of zero is left out; beyond nanoseconds it is cut.

    Raises
    ------
    InvalidTimestamp
        If ``text`` is not an RFC 3339 time, or lies outside the years 1 to 9999 in UTC.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise _invalid(text)
    day, clock, fraction, offset = match.groups()
    try:
        second = _in_utc(day, clock, offset)
    except (ValueError, OverflowError):
        raise _invalid(text) from None
    digits = (fraction or "")[:9]
    return f"{second}.{digits}Z" if digits.strip("0") else f"{second}Z"


def from_datetime(moment: datetime) -> str:
    """Write ``moment`` as an event does; a naive one is taken as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    text = aware.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def from_ms(ms: int) -> str:
    """Write milliseconds since 1970 as an event does."""
    seconds, rest = divmod(ms, 1000)
    return _with_fraction(seconds, f"{rest:03d}")


def now() -> str:
    """Return the present time, to the microsecond."""
    return from_ns(time.time_ns())


def from_ns(ns: int) -> str:
    """Write nanoseconds since 1970 as an event does, to the microsecond."""
    seconds, rest = divmod(ns // 1000, 1_000_000)
    return _with_fraction(seconds, f"{rest:06d}")


def epoch_ns(text: str) -> int:
    """Return nanoseconds since 1970 of a time that `canonical` wrote."""
    whole = _epoch_s(text[:19]) * _SECOND_NS
    fraction = text[20:-1]
    return whole + int(fraction.ljust(9, "0")) if fraction else whole


@lru_cache(_SECONDS)
def _in_utc(day: str, clock: str, offset: str | None) -> str:
    leap = clock.endswith("60")
    moment = datetime.fromisoformat(f"{day}T{clock[:6]}{'59' if leap else clock[6:]}")
    # A leap second is written as the second that follows it, as POSIX time counts it.
    return (moment + timedelta(seconds=leap) - _offset(offset)).isoformat()


@lru_cache(_SECONDS)
def _epoch_s(text: str) -> int:
    since = datetime.fromisoformat(text) - _EPOCH
    return since.days * 86_400 + since.seconds


@lru_cache(_SECONDS)
def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def _with_fraction(seconds: int, digits: str) -> str:
    digits = digits.rstrip("0")
    return f"{_written(seconds)}.{digits}Z" if digits else f"{_written(seconds)}Z"


def _offset(text: str | None) -> timedelta:
    if text is None or text in "Zz":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError(text)
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift).utcoffset(None)


def _invalid(text: str) -> InvalidTimestamp:
    return InvalidTimestamp(
        f"{text[:60]!r} is not an RFC 3339 time; expected as 2024-01-15T10:30:00Z"
    )
