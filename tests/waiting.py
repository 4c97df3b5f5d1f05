"""Waiting on a condition, with a limit; no test waits for a time to pass."""

import asyncio
from collections.abc import Callable

LIMIT_S = 10.0


async def until(condition: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Let others run until ``condition`` holds.

    Raises
    ------
    TimeoutError
        If it does not within ``limit_s``.
    """
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 (what a test waits for sets no event)
            await asyncio.sleep(0.001)
