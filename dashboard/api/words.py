"""What the server itself has to say to one client: an event, never stored, filtered or numbered."""

from __future__ import annotations

from typing import Any

from sources import timestamps
from sources.event import Event, encode


def word(status: str, **data: Any) -> bytes:
    """Return the server's own event, of type ``connection`` and source ``dashboard``."""
    own = Event("connection", {"status": status, **data}, timestamps.now(), "dashboard", "normal")
    return encode(own)
