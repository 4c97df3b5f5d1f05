"""The agents, as the Agents tab lists them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from dashboard.page.rows import SLOW_MS
from sources.agents import AgentStats

FAILING_RATE: Final = 0.05
QUIET_AFTER_S: Final = 300
MOST: Final = 500


def build(stats: Sequence[AgentStats]) -> list[dict[str, Any]]:
    """Return the agents by their requests, with what is the matter with each."""
    now_ms = time.time() * 1000
    return [_row(agent, now_ms) for agent in stats[:MOST]]


def _row(agent: AgentStats, now_ms: float) -> dict[str, Any]:
    last_seen_s = max(0.0, (now_ms - agent.last_seen_ms) / 1000)
    return {
        "name": agent.name,
        "state": _state(agent, last_seen_s),
        "requests": agent.requests,
        "errors": agent.errors,
        "error_rate": agent.error_rate,
        "p50_ms": agent.p50_ms,
        "p95_ms": agent.p95_ms,
        "last_seen_s": round(last_seen_s, 1),
        "trend": agent.trend,
    }


def _state(agent: AgentStats, last_seen_s: float) -> str:
    """Failing, slow, quiet or well: 'x', 'w', 'o' or ''."""
    if last_seen_s > QUIET_AFTER_S:
        return "o"
    if agent.error_rate > FAILING_RATE:
        return "x"
    return "w" if agent.p95_ms is not None and agent.p95_ms >= SLOW_MS else ""
