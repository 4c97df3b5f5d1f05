"""Those who read: each goes from process to process, and resumes after the last event it has."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import websockets

from sources.ids import BEGINNING, EventId
from tests.chaos.records import Diary, Evidence
from tests.seam import FILTERS, Record, Resumed, Told

# Pings and comments come every second.
SILENT_S = 3.0
CONNECT_S = 3.0
_FAULTS = (OSError, TimeoutError, websockets.WebSocketException, httpx.TransportError)


class Client:
    """Reads until it is cancelled, over one connection after the other."""

    def __init__(
        self, name: str, seed: int, evidence: Evidence, urls: Sequence[str], filter: int = 0
    ) -> None:
        self.diary = Diary(name, Record(filter, None))
        self.rng = random.Random(f"{seed} {name}")
        self._urls, self._evidence = urls, evidence
        evidence.diaries.append(self.diary)

    def has(self, id: EventId) -> bool:
        return id in self.diary.marks

    async def run(self) -> None:
        while True:
            url = self.rng.choice(self._urls)
            patience = self.rng.choice((30, 300, 1_000_000))
            record = self.diary.record
            if record.start is not None:
                record.items.append(Resumed(self._position()))
            self.diary.connections += 1
            with suppress(*_FAULTS):
                await self.read(url, patience)
            await asyncio.sleep(self.rng.uniform(0, 0.3))

    async def read(self, url: str, most: int) -> None:
        """Read from one process until the connection fails, or ``most`` messages have come."""
        raise NotImplementedError

    def query(self, **more: str) -> str:
        chosen = FILTERS[self.diary.record.filter]
        return urlencode({"ids": "true", **chosen, **more}, doseq=True)

    def after(self) -> dict[str, str]:
        return {} if self.diary.record.start is None else {"after": str(self._position())}

    def take(self, message: dict[str, Any], id: str | None = None) -> None:
        if (message["event_type"], message["source"]) == ("connection", "dashboard"):
            self._heed(message["data"])
            return
        if id is not None and id != message["id"]:
            self.trouble(f"the event {message['id']} came under the id {id}")
        self.diary.got(EventId.parse(message["id"]), str(message["data"]["n"]))

    def trouble(self, what: str) -> None:
        self._evidence.troubles.append(f"{self.diary.name}: {what}")

    def _position(self) -> EventId:
        position = self.diary.record.last
        assert position is not None
        return position

    def _heed(self, said: dict[str, Any]) -> None:
        match said["status"]:
            case "connected":
                if self.diary.record.start is None:
                    self.diary.record.start = _id(said["last_id"]) or BEGINNING
            case "gap":
                gap = Told(EventId.parse(said["after"]), _id(said["resumed_from"]), said["missed"])
                self.diary.record.items.append(gap)
            case _:
                self.trouble(f"the server says {said}")


class WebSocketClient(Client):
    async def read(self, url: str, most: int) -> None:
        address = f"ws{url.removeprefix('http')}/ws/{self.diary.name}?{self.query(**self.after())}"
        try:
            async with websockets.connect(
                address,
                compression=None,
                max_size=None,
                proxy=None,
                open_timeout=CONNECT_S,
                close_timeout=0.5,
                ping_interval=SILENT_S / 3,
                ping_timeout=SILENT_S * 2 / 3,
            ) as connection:
                for _ in range(most):
                    self.take(json.loads(await connection.recv()))
        except websockets.InvalidStatus as refused:
            if refused.response.status_code != 503:
                self.trouble(f"was refused with {refused.response.status_code}")


class SseClient(Client):
    """Reads from the first event there is, for no word would tell where it joined."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.diary.record.start = BEGINNING

    async def read(self, url: str, most: int) -> None:
        if self.rng.random() < 0.5:
            query, headers = self.query(**self.after()), {}
        else:
            query, headers = self.query(), {"Last-Event-ID": self.after()["after"]}
        timeout = httpx.Timeout(CONNECT_S, read=SILENT_S)
        async with (
            httpx.AsyncClient(timeout=timeout) as http,
            http.stream("GET", f"{url}/api/events/stream?{query}", headers=headers) as answer,
        ):
            if answer.status_code not in (200, 503):
                self.trouble(f"was refused with {answer.status_code}")
            if answer.status_code == 200:
                await self._read(answer.aiter_lines(), most)

    async def _read(self, lines: AsyncIterator[str], most: int) -> None:
        id: str | None = None
        async for line in lines:
            key, _, value = line.partition(": ")
            match key:
                case "id":
                    id = value
                case "data":
                    self.take(json.loads(value), id)
                    id, most = None, most - 1
            if most == 0:
                return


def _id(text: str | None) -> EventId | None:
    return EventId.parse(text) if text else None
