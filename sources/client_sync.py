"""The client without ``await``: for scripts, threads, and notebooks whose loop already runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Self, TypeVar

from sources.client import PATIENCE_S, EventClient
from sources.client_wire import Filter, Filtered, History
from sources.event import Event

T = TypeVar("T")


class SyncEventClient:
    """Publishes, and asks for history and filter, as `EventClient` does; from any thread.

    The requests run on an event loop of its own, in a thread that lives as long as the block.
    """

    def __init__(
        self, url: str, token: str | None = None, *, patience_s: float = PATIENCE_S
    ) -> None:
        self._client = EventClient(url, token, patience_s=patience_s)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="event-client", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._client.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._run(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def publish(
        self,
        events: Event | Mapping[str, Any] | Iterable[Event | Mapping[str, Any]],
        idempotency_key: str | None = None,
    ) -> list[str]:
        """Publish one event or several, as `EventClient.publish`."""
        return self._run(self._client.publish(events, idempotency_key))

    def history(
        self,
        limit: int | None = None,
        after: str | None = None,
        before: str | None = None,
        filter: Filter | None = None,
    ) -> History:
        """Return events of the past, as `EventClient.history`."""
        return self._run(self._client.history(limit, after, before, filter))

    def filter(self, filter: Filter | None = None, limit: int | None = None) -> Filtered:
        """Ask which of the newest events pass, as `EventClient.filter`."""
        return self._run(self._client.filter(filter, limit))

    def _run(self, request: Coroutine[Any, Any, T]) -> T:
        pending = asyncio.run_coroutine_threadsafe(request, self._loop)
        try:
            return pending.result()
        except BaseException:
            pending.cancel()
            raise
