"""Simulated agents for a demo, with a past, so that the first look is not an empty one."""

from __future__ import annotations

import time

from dashboard.hub import Hub
from sources.simulator import Simulator


async def run_demo(hub: Hub, rate: float) -> None:
    """Publish a quarter of an hour of the past, then ``rate`` events a second until cancelled."""
    simulator = Simulator(rate, publish=hub.publish)
    if not len(hub.log):
        await hub.publish(list(simulator.backfill(900, time.time())))
    await simulator.run()
