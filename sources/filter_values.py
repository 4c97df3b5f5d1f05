"""How the value of a filter's param is read from JSON and from a query string.

Explicit for each kind of param: param itself takes ``True`` for a number, and ``NaN``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import param

from sources import time_range
from sources.search import MAX_SEARCH_CHARS

Reader = Callable[[Any], Any]


class InvalidValue(ValueError):
    """A value that a filter's key does not take; ``loc`` leads to it inside a list."""

    def __init__(self, msg: str, type: str, loc: tuple[int, ...] = ()) -> None:
        super().__init__(msg)
        self.type, self.loc = type, loc


def reader_of(parameter: param.Parameter[Any]) -> Reader:
    """Return what reads a JSON value for ``parameter``, raising `InvalidValue`."""
    if parameter.name == "time_range":
        return _range
    if isinstance(parameter, param.ListSelector):
        return _list_of(parameter.objects if parameter.check_on_set else None)
    if isinstance(parameter, param.List):
        return _list_of(None)
    if isinstance(parameter, param.Selector):
        return _one_of(parameter.objects)
    if isinstance(parameter, param.Boolean):
        return _boolean
    if isinstance(parameter, param.Number):
        return _number_within(parameter)
    return _text


def from_text(parameter: param.Parameter[Any], texts: Sequence[str]) -> Any:
    """Turn query arguments into the JSON value they stand for; what is unreadable stays text."""
    if isinstance(parameter, param.ListSelector | param.List):
        return [text for text in texts if text]
    text = texts[-1]
    if isinstance(parameter, param.Boolean):
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if isinstance(parameter, param.Number):
        try:
            return int(text) if isinstance(parameter, param.Integer) else float(text)
        except ValueError:
            return text
    return text


def _range(value: Any) -> Any:
    try:
        return time_range.normalise(value)
    except time_range.InvalidRange as error:
        raise InvalidValue(str(error), "time_range") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValue("expected a string", "string_type")
    if len(value) > MAX_SEARCH_CHARS:
        raise InvalidValue(f"at most {MAX_SEARCH_CHARS} characters", "string_too_long")
    return value


def _list_of(allowed: Sequence[Any] | None) -> Reader:
    def read(value: Any) -> list[str]:
        if not isinstance(value, list):
            raise InvalidValue("expected a list of strings", "list_type")
        for index, item in enumerate(value):
            if not isinstance(item, str):
                raise InvalidValue("expected a string", "string_type", (index,))
            if allowed is not None and item not in allowed:
                shown = ", ".join(map(str, allowed))
                raise InvalidValue(f"{item[:60]!r} is not one of {shown}", "enum", (index,))
        return list(dict.fromkeys(value))

    return read


def _one_of(allowed: Sequence[Any]) -> Reader:
    def read(value: Any) -> Any:
        for item in allowed:
            if type(item) is type(value) and item == value:
                return item
        raise InvalidValue(f"expected one of {', '.join(map(str, allowed))}", "enum")

    return read


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue("expected true or false", "bool_type")
    return value


def _number_within(parameter: param.Number[Any]) -> Reader:
    def read(value: Any) -> int | float:
        whole = isinstance(parameter, param.Integer)
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise InvalidValue(f"expected a{' whole' if whole else ''} number", "number_type")
        low, high = parameter.bounds or (None, None)
        if not math.isfinite(value):
            raise InvalidValue("expected a finite number", "out_of_range")
        if (low is not None and value < low) or (high is not None and value > high):
            raise InvalidValue(f"expected a number {_within(low, high)}", "out_of_range")
        return value

    return read


def _within(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"from {low} to {high}"
    return f"of at least {low}" if low is not None else f"of at most {high}"
