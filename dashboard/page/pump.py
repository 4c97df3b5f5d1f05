"""Pushes to one page what is new, a few times a second, as long as someone looks at it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

PERIOD_S: Final = 0.2
IDLE_PERIOD_S: Final = 1.0
PAUSE_AFTER_FAULT_S: Final = 5.0
_GOLDEN: Final = 0.618

logger = logging.getLogger("dashboard.page")
_order = itertools.count()


class Pump:
    """One task for each page, never one for all: a browser that stops reading holds up itself.

    ``tick`` is awaited once a period, and at once after `wake`; it returns whether anyone looks.
    """

    def __init__(self, tick: Callable[[], Awaitable[bool]]) -> None:
        self._tick = tick
        # Pumps that all tick at once would hold up every other reader for the sum of them.
        self._offset_s = next(_order) * _GOLDEN % 1 * PERIOD_S
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="page pump")

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def pause(self, seconds: float) -> None:
        """Wait in the midst of a tick, till `wake` asks for the next at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _run(self) -> None:
        looked_at = True
        while True:
            await self._wait(self._until_next() if looked_at else IDLE_PERIOD_S)
            try:
                looked_at = await self._tick()
            except Exception:
                logger.exception("a page could not be brought up to date")
                await asyncio.sleep(PAUSE_AFTER_FAULT_S)

    async def _wait(self, timeout_s: float) -> None:
        await self.pause(timeout_s)
        self._woken.clear()

    def _until_next(self) -> float:
        return PERIOD_S - (time.monotonic() - self._offset_s) % PERIOD_S
