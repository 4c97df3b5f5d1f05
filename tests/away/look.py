"""Who says what, when: health, log and page are asked again and again, each with its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import msgspec
from redis import asyncio as redis_asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tests.away.stage import Stage, Witnesses

LIMIT_S = 30.0
LOOK_S = 0.02
_BANNER = "() => { const banner = document.getElementById('banner')\n"
_SHOWN = f"{_BANNER}return banner.hidden ? '' : banner.textContent }}"


async def when(is_so: Callable[[], Awaitable[bool]], since_s: float) -> float:
    """Return how many seconds after ``since_s`` it was so, infinity if it never was."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LIMIT_S):
            while not await is_so():  # noqa: ASYNC110 (other programs)
                await asyncio.sleep(LOOK_S)
            return time.monotonic() - since_s
    return float("inf")


class Look:
    """What each of the witnesses says now."""

    def __init__(self, stage: Stage, witnesses: Witnesses, http: httpx.AsyncClient) -> None:
        self._stage, self._dashboard = stage, witnesses.dashboard
        self._page, self._http = witnesses.page, http
        self._log_from = self._dashboard.log.stat().st_size

    async def health_says(self, text: str) -> bool:
        source = await self._source()
        return source["state"] != "connected" and text in source["reason"]

    async def health_is_well(self) -> bool:
        return bool((await self._source())["state"] == "connected")

    async def log_says(self, text: str) -> bool:
        with self._dashboard.log.open("rb") as log:
            log.seek(self._log_from)
            return text in log.read().decode("utf-8", "replace")

    async def page_says(self, text: str) -> bool:
        return text in str(await self._page.evaluate(_SHOWN))

    async def page_is_well(self) -> bool:
        return await self._page.evaluate(_SHOWN) == ""

    async def answers(self) -> bool:
        """Whether a new client of the same address would get the answer to a PING."""
        client = redis_asyncio.Redis.from_url(
            self._stage.url, socket_timeout=1, protocol=2, retry=Retry(NoBackoff(), 0)
        )
        with suppress(RedisError, OSError):
            async with client:
                return bool(await client.ping())
        return False

    async def _source(self) -> dict[str, Any]:
        answer = await self._http.get(f"{self._dashboard.url}/health")
        source: dict[str, Any] = msgspec.json.decode(answer.content)["source"]
        return {**source, "reason": source.get("reason") or ""}
