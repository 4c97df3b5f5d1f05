"""What a person at the page may ask the server to do."""

from __future__ import annotations

import msgspec

from dashboard.hub import Hub


class Answer(msgspec.Struct, frozen=True):
    """What the page shows for a moment; ``tone`` is '', 'ok' or 'bad'."""

    text: str
    tone: str = ""


async def ask_source(hub: Hub) -> Answer:
    """Ask the source now whether it answers."""
    if await hub.source.ping():
        return Answer(f"{hub.source.name} answers", "ok")
    return Answer(f"{hub.source.name} does not answer", "bad")
