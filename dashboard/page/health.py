"""The Health tab: what the process knows about itself, its clients, and what it refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from math import nan
from typing import Any, Final

import msgspec

from dashboard import __version__
from dashboard.hub import Client, Hub
from dashboard.stats import Sample, memory_mb
from sources.base import Rejected, SourceUnreachable

CLIENTS_SHOWN: Final = 200
REJECTED_SHOWN: Final = 20
RAW_SHOWN: Final = 2000
ANSWER_WITHIN_S: Final = 0.5

_STATES: Final = {"connected": "", "starting": "w", "read-only": "w", "unreachable": "x"}


class Samples(msgspec.Struct, frozen=True):
    """The samples of the last minutes by figure; NaN where there was none."""

    times_s: Sequence[float]
    events_in: Sequence[float]
    deliveries: Sequence[float]
    p99_ms: Sequence[float]
    memory_mb: Sequence[float]
    lag_ms: Sequence[float]


def samples_of(series: Iterable[Sample]) -> Samples:
    samples = list(series)
    return Samples(
        [sample.t_s for sample in samples],
        [sample.events_in for sample in samples],
        [sample.deliveries for sample in samples],
        [_or_nan(sample.p99_ms) for sample in samples],
        [sample.memory_mb for sample in samples],
        [_or_nan(sample.lag_ms) for sample in samples],
    )


async def rejected(hub: Hub, known: Sequence[Rejected], limit: int) -> Sequence[Rejected]:
    """Return the newest entries that were set aside; those ``known`` while none can be had.

    A source that does not answer must not hold up the pages, which are to say so.
    """
    if not hub.source.status.is_read:
        return known
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await hub.source.rejected(limit)
    except (SourceUnreachable, TimeoutError):
        return known


def build(hub: Hub, refused: Sequence[Rejected]) -> dict[str, Any]:
    clients = sorted(hub.clients(), key=lambda client: (-client.sent, client.id))
    return {
        "checks": checks(hub),
        "clients": [_client(client) for client in clients[:CLIENTS_SHOWN]],
        "rejected": [_rejected(entry) for entry in reversed(refused[-REJECTED_SHOWN:])],
        "rejected_total": hub.source.rejected_total,
        "figures": figures(hub),
    }


def checks(hub: Hub) -> list[dict[str, str]]:
    status, stats = hub.source.status, hub.stats
    open_, allowed = len(hub.connections), hub.settings.max_connections
    loop_ms = stats.loop_lag_ms
    return [
        _check("Event source", status.state, _source_note(hub), _STATES[status.state]),
        *_conditions(hub),
        _check("History", f"{len(hub.log):,}", f"of {hub.settings.max_history_size:,} events"),
        _check("Connections", f"{open_:,}", f"of {allowed:,}", "w" if open_ >= allowed else ""),
        _check("Event loop", f"{loop_ms:.0f} ms", "late", "w" if loop_ms > 100 else ""),
        _check("Uptime", _uptime(stats.uptime_s), f"version {__version__}"),
    ]


def _conditions(hub: Hub) -> list[dict[str, str]]:
    return [
        _check(told.label, told.value, told.note, "w" if told.is_strained else "")
        for told in hub.source.conditions()
    ]


def figures(hub: Hub) -> dict[str, float | None]:
    stats = hub.stats
    return {
        "in": stats.rate,
        "out": stats.delivery_rate,
        "p50": stats.delivery_ms(50),
        "p95": stats.delivery_ms(95),
        "p99": stats.delivery_ms(99),
        "memory_mb": memory_mb(),
        "lag_ms": stats.lag_ms,
        "uptime_s": stats.uptime_s,
    }


def _source_note(hub: Hub) -> str:
    return hub.source.status.reason or hub.source.name


def _check(label: str, value: str, note: str = "", state: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note, "state": state}


def _client(client: Client) -> dict[str, Any]:
    return {"id": client.id, "via": client.via, "sent": client.sent, "behind": client.behind}


def _rejected(entry: Rejected) -> dict[str, str]:
    return {
        "time": entry.timestamp,
        # What only the channel brought never had an id.
        "source": entry.original_id or "a message of the channel",
        "reason": entry.reason,
        "raw": entry.raw[:RAW_SHOWN],
    }


def _uptime(uptime_s: float) -> str:
    minutes = int(uptime_s // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min {uptime_s % 60:.0f} s"


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
