"""Simulated agents for a demo, with a past, so that the first look is not an empty one."""

from __future__ import annotations

import time
from itertools import islice
from typing import Final

from dashboard.hub import Hub
from sources.simulator import Simulator

_PAST_S: Final = 900
_PAST_EVENTS: Final = 40_000
_BATCH: Final = 500


async def run_demo(hub: Hub, rate: float) -> None:
    """Publish a quarter of an hour of the past, then ``rate`` events a second until cancelled."""
    simulator = Simulator(rate, publish=hub.publish)
    await hub.source.ready.wait()
    if not len(hub.log):
        now_s = time.time()
        past = simulator.backfill(_PAST_S, now_s, most=_PAST_EVENTS)
        while batch := list(islice(past, _BATCH)):
            await hub.publish(batch)
        hub.rollup.cover(now_s - _PAST_S)
    await simulator.run()
