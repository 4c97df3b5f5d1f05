"""The fields of a filter, a platform's own included, as JSON Schema; true to `sources.filters`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import param

from sources.filters import EventFilter
from sources.search import MAX_SEARCH_CHARS

Schema = dict[str, Any]
Parameter = param.Parameter[Any]

# Digits by range: \d is more than ASCII to some readers of a schema.
_RELATIVE: Final = r"^\s*[0-9]{1,9}(?:\.[0-9]{1,9})?\s*[smhdSMHD]\s*$|^(?:all)?$"
_DAY: Final = (
    r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(?:(?:0[1-9]|1[0-2])"
    r"-(?:0[1-9]|1[0-9]|2[0-9])|(?:0[13-9]|1[0-2])-30|(?:0[13578]|1[02])-31)"
)
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_OFFSET: Final = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?"
_MOMENT: Final = rf"(?:{_DAY}[Tt ]{_TIME}{_OFFSET})?"
_END: Final = rf' *"(?:start|end)" *: *"{_MOMENT}" *'
_AS_JSON: Final = rf"^ *\{{(?:{_END}(?:,{_END})?| *)\}} *$"
_WORDS: Final = {
    "event_types": "An event passes if its type is in the list.",
    "sources": "An event passes if its source is in the list.",
    "priority": "An event passes if its priority is in the list.",
    "search": (
        'Every term must occur in the type, source, priority or data: `word`, `"a phrase"`, '
        "`-excluded`, `type:term`, `source:term`, `priority:term`, `data.path:term`."
    ),
    "time_range": (
        "Counted back from now by `timestamp`: a number and `s`, `m`, `h` or `d`; `all`; "
        'or `{"start": ..., "end": ...}`, both ends included and either left out.'
    ),
}
_EXAMPLES: Final[dict[str, Any]] = {
    "event_types": ["agent_error"],
    "sources": ["orchestrator"],
    "priority": ["high", "critical"],
    "search": "data.agent:billing -heartbeat",
    "time_range": "15m",
}


def filter_body(filter_class: type[EventFilter]) -> Schema:
    """Return the filter as it stands in a body; an absent, null or empty key does not restrict."""
    return {
        "title": "Filter",
        "type": "object",
        "description": "All keys are optional; an absent or empty one does not restrict.",
        "properties": {p.name: _described(p, _nullable(_value(p))) for p in _fields(filter_class)},
        "additionalProperties": False,
    }


def filter_parameters(filter_class: type[EventFilter]) -> list[Schema]:
    """Return the filter as query parameters; lists are repeated."""
    return [_parameter(p) for p in _fields(filter_class)]


def _fields(filter_class: type[EventFilter]) -> list[Parameter]:
    return [filter_class.param[name] for name in filter_class.fields()]


def _parameter(parameter: Parameter) -> Schema:
    schema = _in_query() if parameter.name == "time_range" else _value(parameter)
    made: Schema = {"name": parameter.name, "in": "query", "schema": schema}
    if words := _words(parameter):
        made["description"] = words
    if parameter.name in _EXAMPLES:
        made["example"] = _EXAMPLES[parameter.name]
    return made


def _described(parameter: Parameter, schema: Schema) -> Schema:
    words = {"description": text} if (text := _words(parameter)) else {}
    example = _EXAMPLES.get(str(parameter.name))
    return {**schema, **words, **({"examples": [example]} if example else {})}


def _words(parameter: Parameter) -> str:
    return _WORDS.get(str(parameter.name)) or parameter.doc or ""


def _value(parameter: Parameter) -> Schema:
    """Return what `sources.filter_values.reader_of` accepts."""
    if parameter.name == "time_range":
        return _range()
    if isinstance(parameter, param.ListSelector):
        allowed = parameter.objects if parameter.check_on_set else None
        return {"type": "array", "items": _one_of(allowed, only=str)}
    if isinstance(parameter, param.List):
        return {"type": "array", "items": {"type": "string"}}
    if isinstance(parameter, param.Selector):
        return _one_of(parameter.objects)
    if isinstance(parameter, param.Boolean):
        return {"type": "boolean"}
    if isinstance(parameter, param.Number):
        return _number(parameter)
    return {"type": "string", "maxLength": MAX_SEARCH_CHARS}


def _one_of(allowed: Sequence[Any] | None, only: type = object) -> Schema:
    if allowed is None:
        return {"type": "string"}
    # A choice may be any object to param; on the wire it is one that JSON can say.
    return {"enum": [value for value in allowed if isinstance(value, only) and _is_plain(value)]}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _number(parameter: param.Number[Any]) -> Schema:
    schema: Schema = {"type": "integer" if isinstance(parameter, param.Integer) else "number"}
    for key, bound in zip(("minimum", "maximum"), parameter.bounds or (), strict=False):
        if bound is not None:
            schema[key] = bound
    return schema


def _range() -> Schema:
    moment = {"type": ["string", "null"], "pattern": f"^{_MOMENT}$"}
    ends = {
        "type": "object",
        "properties": {"start": moment, "end": moment},
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "string", "pattern": _RELATIVE}, ends]}


def _in_query() -> Schema:
    as_json = {"pattern": _AS_JSON, "contentMediaType": "application/json"}
    return {"type": "string", "anyOf": [{"pattern": _RELATIVE}, as_json]}


def _nullable(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
