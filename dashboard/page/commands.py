"""What a person at the page may ask the server to do."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from dashboard.hub import Hub
from dashboard.limits import TooFast
from sources import timestamps
from sources.base import SourceUnreachable
from sources.event import InvalidEvent, validate

TEST_DEFAULTS: Final[dict[str, Any]] = {
    "event_type": "test",
    "source": "dashboard",
    "data": {"action": "test_event", "message": "sent from the dashboard"},
}


# A page's session does not know the address of its browser, so all pages share one.
_BUCKET: Final = "page"


class Answer(msgspec.Struct, frozen=True):
    """What the page shows for a moment; ``tone`` is '', 'ok' or 'bad'."""

    text: str
    tone: str = ""


async def publish_test_event(hub: Hub, value: object) -> Answer:
    """Publish an event as given, its missing keys filled in."""
    given = {} if value is None else value
    try:
        event = validate(
            given,
            default_time=timestamps.now(),
            defaults=TEST_DEFAULTS,
            max_bytes=hub.settings.max_event_bytes,
        )
        hub.publish_limit.take(_BUCKET, 1)
        ids = await hub.publish([event])
    except InvalidEvent as error:
        hub.stats.note_refused("page", error.faults)
        return Answer(f"Not published: {error}", "bad")
    except TooFast as error:
        return Answer(f"Not published: {error}", "bad")
    except SourceUnreachable as error:
        return Answer(f"Not published: {error}", "bad")
    return Answer(f"Test event published, {ids[0]}", "ok")


async def ask_source(hub: Hub) -> Answer:
    """Ask the source now whether it answers."""
    if await hub.source.ping():
        return Answer(f"{hub.source.name} answers", "ok")
    return Answer(f"{hub.source.name} does not answer", "bad")
