"""Where a script of the seam is played: clients over WebSocket and SSE whose readers can stop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import socket
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import websockets

from sources.ids import BEGINNING, EventId
from tests.fixtures.server import Running
from tests.seam import FILTERS, Applied, Got, Record, Told
from tests.waiting import until

TIMEOUT_S = 10
# Less than a segment of the loopback would make TCP wait for its timers.
BUFFER_BYTES = 65_536
LARGE = "x" * 60_000
PRIORITIES = ("low", "normal", "high")
_numbers = itertools.count()


class WsLink:
    """A WebSocket whose reader can stop; what it reads goes into a record."""

    def __init__(self, record: Record, stage: Stage) -> None:
        self.record, self._stage = record, stage

    async def open(self, running: Running, client_id: str, query: str) -> None:
        port = running.server.port
        self._connection = await websockets.connect(
            f"ws://127.0.0.1:{port}/ws/{client_id}?ids=true{query}",
            sock=await _small_socket(port),
            max_size=None,
            compression=None,
            ping_interval=None,
        )
        self.task = asyncio.create_task(self._read())

    async def send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            await self._connection.send(json.dumps(message))

    def read(self, goes_on: bool) -> None:
        transport = self._connection.transport
        if not transport.is_closing():
            transport.resume_reading() if goes_on else transport.pause_reading()

    async def close(self, politely: bool) -> None:
        if politely:
            self.read(True)
            await self._connection.close()
        self._connection.transport.abort()
        await self.task

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                self._take(json.loads(await self._connection.recv()))

    def _take(self, message: dict[str, Any]) -> None:
        if message["event_type"] != "connection":
            self.record.items.append(Got(EventId.parse(message["id"])))
            return
        said = message["data"]
        match said["status"]:
            case "connected":
                if self.record.start is None:
                    self.record.start = _id(said["last_id"]) or BEGINNING
            case "filter_applied":
                self.record.items.append(Applied(FILTERS.index(said["filters"])))
            case "gap":
                self.record.items.append(_told(said))
            case "published":
                self._stage.acknowledged.add(EventId.parse(said["id"]))
            case _:
                raise AssertionError(f"the server says {said}")


class SseLink:
    """An event stream whose reader can stop."""

    def __init__(self, record: Record, stage: Stage) -> None:
        self.record, self._stage = record, stage
        self._reads = asyncio.Event()
        self._reads.set()

    async def open(self, running: Running, client_id: str, query: str) -> None:
        options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)]
        transport = httpx.AsyncHTTPTransport(socket_options=options)
        self._http = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_S)
        url = f"{running.server.url}/api/events/stream?ids=true{query}"
        request = self._http.build_request("GET", url)
        self._answer = await self._http.send(request, stream=True)
        assert self._answer.status_code == 200
        if self.record.start is None:
            # No word says where it joined; it was not after this.
            self.record.start, self.record.history = running.hub.log.last_id or BEGINNING, True
        self.task = asyncio.create_task(self._read())

    async def send(self, message: dict[str, Any]) -> None:
        """Do nothing: an event stream has one direction."""

    def read(self, goes_on: bool) -> None:
        self._reads.set() if goes_on else self._reads.clear()

    async def close(self, politely: bool) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])
        await self._answer.aclose()
        await self._http.aclose()

    async def _read(self) -> None:
        is_word = False
        with contextlib.suppress(httpx.TransportError):
            async for line in self._answer.aiter_lines():
                await self._reads.wait()
                key, _, value = line.partition(": ")
                if key == "event":
                    is_word = True
                elif key == "data":
                    message, was_word = json.loads(value), is_word
                    is_word = False
                    item = _told(message["data"]) if was_word else Got(EventId.parse(message["id"]))
                    self.record.items.append(item)


@dataclass
class Stage:
    """Servers, clients with their links, and everything that was recorded."""

    servers: list[Running]
    links: dict[int, WsLink | SseLink] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    acknowledged: set[EventId] = field(default_factory=set)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    last: dict[int, EventId | None] = field(default_factory=dict)
    earlier: list[EventId] = field(default_factory=list)

    def event(self, size: str, priority: str | None = None) -> dict[str, Any]:
        number = next(_numbers)
        mark = "x" if number % 5 == 0 and priority is None else "y"
        return {
            "event_type": "test",
            "source": "seam",
            "priority": priority or PRIORITIES[number % 3],
            "data": {"n": number, "mark": mark, **({"fill": LARGE} if size == "large" else {})},
        }

    async def publish(self, server: int, count: int, size: str) -> None:
        events = [self.event(size) for _ in range(count)]
        await self._post(server, events)

    async def _post(self, server: int, events: list[dict[str, Any]]) -> EventId:
        answer = await self.servers[server].http.post("/api/events", json=events)
        assert answer.status_code == 202, answer.text
        ids = [EventId.parse(id) for id in answer.json()["ids"]]
        self.acknowledged |= set(ids)
        self.earlier.append(ids[0])
        return ids[-1]

    async def connect(self, client: int, server: int, begin: str, number: int, over: str) -> None:
        if over == "sse" and begin == "history":
            begin = "now"
        await self.leave(client, politely=False, stays=over == "ws")
        after = {"last": self.last.get(client), "earlier": self._earlier(client)}.get(begin)
        record = Record(number, after, history=begin == "history")
        self.records.append(record)
        link = SseLink(record, self) if over == "sse" else WsLink(record, self)
        query = "".join(f"&{key}={value}" for key, value in _query(FILTERS[number]))
        query += f"&after={after}" if after else "&history=4" if begin == "history" else ""
        await link.open(self.servers[server], f"client-{client}", query)
        self.links[client] = link

    async def leave(self, client: int, politely: bool, stays: bool = False) -> None:
        """End a client's link; one that ``stays`` is left to be replaced."""
        link = self.links.pop(client, None)
        if link is None:
            return
        self.last[client] = link.record.last
        if stays and isinstance(link, WsLink):
            self.tasks.append(asyncio.create_task(self._end_later(link)))
        else:
            await link.close(politely)

    async def _end_later(self, link: WsLink) -> None:
        link.read(True)
        await asyncio.wait([link.task], timeout=0.2)
        await link.close(politely=False)

    async def say(self, client: int, message: dict[str, Any]) -> None:
        if (link := self.links.get(client)) is not None:
            await link.send(message)

    async def settle(self) -> None:
        """Wait for what was begun and not waited for."""
        tasks, self.tasks = self.tasks, []
        await asyncio.gather(*tasks)

    async def finish(self) -> None:
        """Publish a last event that passes every filter, and read until each link has it."""
        for link in self.links.values():
            link.read(True)
        await self.settle()
        last = await self._post(0, [self.event("small", "critical")])
        for link in self.links.values():
            await until(partial(link.record.has, last), TIMEOUT_S)

    async def close(self) -> None:
        for client in tuple(self.links):
            await self.leave(client, politely=False)
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _earlier(self, client: int) -> EventId | None:
        return random.Random(len(self.earlier) + client).choice(self.earlier or [None])


def _id(text: str | None) -> EventId | None:
    return EventId.parse(text) if text else None


def _told(said: dict[str, Any]) -> Told:
    return Told(EventId.parse(said["after"]), _id(said["resumed_from"]), said["missed"])


def _query(chosen: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, values in chosen.items()
        for value in (values if isinstance(values, list) else [values])
    ]


async def _small_socket(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    return connection
