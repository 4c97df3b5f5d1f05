"""Waiting, outside of an event loop, for another program that cannot tell when it is ready."""

from __future__ import annotations

import time
from collections.abc import Iterator


def polls(limit_s: float, every_s: float = 0.02) -> Iterator[None]:
    """Come round every so often until the time is up; whoever waits leaves the loop before."""
    until_s = time.monotonic() + limit_s
    yield
    while time.monotonic() < until_s:
        # Looking without a pause would take the processor from what is waited for.
        time.sleep(every_s)
        yield
