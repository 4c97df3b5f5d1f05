"""A client for agents, which need nothing of the dashboard.

It is installed by ``pip install 'event-dashboard[client]'``.

>>> async with EventClient("http://127.0.0.1:8000") as client:
...     await client.publish({"event_type": "alerts", "source": "billing"})
...     async for event in client.stream({"priority": ["critical"]}):
...         print(event.id, event.data)
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any, Final, Self

import msgspec

try:
    import httpx

    from sources.client_stream import Subscription, warn_of_gap
except ModuleNotFoundError as missing:
    msg = f"the client needs {missing.name}: pip install 'event-dashboard[client]'"
    raise ModuleNotFoundError(msg, name=missing.name) from missing

from sources.client_wire import (
    RETRIED,
    ClientError,
    Filter,
    Filtered,
    Gap,
    History,
    Received,
    Refused,
    Replaced,
    Unavailable,
    delays_s,
    detail_of,
    filter_json,
    filter_query,
    history_of,
    published_body,
    seconds_of,
)
from sources.event import Event, encode

__all__ = [
    "ClientError", "EventClient", "Filtered", "Gap", "History", "Received", "Refused", "Replaced",
    "Unavailable",
]  # fmt: skip

PATIENCE_S: Final = 30.0
_ANSWER_WITHIN_S: Final = 10.0


class EventClient:
    """Publishes to a dashboard and reads from it.

    What fails for a while (no connection, 429, 502 to 504) is tried again for ``patience_s``; a
    publish enters once all the same. ``client_id`` is the one of `stream`: with it, a second
    stream takes the place of the first, which ends with `Replaced`; without it, each has its own.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        client_id: str | None = None,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client_id = client_id
        self._patience_s = patience_s
        self._subscriptions: set[Subscription] = set()
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(
            base_url=self._url, headers=self._headers, timeout=_ANSWER_WITHIN_S
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every stream, and close the connections."""
        for subscription in tuple(self._subscriptions):
            await subscription.close()
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def publish(
        self,
        events: Event | Mapping[str, Any] | Iterable[Event | Mapping[str, Any]],
        idempotency_key: str | None = None,
    ) -> list[str]:
        """Publish one event or several, all or none; returns their ids.

        The key makes a repetition enter once; one is made where none is given.

        Raises
        ------
        Refused, Unavailable
        """
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key or uuid.uuid4().hex,
        }
        content = published_body(events)
        answer = await self._ask("POST", "/api/events", content=content, headers=headers)
        ids: list[str] = answer.json()["ids"]
        return ids

    async def history(
        self,
        limit: int | None = None,
        after: str | None = None,
        before: str | None = None,
        filter: Filter | None = None,
    ) -> History:
        """Return the newest events; with ``after`` the oldest ``limit`` that follow it.

        Raises
        ------
        Refused, Unavailable
        """
        given = {"limit": limit, "after": after, "before": before}
        params = [(key, str(value)) for key, value in given.items() if value is not None]
        params += [("ids", "true"), *filter_query(filter)]
        answer = await self._ask("GET", "/api/events/history", params=params)
        return history_of(answer.content, answer.headers.get("X-Gap"))

    async def filter(self, filter: Filter | None = None, limit: int | None = None) -> Filtered:
        """Ask which of the newest events pass, and how many there are.

        Raises
        ------
        Refused, Unavailable
        """
        body = filter_json(filter) | ({} if limit is None else {"limit": limit})
        headers = {"Content-Type": "application/json"}
        answer = await self._ask(
            "POST", "/api/events/filter", content=encode(body), headers=headers
        )
        return msgspec.json.decode(answer.content, type=Filtered)

    async def stream(
        self,
        filter: Filter | None = None,
        after: str | None = None,
        on_gap: Callable[[Gap], object] = warn_of_gap,
    ) -> AsyncGenerator[Received, None]:
        """Yield every event that passes, from now on or after an id, for as long as it is asked.

        When the connection is lost it is made again, as often as it takes, and the stream goes on
        after the last event that was yielded: none is lost, none comes twice. Where the server no
        longer has some, ``on_gap`` is called before the next event (by default a warning in the
        log). It is no item of the stream, so that no loop meets one that it does not know.

        Raises
        ------
        Refused
            The server does not let this client in, or does not understand the filter.
        Replaced
            Another connection took the client's id.
        """
        client_id = self._client_id or f"client-{uuid.uuid4().hex}"
        subscription = Subscription(
            f"{self._url}/ws/{client_id}", self._headers, filter_query(filter), after, on_gap
        )
        self._subscriptions.add(subscription)
        try:
            async with aclosing(subscription.events()) as events:
                async for event in events:
                    yield event
        finally:
            self._subscriptions.discard(subscription)
            await subscription.close()

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request, again and again while the server says: not now."""
        if self._http is None:
            raise RuntimeError("the client is not open; use it in `async with EventClient(...)`")
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + self._patience_s
        for delay_s in delays_s():
            failure, wait_s = await self._try(method, path, request)
            if isinstance(failure, httpx.Response):
                return failure
            wait_s = max(wait_s, delay_s)
            if loop.time() + wait_s > give_up_s:
                raise failure
            await asyncio.sleep(wait_s)
        raise AssertionError("the delays never end")

    async def _try(
        self, method: str, path: str, request: dict[str, Any]
    ) -> tuple[httpx.Response | Unavailable, float]:
        """Return the answer; or why there was none yet, and how long to wait at least."""
        assert self._http is not None
        try:
            answer = await self._http.request(method, path, **request)
        except httpx.UnsupportedProtocol:
            raise
        except httpx.TransportError as error:
            said = f"no answer from {self._url}: {str(error) or type(error).__name__}"
            return Unavailable(said), 0.0
        if answer.is_success:
            return answer, 0.0
        detail = detail_of(answer.content)
        if answer.status_code not in RETRIED:
            raise Refused(detail, answer.status_code)
        wait_s = seconds_of(answer.headers.get("Retry-After"))
        return Unavailable(detail, answer.status_code), wait_s
