"""What requests bring along: parameters, headers and bodies, within the limits of the settings."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from dashboard.api.export import FORMATS
from dashboard.api.filter_schema import Schema, filter_body, filter_parameters
from dashboard.api.operations import FILTER, JSON, NDJSON
from dashboard.settings import Settings
from sources.filters import EventFilter

EXAMPLE_EVENT: Final = {
    "event_type": "agent_request",
    "source": "orchestrator",
    "data": {"agent": "billing", "correlation_id": "c-17"},
    "priority": "normal",
}
EXAMPLE_ID: Final = "1705314600000-0"
# Both halves are below 2^64; the largest number of all is how one asks for a whole millisecond.
_ID: Final = r"^[0-9]{1,19}-(?:[0-9]{1,19}|18446744073709551615)$"
_GAP_HEADER: Final = "`X-Gap` tells what is missing."
_GAP_WORD: Final = "What is no longer retained is told as a gap."
_CLIENT_ID: Final = r"^[A-Za-z0-9_.:-]{1,128}$"


def parameters(settings: Settings, filter_class: type[EventFilter]) -> dict[str, list[Schema]]:
    """Return what each name among an operation's parameters stands for."""
    most = settings.max_history_size
    return {
        FILTER: filter_parameters(filter_class),
        "limit": [_limit(most)],
        "rejected_limit": [_limit(10_000)],
        "history": [_query("history", _whole(0, most, 0), "First send the newest so many.")],
        "after": [_from_id("after", "The oldest events after this id, with ids. " + _GAP_HEADER)],
        "before": [_from_id("before", "Only events older than this id, with ids.")],
        "stream_after": [
            _from_id("after", "First send the events after this id, with ids. " + _GAP_WORD)
        ],
        "ids": [
            _query("ids", {"type": "boolean", "default": False}, "Write each event's `id`, too.")
        ],
        "format": [{**_query("format", {"enum": list(FORMATS)}, "Of the file."), "required": True}],
        "client_id": [_client_id()],
        "Last-Event-ID": [
            _header("Last-Event-ID", _id(), "The last id that was read; browsers send it.")
        ],
        "Idempotency-Key": [_idempotency_key()],
    }


def _from_id(name: str, words: str) -> Schema:
    return _query(name, _id(), words, example=EXAMPLE_ID)


def _idempotency_key() -> Schema:
    return _header(
        "Idempotency-Key",
        {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
        "A retry with the same key and body enters once and gets the same answer, for 24 hours; "
        "another body under the key is refused.",
    )


def bodies(
    settings: Settings, filter_class: type[EventFilter], published: Schema
) -> dict[str, Schema]:
    """Return the request bodies; ``published`` is the schema of an event to publish."""
    event = {"$ref": "#/components/schemas/Published"}
    batch = {"type": "array", "items": event, "maxItems": settings.max_batch}
    several = {
        JSON: {
            "schema": {"anyOf": [event, batch]},
            "examples": {
                "event": {"summary": "One event", "value": EXAMPLE_EVENT},
                "array": {"summary": "Several", "value": [EXAMPLE_EVENT, EXAMPLE_EVENT]},
            },
        },
        # As OpenAPI 3.2 reads it: the schema is that of all the lines, as an array.
        NDJSON: {"schema": {**batch, "description": "One JSON object a line."}},
    }
    return {
        "events": {"required": True, "content": several},
        "test_event": _json_body(_test_event(published), {"data": {"text": "hello"}}),
        "filter": _json_body(_filter(settings, filter_class), {"priority": ["critical"]}),
    }


def _json_body(schema: Schema, example: Any) -> Schema:
    return {"required": True, "content": {JSON: {"schema": schema, "example": example}}}


def _test_event(published: Schema) -> Schema:
    """An event of which everything may be left out."""
    schema = deepcopy(published)
    del schema["required"]
    schema["title"] = "TestEvent"
    schema["description"] = "What is left out is filled in."
    schema["properties"]["event_type"]["default"] = "test"
    schema["properties"]["source"]["default"] = "dashboard"
    return schema


def _filter(settings: Settings, filter_class: type[EventFilter]) -> Schema:
    schema = filter_body(filter_class)
    limit = {"type": ["integer", "null"], "minimum": 1}
    words = "Show the newest so many; without it, all that pass."
    schema["properties"]["limit"] = {**limit, "description": words}
    return schema


def _limit(most: int) -> Schema:
    return _query("limit", _whole(1, most, min(100, most)), "How many at most.")


def _query(name: str, schema: Schema, words: str, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": words, "schema": schema, **more}


def _header(name: str, schema: Schema, words: str) -> Schema:
    return {"name": name, "in": "header", "description": words, "schema": schema}


def _client_id() -> Schema:
    return {
        "name": "client_id",
        "in": "path",
        "required": True,
        "description": "Yours to choose. Another connection with the same id takes its place.",
        "schema": {"type": "string", "pattern": _CLIENT_ID},
        "example": "my-agent",
    }


def _whole(low: int, high: int, default: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


def _id() -> Schema:
    return {"type": "string", "pattern": _ID}
