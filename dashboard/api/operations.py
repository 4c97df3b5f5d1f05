"""What every address of the API does: the table that the OpenAPI document is made of."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from dashboard.api.schemas import Accepted, FilterResult, Health, Metrics, Ready, TestPublished
from sources.base import Rejected
from sources.event import Event

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
FILTER: Final = "filter"
"""Stands among an operation's parameters for every field of the filter."""


class Answer(msgspec.Struct, frozen=True):
    """One status; ``media`` gives a type, or a schema, for each content type."""

    status: int
    words: str
    media: dict[str, Any] = {}
    headers: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one address; ``parameters``, ``body`` and ``errors`` are named elsewhere."""

    method: Literal["get", "post"] = "get"
    path: str
    id: str
    tag: str
    summary: str
    words: str = ""
    parameters: tuple[str, ...] = ()
    body: str | None = None
    answer: Answer
    errors: tuple[int, ...] = ()
    is_open: bool = False


TAGS: Final = {
    "Publish": "Events come in.",
    "Read": "Events of the past.",
    "Live": "Events as they happen.",
    "Status": "How the server is.",
    "About": "This interface itself.",
}

_PUBLISH: Final = (
    Operation(
        method="post",
        path="/api/events",
        id="publishEvents",
        tag="Publish",
        summary="Publish an event, an array of them, or NDJSON",
        words=(
            "All or nothing: one invalid event refuses the batch, and the `loc` of its fault gives "
            "its index. With an `Idempotency-Key` a retried request enters once."
        ),
        parameters=("Idempotency-Key",),
        body="events",
        answer=Answer(202, "Published; every reader finds the events.", {JSON: Accepted}),
        errors=(400, 413, 415, 422, 429, 503),
    ),
    Operation(
        method="post",
        path="/api/test/publish-event",
        id="publishTestEvent",
        tag="Publish",
        summary="Publish one test event to all",
        words="What is left out is filled in: `{}` publishes a `test` from `dashboard`.",
        body="test_event",
        answer=Answer(200, "Published.", {JSON: TestPublished}),
        errors=(400, 413, 415, 422, 429, 503),
    ),
)

_READ: Final = (
    Operation(
        path="/api/events/history",
        id="readHistory",
        tag="Read",
        summary="The newest events, oldest first, or a page after or before an id",
        words=(
            "With `after` come the *oldest* `limit` events after that id, so that a reader can "
            "page forward to the end; with `before` the newest `limit` older than it."
        ),
        parameters=("limit", "after", "before", "ids", FILTER),
        answer=Answer(200, "The events, oldest first.", {JSON: list[Event]}, ("X-Gap",)),
        errors=(422, 503),
    ),
    Operation(
        method="post",
        path="/api/events/filter",
        id="filterEvents",
        tag="Read",
        summary="The newest events that pass a filter, and how many there were",
        words="Looks at the newest `MAX_HISTORY_SIZE` events.",
        body="filter",
        answer=Answer(200, "The events that passed, oldest first.", {JSON: FilterResult}),
        errors=(400, 413, 415, 422),
    ),
    Operation(
        path="/api/events/export",
        id="exportEvents",
        tag="Read",
        summary="Download the retained events that pass",
        words=(
            "Columns `id`, `timestamp`, `event_type`, `source`, `priority`, `data`; `data` is JSON "
            "text in CSV and Parquet. In CSV a cell that a spreadsheet would run as a formula has "
            "a `'` before it. Streamed; the connection breaks off where the export could not "
            "be completed. Where older events are no longer retained, `X-Gap` says how many."
        ),
        parameters=("format", FILTER),
        answer=Answer(
            200,
            "A file.",
            {
                "text/csv": {"type": "string"},
                NDJSON: {"type": "string", "description": "One JSON object a line."},
                "application/vnd.apache.parquet": {},
            },
            ("Content-Disposition", "X-Gap"),
        ),
        errors=(422, 503),
    ),
    Operation(
        path="/api/events/rejected",
        id="readRejected",
        tag="Read",
        summary="What was set aside because it is no valid event, newest last",
        parameters=("rejected_limit",),
        answer=Answer(200, "The entries, newest last.", {JSON: list[Rejected]}),
        errors=(422, 503),
    ),
)

_LIVE: Final = (
    Operation(
        path="/api/events/stream",
        id="streamEvents",
        tag="Live",
        summary="Server-Sent Events",
        words=(
            "An `id:` and a `data:` line for each event and no `event:` line, so a browser's "
            "`onmessage` sees every type. What can no longer be sent is told as "
            "`event: connection` with `status` `gap`. A comment keeps a quiet stream alive. "
            "`Last-Event-ID` resumes, as `after` does; the header wins."
        ),
        parameters=("Last-Event-ID", "stream_after", "ids", FILTER),
        answer=Answer(
            200,
            "Events until the client leaves or the server stops.",
            {"text/event-stream": {"type": "string"}},
            ("X-Accel-Buffering",),
        ),
        errors=(422, 503),
    ),
    Operation(
        path="/ws/{client_id}",
        id="connectWebSocket",
        tag="Live",
        summary="WebSocket: events, a filter that can change, and publishing",
        words=(
            "One text message for each event; what the server has to say is itself an event of "
            "type `connection` from `dashboard`. Send "
            '`{"type": "filter", "filters": {...}}` or `{"type": "publish", "event": {...}}`. '
            "Closes with 1001 (the server stops), 1009 (message too big), 1013 (the client takes "
            "nothing) or 4001 (another connection took this `client_id`). The messages stand in "
            "`docs/asyncapi.yaml`."
        ),
        parameters=("client_id", "stream_after", "history", "ids", FILTER),
        answer=Answer(101, "The connection is a WebSocket from here on."),
        errors=(400, 422, 426, 503),
    ),
)

_STATUS: Final = (
    Operation(
        path="/health",
        id="readHealth",
        tag="Status",
        summary="Is the process alive, and is its event source?",
        words="Always 200 while the process can answer. Needs no token.",
        answer=Answer(200, "Alive.", {JSON: Health}),
        is_open=True,
    ),
    Operation(
        path="/ready",
        id="readReady",
        tag="Status",
        summary="Is the source connected and the history loaded?",
        words="Needs no token.",
        answer=Answer(200, "Ready for traffic.", {JSON: Ready}),
        errors=(503,),
        is_open=True,
    ),
    Operation(
        path="/api/metrics",
        id="readMetrics",
        tag="Status",
        summary="The figures of this process",
        answer=Answer(200, "The figures now.", {JSON: Metrics}),
    ),
    Operation(
        path="/metrics",
        id="scrapeMetrics",
        tag="Status",
        summary="The figures for Prometheus",
        answer=Answer(
            200, "The text format that Prometheus reads.", {"text/plain": {"type": "string"}}
        ),
    ),
)

_ABOUT: Final = (
    Operation(
        path="/openapi.json",
        id="readOpenApi",
        tag="About",
        summary="This document",
        answer=Answer(200, "OpenAPI 3.1.", {JSON: {"type": "object"}}),
    ),
    Operation(
        path="/docs",
        id="readDocs",
        tag="About",
        summary="This document as a page",
        answer=Answer(200, "A page.", {"text/html": {"type": "string"}}),
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_PUBLISH, *_READ, *_LIVE, *_STATUS, *_ABOUT)
