"""What schemathesis is told about our interface beyond the document; loaded by its command line."""

import json
from itertools import count
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, SerializationContext

_numbers = count(1)


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: SerializationContext, value: Any) -> bytes:
    """Write an array as lines, which is how the schema of this content type is to be read."""
    values = value if isinstance(value, list) else [value]
    return "\n".join(map(json.dumps, values)).encode()


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    # The interface refuses a key that came before with another body, which no schema can say.
    key = case.headers.get("Idempotency-Key") if case.headers else None
    if isinstance(key, str) and 0 < len(key) < 240 and key.isascii() and key.isprintable():
        case.headers["Idempotency-Key"] = f"{key}-{next(_numbers)}"


def _has_both_ends(range_: Any) -> bool:
    """Tell whether a time range, an object or its text, could end before it begins."""
    ends = range_.values() if isinstance(range_, dict) else str(range_).split(",")
    return sum(1 for end in ends if end) > 1


# No schema can say that a range begins before it ends; tests of the filter do.
@schemathesis.hook
def filter_query(context: HookContext, query: dict[str, Any] | None) -> bool:
    return not _has_both_ends((query or {}).get("time_range"))


@schemathesis.hook
def filter_body(context: HookContext, body: Any) -> bool:
    return not isinstance(body, dict) or not _has_both_ends(body.get("time_range"))
