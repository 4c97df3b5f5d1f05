"""``python -m tests.away``: break Redis in each way, and print when it was said and when over.

Ends with 1 where it took more than 5 s to be said, or more than 2 s after the first PING that would
have been answered to be over.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx
from playwright.async_api import Browser, async_playwright

from tests import provision
from tests.away.look import Look, when
from tests.away.stage import staged, witnessed
from tests.away.ways import WAYS, Way
from tests.fixtures.browser import CHROMIUM_ARGUMENTS

SAID_WITHIN_S = 5.0
OVER_WITHIN_S = 2.0


class Times(NamedTuple):
    """Seconds: until it was said, and after the first answered PING until it was over."""

    health: float
    log: float
    page: float
    health_well: float
    page_well: float

    @property
    def holds(self) -> bool:
        said, over = self[:3], self[3:]
        return max(said) <= SAID_WITHIN_S and max(over) <= OVER_WITHIN_S


async def measured(way: Way, browser: Browser) -> Times:
    """Break Redis once, and put it right once all have said so."""
    with tempfile.TemporaryDirectory(prefix="away-") as name:
        folder = Path(name)
        async with (
            staged(folder) as stage,
            witnessed(folder, stage, browser) as witnesses,
            httpx.AsyncClient() as http,
        ):
            look = Look(stage, witnesses, http)
            way.begin(stage)
            began_s = time.monotonic()
            said = await asyncio.gather(
                when(lambda: look.health_says(way.says), began_s),
                when(lambda: look.log_says(way.says), began_s),
                when(lambda: look.page_says(way.says), began_s),
            )
            way.end(stage)
            await when(look.answers, began_s)
            answered_s = time.monotonic()
            well = await asyncio.gather(
                when(look.health_is_well, answered_s), when(look.page_is_well, answered_s)
            )
            return Times(*said, *well)


async def main(wanted: str) -> bool:
    print("| way | said on /health | log | page | over on /health | page |")
    print("|---|---|---|---|---|---|")
    held = True
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=provision.chromium(), args=CHROMIUM_ARGUMENTS
        )
        for way in WAYS:
            if wanted in way.name:
                times = await measured(way, browser)
                held &= times.holds
                cells = " | ".join(f"{time_s:.1f} s" for time_s in times)
                print(f"| {way.name} | {cells} |{'' if times.holds else ' MISSED'}", flush=True)
        await browser.close()
    return held


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.away", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a part of the name of a way")
    sys.exit(not asyncio.run(main(parser.parse_args().only)))
