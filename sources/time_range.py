"""The time range of a filter: relative to now, absolute, or all of time."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from sources.timestamps import InvalidTimestamp, canonical, epoch_ns

ALL: Final = "all"
ALLOWED: Final = "a number and s, m, h or d (15m, 1h, 24h, 7d), all, or {start, end}"
_UNIT_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_RELATIVE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhd])", re.ASCII)


class InvalidRange(ValueError):
    """A time range that cannot be read."""


class TimeRange(msgspec.Struct, frozen=True):
    """Both ends belong to the range; None is open. A span counts back from now, in ns."""

    span_ns: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None

    def since_ns(self, now_ns: int) -> int | None:
        return self.start_ns if self.span_ns is None else now_ns - self.span_ns

    @property
    def restricts(self) -> bool:
        return not (self.span_ns is None and self.start_ns is None and self.end_ns is None)


def normalise(value: Any) -> Any:
    """Return ``value`` in its canonical form, its times in UTC; `ALL` where it does not restrict.

    Raises
    ------
    InvalidRange
    """
    if value is None or value in ("", ALL):
        return ALL
    if isinstance(value, str):
        match = _RELATIVE.fullmatch(value.strip().lower())
        if match is None:
            raise InvalidRange(f"{value[:60]!r} is not a time range; expected {ALLOWED}")
        return match[1] + match[2]
    if isinstance(value, dict):
        return _absolute(value)
    raise InvalidRange(f"a time range is {ALLOWED}, not {type(value).__name__}")


def read(value: Any) -> TimeRange:
    """Read what `normalise` accepts.

    Raises
    ------
    InvalidRange
    """
    value = normalise(value)
    if value == ALL:
        return TimeRange()
    if isinstance(value, str):
        return TimeRange(span_ns=int(float(value[:-1]) * _UNIT_S[value[-1]] * 1_000_000_000))
    ends = {key: epoch_ns(text) for key, text in value.items()}
    return TimeRange(start_ns=ends.get("start"), end_ns=ends.get("end"))


def _absolute(value: dict[str, Any]) -> dict[str, str] | str:
    if unknown := value.keys() - {"start", "end"}:
        raise InvalidRange(f"unknown key {min(unknown)[:60]!r} in time_range; known are start, end")
    ends = {}
    for key in ("start", "end"):
        text = value.get(key)
        if text is None or text == "":
            continue
        if not isinstance(text, str):
            raise InvalidRange(f"{key} is an RFC 3339 time, not {type(text).__name__}")
        try:
            ends[key] = canonical(text)
        except InvalidTimestamp as error:
            raise InvalidRange(f"{key} {error}") from None
    if len(ends) == 2 and epoch_ns(ends["start"]) > epoch_ns(ends["end"]):
        raise InvalidRange(f"start {ends['start']} is after end {ends['end']}")
    return ends or ALL
