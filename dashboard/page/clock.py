"""The server's time, for a browser that measures how late it shows an event."""

from __future__ import annotations

import math
import time


def answer(sent_ms: object) -> dict[str, float] | None:
    """Return the time now beside the browser's own, by which it knows what it had asked."""
    if isinstance(sent_ms, bool) or not isinstance(sent_ms, int | float):
        return None
    if not math.isfinite(sent_ms):
        return None
    return {"sent": sent_ms, "server": time.time_ns() / 1e6}
