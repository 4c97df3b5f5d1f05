"""The server's time, for a browser that measures how late it shows an event."""

from __future__ import annotations

import time
from typing import Final

_LATEST_MS: Final = 2**53


def answer(sent_ms: object) -> dict[str, float] | None:
    """Return the time now beside the browser's own, by which it knows what it had asked."""
    if isinstance(sent_ms, bool) or not isinstance(sent_ms, int | float):
        return None
    # Compared, and not asked whether it is finite: a whole number may be larger than any float.
    if not abs(sent_ms) <= _LATEST_MS:
        return None
    return {"sent": sent_ms, "server": time.time_ns() / 1e6}
