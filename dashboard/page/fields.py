"""The fields that a platform's own filter adds, as the page draws them."""

from __future__ import annotations

from typing import Any, Final

import param

from sources.filters import EventFilter


def describe_fields(filter_class: type[EventFilter]) -> list[dict[str, Any]]:
    return [_describe(parameter) for parameter in filter_class.extra_fields()]


# The order matters: a list of choices is a list first.
_KINDS: Final = (
    ((param.ListSelector, param.List), "list"),
    ((param.Selector,), "choice"),
    ((param.Boolean,), "bool"),
    ((param.Number,), "number"),
)


def _describe(parameter: Any) -> dict[str, Any]:
    kind = next((kind for classes, kind in _KINDS if isinstance(parameter, classes)), "text")
    described = {
        "name": parameter.name,
        "label": parameter.label,
        "doc": parameter.doc or "",
        "kind": kind,
    }
    if kind == "choice":
        described["choices"] = list(parameter.objects)
    return described
