"""Fills the stream: a day's events at their own times, faster than they came about."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

from redis import asyncio as redis_asyncio

STREAM = "events"
DAY = timedelta(hours=24)
_BATCH = 200
_TYPES = ("agent_request", "agent_response", "metrics", "system_health")
_PRIORITIES = ("low", "normal", "normal", "normal", "high")


class Publisher:
    """Adds ``count`` numbered events, trimming to about ``maxlen``; ``ids`` are in their order."""

    def __init__(self, url: str, count: int, maxlen: int, rate: float) -> None:
        self._client = redis_asyncio.Redis.from_url(url, protocol=2)
        self.count, self._maxlen, self._rate = count, maxlen, rate
        self._begin = datetime.now(UTC) - DAY
        self.ids: list[str] = []

    async def add(self, count: int) -> None:
        """Add so many more events, at the pace of the day."""
        began_s, begin, end = time.monotonic(), len(self.ids), len(self.ids) + count
        while (first := len(self.ids)) < end:
            await asyncio.sleep(began_s + (first - begin) / self._rate - time.monotonic())
            await self._add(range(first, min(first + _BATCH, end)))

    async def close(self) -> None:
        await self._client.aclose()

    async def _add(self, numbers: range) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for number in numbers:
                pipeline.xadd(
                    STREAM,
                    {"event": json.dumps(self._event(number))},
                    maxlen=self._maxlen,
                    approximate=True,
                )
            self.ids += [id.decode() for id in await pipeline.execute()]

    def _event(self, number: int) -> dict[str, object]:
        return {
            "event_type": _TYPES[number % len(_TYPES)],
            "source": f"agent-{number % 20}",
            "priority": _PRIORITIES[number % len(_PRIORITIES)],
            "timestamp": (self._begin + DAY * number / self.count).isoformat(),
            "data": {"n": number, "agent": f"agent-{number % 50}", "note": "x" * 80},
        }
