from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from dashboard.hub import Hub
from dashboard.settings import Settings
from sources.event import validate
from sources.log import Entry

Publish = Callable[..., Awaitable[list[Entry]]]


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """A hub whose events live in this process, with a history of ten."""
    hub = Hub(Settings(max_history_size=10))
    await hub.start()
    await hub.ready(5)
    yield hub
    await hub.stop()


@pytest.fixture
def publish(hub: Hub) -> Publish:
    """Publish events given by their keys; what is required and left out is filled in."""

    async def publish(*events: dict[str, Any]) -> list[Entry]:
        valid = [
            validate(event, defaults={"event_type": "test", "source": "tester"}) for event in events
        ]
        ids = await hub.publish(valid)
        return [entry for id in ids if (entry := hub.log.get(id)) is not None]

    return publish
