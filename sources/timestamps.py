"""RFC 3339 times, as an event carries them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1)
_SECOND_NS = 1_000_000_000


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
    day, minute, second, fraction, offset = match.groups()
    leap = second == "60"
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}")
        # A leap second is written as the second that follows it, as POSIX time counts it.
        moment += timedelta(seconds=leap) - _offset(offset)
    except (ValueError, OverflowError):
        raise _invalid(text) from None
    digits = (fraction or "")[:9]
    return moment.isoformat() + (f".{digits}Z" if digits.strip("0") else "Z")


def from_datetime(moment: datetime) -> str:
    """Write ``moment`` as an event does; a naive one is taken as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    text = aware.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def from_ms(ms: int) -> str:
    """Write milliseconds since 1970 as an event does."""
    return from_datetime(datetime.fromtimestamp(ms / 1000, UTC))


def now() -> str:
    """Return the present time, to the microsecond."""
    return from_datetime(datetime.now(UTC))


def epoch_ns(text: str) -> int:
    """Return nanoseconds since 1970 of a time that `canonical` wrote."""
    since = datetime.fromisoformat(text[:19]) - _EPOCH
    whole = (since.days * 86_400 + since.seconds) * _SECOND_NS
    fraction = text[20:-1]
    return whole + int(fraction.ljust(9, "0")) if fraction else whole


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
