"""Filtering many events without holding up the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from sources.filters import Matcher
from sources.log import Entry

_PART: Final = 32
_TURN_S: Final = 0.005


async def scan(matcher: Matcher, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that pass, all judged at one moment; gives way every 5 ms or so.

    The text of an event is built when it is first searched, so that some parts take far longer
    than others.
    """
    found: list[Entry] = []
    now_ns = time.time_ns()
    turn_s = time.perf_counter()
    for first in range(0, len(entries), _PART):
        found += matcher.select(entries[first : first + _PART], now_ns)
        if time.perf_counter() - turn_s > _TURN_S:
            await asyncio.sleep(0)
            turn_s = time.perf_counter()
    return found
