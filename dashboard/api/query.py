"""The query string, read once: the endpoint's own parameters, and the fields of the filter."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

import msgspec

from dashboard.api.base import Unprocessable
from sources.event import Fault
from sources.filters import EventFilter, InvalidFilter
from sources.ids import EventId, InvalidId

_BOOLEANS = {"true": True, "1": True, "": True, "false": False, "0": False}


class Query:
    """Takes parameters one by one, notes what is wrong with each, and refuses once with all."""

    def __init__(self, query: str) -> None:
        self.faults: list[Fault] = []
        self._values: dict[str, list[str]] = {}
        try:
            # Tornado gives each byte as one character, and curl sends UTF-8 as it is typed.
            text = query.encode("latin-1").decode()
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
        except ValueError:
            raise Unprocessable(
                [Fault(("query",), "the query string is not UTF-8, or too long", "query")]
            ) from None
        for key, value in pairs:
            self._values.setdefault(key, []).append(value)

    def whole(self, key: str, low: int, high: int, default: int) -> int:
        text = self._take(key)
        if text is None:
            return default
        if text.isascii() and text.isdigit() and len(text) <= 20 and low <= int(text) <= high:
            return int(text)
        self._fault(key, f"{key} is a whole number from {low} to {high}, not {text[:60]!r}", "int")
        return default

    def boolean(self, key: str) -> bool:
        text = self._take(key)
        if text is None:
            return False
        if (value := _BOOLEANS.get(text.lower())) is None:
            self._fault(key, f"{key} is true or false, not {text[:60]!r}", "bool")
        return bool(value)

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        text = self._take(key)
        if text not in allowed:
            shown = "nothing" if text is None else repr(text[:60])
            self._fault(key, f"{key} is one of {', '.join(allowed)}, not {shown}", "enum")
        return text or ""

    def event_id(self, key: str) -> EventId | None:
        text = self._take(key)
        if text is None:
            return None
        try:
            return EventId.parse(text)
        except InvalidId as error:
            self._fault(key, f"{key}: {error}", "event_id")
            return None

    def ignore(self, key: str) -> None:
        """Let a parameter be, whatever it says."""
        self._values.pop(key, None)

    def filter(self, filter_class: type[EventFilter]) -> EventFilter:
        """Read what is left as a filter; what is no key of it is refused."""
        values, self._values = self._values, {}
        try:
            return filter_class.from_query(values)
        except InvalidFilter as error:
            self.faults += [fault.under("query") for fault in error.faults]
            return filter_class()

    def finish(self) -> None:
        """Refuse what was wrong, and what nobody took.

        Raises
        ------
        Unprocessable
        """
        for key in self._values:
            self._fault(key, f"unknown parameter {key[:60]!r}", "extra_forbidden")
        if self.faults:
            raise Unprocessable(self.faults)

    def _take(self, key: str) -> str | None:
        values = self._values.pop(key, None)
        return values[-1] if values else None

    def _fault(self, key: str, msg: str, kind: str) -> None:
        self.faults.append(Fault(("query", key), msg, kind))


class Resume(msgspec.Struct, frozen=True):
    """Where a stream begins: after an id, with the newest ``history`` events, or now."""

    after: EventId | None = None
    history: int = 0
