"""How things stand, for the pill, the top bar and the table's foot; sent with every tick."""

from __future__ import annotations

import time
from typing import Any, Final

from dashboard.hub import Hub
from dashboard.page.live import LiveRows
from dashboard.page.shared import Shared
from dashboard.page.view import View

BEAT_S: Final = 5
"""How often a page hears something, even of nothing: else it could not tell quiet from lost."""


def status_of(shared: Shared, view: View, live: LiveRows) -> dict[str, Any]:
    hub = shared.hub
    tally = shared.tally(view)
    return {
        "beat": int(time.monotonic() / BEAT_S),
        "source": _source(hub),
        "rate": round(hub.stats.rate, 1),
        "total": hub.log.total,
        "clients": len(hub.connections),
        "agents": len(shared.agents()),
        "retained": len(hub.log),
        "event_bytes": hub.log.retained_bytes // max(1, len(hub.log)),
        "empty": hub.log.last_id is None,
        "overload": live.overload,
        "matched": tally.matched.total,
        "searched": tally.searched,
        "exact": tally.exact,
        "passed": live.passed,
        "uncounted": live.uncounted,
    }


def _source(hub: Hub) -> dict[str, Any]:
    status = hub.source.status
    return {
        "state": status.state,
        "name": hub.source.name,
        "since": status.since,
        "reason": status.reason,
        "next_try_s": hub.source.next_try_s,
    }
