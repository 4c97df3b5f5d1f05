"""An event in one line, whatever its data: for a table's row and a heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

MAX_ACTION: Final = 80
MAX_TEXT: Final = 300
MAX_AGENT: Final = 128

_ACTIONS: Final = ("action", "method", "operation", "name", "event")
_TEXTS: Final = ("message", "summary", "text", "description", "reason", "error", "detail")
_SAID_ELSEWHERE: Final = frozenset({"agent", "correlation_id", "action", "duration_ms", "status"})
# Control characters, spaces of any width, and marks that change the direction of writing.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\xa0\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class Summary(msgspec.Struct, frozen=True):
    """What was done, and what is to say about it; both are one line, and may be empty."""

    action: str
    text: str


def summarise(event_type: str, data: Any) -> Summary:
    """Read a line out of any JSON value; an action that only repeats the type is left out."""
    if not isinstance(data, Mapping):
        return Summary("", _scalar(data, MAX_TEXT))
    key = next((key for key in _ACTIONS if _line(data.get(key), MAX_ACTION)), None)
    action = _line(data.get(key), MAX_ACTION) if key else ""
    text = next((text for text in map(_said, map(data.get, _TEXTS)) if text), "")
    return Summary("" if action == event_type else action, text or _listed(data, key))


def title(summary: Summary, fallback: str = "") -> str:
    """Return the summary as a heading, ``fallback`` where it says nothing."""
    return f"{summary.action} {summary.text}".strip() or fallback


def agent_of(data: Any, source: str) -> str:
    """Return the agent that an event concerns: ``data.agent``, else its source."""
    return agent_name(data.get("agent") if isinstance(data, Mapping) else None, source)


def agent_name(given: Any, source: str) -> str:
    """Return ``given`` if it can be an agent's name, else ``source``."""
    return given[:MAX_AGENT] if isinstance(given, str) and given else source


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return next(
            filter(None, (_line(value.get(key), MAX_TEXT) for key in ("message", "kind"))), ""
        )
    return _line(value, MAX_TEXT)


def _listed(data: Mapping[str, Any], action_key: str | None) -> str:
    """List the scalars, a status before all; where there are none, the names of what is nested."""
    nested = (_line(key, MAX_TEXT) for key, value in data.items() if isinstance(value, dict | list))
    return _joined(_parts(data, action_key)) or _joined(filter(None, nested))


def _joined(parts: Iterable[str]) -> str:
    taken, size = [], 0
    for part in parts:
        taken.append(part)
        size += len(part) + 2
        if size > MAX_TEXT:
            break
    return _cut(", ".join(taken), MAX_TEXT)


def _parts(data: Mapping[str, Any], action_key: str | None) -> Iterator[str]:
    if status := _scalar(data.get("status"), MAX_TEXT):
        yield status
    for key, value in data.items():
        if key not in _SAID_ELSEWHERE and key != action_key:
            text = _scalar(value, MAX_TEXT)
            if text:
                yield f"{_line(key, MAX_ACTION)}: {text}"


def _scalar(value: Any, limit: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _line(value, limit)


def _line(value: Any, limit: int) -> str:
    if not isinstance(value, str):
        return ""
    # What is cut off need not be cleaned; blanks may shrink what is kept, hence four times.
    return _cut(_BLANK.sub(" ", value[: 4 * limit]).strip(), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
