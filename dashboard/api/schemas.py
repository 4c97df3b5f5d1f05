"""What the API answers, as types: handlers encode them, and the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sources.base import State
from sources.event import Event, Fault

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Id = Annotated[str, Meta(pattern=r"^[0-9]+-[0-9]+$", examples=["1705314600000-0"])]
Count = Annotated[int, Meta(ge=0)]
Figure = Annotated[float, Meta(ge=0)]


class SourceStatus(msgspec.Struct, frozen=True):
    """Where the events come from, how that is, since when and why."""

    name: str
    state: State
    since: Time
    reason: str
    still_works: Annotated[str, Meta(description="What goes on while not all is well.")]
    next_try_s: Annotated[
        Figure | None, Meta(description="Seconds until it is tried again; null where all is well.")
    ]


class Health(msgspec.Struct, frozen=True):
    """How the process is; ``degraded`` while the event source is unreachable or takes no events."""

    status: Literal["healthy", "degraded"]
    timestamp: Time
    websocket_manager: Literal["available"]
    active_connections: Count
    source: SourceStatus


class Ready(msgspec.Struct, frozen=True):
    """The source is connected and the history loaded."""

    status: Literal["ready"]
    timestamp: Time


class Percentiles(msgspec.Struct, frozen=True):
    """Milliseconds from publish to sent, over the last minute; null without deliveries."""

    p50: Figure | None
    p95: Figure | None
    p99: Figure | None


class Process(msgspec.Struct, frozen=True):
    """The process that answers; behind a balancer it may be another one each time."""

    id: Annotated[str, Meta(description="host:pid, as no other live process has it.")]
    host: str
    pid: Count
    started: Time


class Metrics(msgspec.Struct, frozen=True):
    """The figures of this process since its start; rates are over the last three seconds."""

    timestamp: Time
    process: Process
    active_connections: Annotated[Count, Meta(description="Open now, WebSocket and SSE.")]
    total_connections: Annotated[Count, Meta(description="Opened since the start.")]
    events_sent: Annotated[Count, Meta(description="Deliveries to clients.")]
    last_activity: Annotated[Time | None, Meta(description="Null before the first event.")]
    event_history_size: Count
    events_received: Count
    events_per_second: Figure
    deliveries_per_second: Figure
    delivery_ms: Percentiles
    gaps: Annotated[Count, Meta(description="Gaps that clients were told of.")]
    errors: Annotated[Count, Meta(description="Requests that the server itself failed.")]
    rejected_events: Annotated[Count, Meta(description="Entries of the source set aside.")]
    refused_events: Annotated[Count, Meta(description="Publishes that were no valid event.")]
    source_lag_ms: Annotated[Figure | None, Meta(description="From an event's id to this log.")]
    event_loop_lag_ms: Figure
    memory_mb: Figure
    uptime_s: Figure


class TestPublished(msgspec.Struct, frozen=True):
    """The event as everybody receives it, and its id."""

    status: Literal["published"]
    id: Id
    event: Event


class Accepted(msgspec.Struct, frozen=True):
    """How many events entered, and their ids in the order in which they were sent."""

    accepted: Count
    ids: list[Id]


class FilterCount(msgspec.Struct, frozen=True):
    """What a filter found; ``matched`` counts before ``limit``."""

    matched: Count
    searched: Count
    filters: Annotated[dict[str, Any], Meta(description="The filter in its canonical form.")]


class FilterResult(FilterCount, frozen=True):
    """The events that passed, oldest first, and how many there were."""

    # The handler joins events that are already encoded before a `FilterCount`.
    events: list[Event]


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, in words."""

    detail: str


class Faults(msgspec.Struct, frozen=True):
    """Everything that is wrong with a request, each at its place."""

    detail: list[Fault]
