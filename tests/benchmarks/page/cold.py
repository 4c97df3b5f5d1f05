"""A first visit: what is sent, and when something and the first rows are to be seen."""

from __future__ import annotations

import gzip
import statistics
from collections.abc import Callable
from typing import Final

from playwright.async_api import Browser, Response

from tests.benchmarks.effort import Effort
from tests.benchmarks.page.chromium import browsing, opened
from tests.benchmarks.page.document import Figure, absences, checks, comparison, failure
from tests.benchmarks.page.subject import OURS, PEERS, Peer, running
from tests.benchmarks.report import Section

RATE: Final = 100
ASSETS: Final = ("document", "script", "stylesheet", "font", "image", "other", "fetch")
PACKED: Final = ("font", "image")
FIRST_CONTENT: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"


class Visit:
    """One load: what came, by address, and the two times."""

    def __init__(self) -> None:
        self.bytes: dict[str, int] = {}
        self.content_s = self.rows_s = 0.0

    async def weigh(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.ok and kind in ASSETS:
            body = await response.body()
            # As everyone could send it, whether this server does or not.
            self.bytes[response.url] = len(body if kind in PACKED else gzip.compress(body))


async def measure(effort: Effort) -> Section:
    loads = 7 if effort.is_full else 3
    visits: dict[str, list[Visit]] = {peer.name: [] for peer in PEERS if peer.absent is None}
    failed: dict[str, str] = {}
    async with browsing() as browser:
        for number in range(loads):
            effort.quiet.look()
            effort.say(f"first visit {number + 1} of {loads}")
            for peer in PEERS:
                if peer.absent is not None:
                    continue
                try:
                    visits[peer.name].append(await _first_visit(browser, peer))
                except Exception as error:
                    if peer is OURS:
                        raise
                    failed[peer.name] = failure(peer, error)

    def median(of: Callable[[Visit], float]) -> dict[str, float | None]:
        return {name: statistics.median(map(of, found)) for name, found in visits.items() if found}

    figures = [
        Figure("assets, gzip", "kB", median(lambda visit: sum(visit.bytes.values()) / 1000), 450),
        Figure("requests", "", median(lambda visit: len(visit.bytes))),
        Figure("first content", "s", median(lambda visit: visit.content_s), 0.8),
        Figure("first rows", "s", median(lambda visit: visit.rows_s), 1.2),
    ]
    says = (
        f"Nothing cached, 1000 events there and {RATE} more a second; medians of {loads} loads, "
        f"everyone in turn, each with a server that has shown one page before.{absences()}"
        f"{''.join(failed.values())}"
    )
    return Section("A first visit", says, [comparison(figures)], checks(figures))


async def _first_visit(browser: Browser, peer: Peer) -> Visit:
    async with running(peer, rate=RATE, filled=1000) as server:
        await _visit(browser, peer, server.url)  # the first page of a process imports
        return await _visit(browser, peer, server.url)


async def _visit(browser: Browser, peer: Peer, url: str) -> Visit:
    seen = Visit()
    async with opened(browser, peer, url, on_response=seen.weigh) as tab:
        seen.rows_s = await tab.rows_painted_ms() / 1000
        await tab.page.wait_for_load_state("load")
        seen.content_s = await tab.page.evaluate(FIRST_CONTENT) / 1000
    return seen
