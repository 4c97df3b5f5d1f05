"""A client that follows the whole day: it gets each event, or is told a gap that holds it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import websockets

_AGAIN_S = 0.2
_FAULTS = (OSError, TimeoutError, websockets.WebSocketException)


class Gap(msgspec.Struct):
    """What was told, and how many were really missing before the next event."""

    after: str
    resumed_from: str | None
    missed: int | None
    missing: int = 0


class Follower:
    """Reads over one connection after the other; ``got`` holds the id of each event that came."""

    def __init__(self, url: str, count: int) -> None:
        self._address = f"ws{url.removeprefix('http')}/ws/follower?ids=true"
        self.got: list[str | None] = [None] * count
        self.last = -1
        self.gaps: list[Gap] = []
        self.faults: list[str] = []
        self.connections = 0
        self._told: list[Gap] = []

    async def run(self) -> None:
        while True:
            with suppress(*_FAULTS):
                await self._read()
            await asyncio.sleep(_AGAIN_S)

    async def arrived(self, number: int) -> None:
        """Wait until the event of this number is there."""
        while self.last < number:  # noqa: ASYNC110 (another task reads)
            await asyncio.sleep(0.05)

    @property
    def received(self) -> int:
        return sum(id is not None for id in self.got)

    async def _read(self) -> None:
        # Of the day's begin nothing is to be lost, also where the first connection is a late one.
        after = "0-0" if self.last < 0 else self.got[self.last]
        address = f"{self._address}&after={after}"
        async with websockets.connect(
            address, compression=None, max_size=None, proxy=None
        ) as connection:
            self.connections += 1
            self._told = []
            while True:
                self._take(msgspec.json.decode(await connection.recv()))

    def _take(self, message: dict[str, Any]) -> None:
        if message["source"] == "dashboard":
            said = message["data"]
            if said["status"] == "gap":
                self._told.append(Gap(said["after"], said["resumed_from"], said["missed"]))
            return
        number, id = message["data"]["n"], message["id"]
        self._judge(number, id)
        self.last, self.got[number] = number, id

    def _judge(self, number: int, id: str) -> None:
        missing = number - self.last - 1
        if missing < 0:
            self.faults.append(f"event {number} came after event {self.last}")
        elif not self._told:
            if missing:
                self.faults.append(f"{missing} before event {number} are missing, and not told")
        else:
            self._judge_gaps(missing, id)

    def _judge_gaps(self, missing: int, id: str) -> None:
        told, self._told = self._told, []
        told[-1].missing = missing
        self.gaps += told
        sizes = [gap.missed for gap in told if gap.missed is not None]
        if len(sizes) == len(told) and sum(sizes) != missing:
            self.faults.append(f"{sum(sizes)} were told before {id}, {missing} are missing")
        last = self.got[self.last] if self.last >= 0 else "0-0"
        if told[0].after != last:
            self.faults.append(f"a gap was told after {told[0].after} behind {last}")
        if told[-1].resumed_from not in (id, None):
            self.faults.append(f"a gap that ends at {told[-1].resumed_from} ends at {id}")
