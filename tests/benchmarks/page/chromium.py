"""A real Chromium, and what it can say about a page: its own clocks, not those of the bench."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Page,
    Response,
    async_playwright,
)

from tests.benchmarks.page.subject import DEEP, Peer
from tests.fixtures.browser import CHROMIUM_ARGUMENTS
from tests.provision import chromium

OnResponse = Callable[[Response], Awaitable[None]]
VIEWPORT = {"width": 1440, "height": 900}
WAIT_MS = 60_000

# When the first row was on the screen: the frame after the one in which it was found.
WATCH = """
(() => {
  window.bench = { longtasks: [], rows: null }
  new PerformanceObserver(list => {
    const { longtasks } = window.bench
    for (const { startTime, duration } of list.getEntries()) longtasks.push([startTime, duration])
  }).observe({ type: 'longtask', buffered: true })
  const deep = %s
  const look = () => {
    const seen = () => { window.bench.rows = performance.now() }
    requestAnimationFrame(document.body && deep(%r) ? seen : look)
  }
  look()
})()
"""


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium()),
            args=[*CHROMIUM_ARGUMENTS, "--js-flags=--expose-gc", "--enable-precise-memory-info"],
        )
        try:
            yield browser
        finally:
            await browser.close()


class Tab:
    """A page of a fresh context: nothing is cached."""

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self.page, self.cdp = page, cdp

    async def metrics(self) -> dict[str, float]:
        """Return Chromium's own counters of this page, seconds since it began."""
        answer = await self.cdp.send("Performance.getMetrics")
        return {entry["name"]: entry["value"] for entry in answer["metrics"]}

    async def memory(self) -> tuple[float, float]:
        """Return the heap in MB and the DOM nodes, of what is still in use."""
        for _ in range(2):
            await self.cdp.send("HeapProfiler.collectGarbage")
        metrics = await self.metrics()
        return metrics["JSHeapUsedSize"] / 1e6, metrics["Nodes"]

    async def rows_painted_ms(self) -> float:
        await self.page.wait_for_function("() => window.bench.rows !== null", timeout=WAIT_MS)
        painted: float = await self.page.evaluate("window.bench.rows")
        return painted

    async def now_ms(self) -> float:
        now: float = await self.page.evaluate("performance.now()")
        return now

    async def longest_task_ms(self, after_ms: float, before_ms: float) -> float:
        """Return the longest task of those that began between two times; 0 where all were short."""
        found: float = await self.page.evaluate(
            """([after, before]) => Math.max(0, ...bench.longtasks
              .filter(([began]) => began >= after && began < before).map(([, took]) => took))""",
            [after_ms, before_ms],
        )
        return found


@asynccontextmanager
async def opened(
    browser: Browser, peer: Peer, url: str, on_response: OnResponse | None = None
) -> AsyncIterator[Tab]:
    context: BrowserContext = await browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
    try:
        page = await context.new_page()
        await page.add_init_script(WATCH % (DEEP, peer.row))
        if on_response is not None:
            page.on("response", on_response)
        cdp = await context.new_cdp_session(page)
        # CPU time of the thread: what others take of the machine is no work of the page.
        await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.goto(url, wait_until="commit")
        yield Tab(page, cdp)
    finally:
        await context.close()


async def centre_of(tab: Tab, peer: Peer) -> tuple[float, float]:
    """Return where the table is on the screen."""
    box: dict[str, Any] = await tab.page.evaluate(
        f"(({DEEP})({peer.table!r})).getBoundingClientRect().toJSON()"
    )
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"], VIEWPORT["height"]) / 2


async def worst_frame_ms(tab: Tab, peer: Peer, seconds: float) -> float:
    """Scroll by the wheel for a while; returns the longest time between two frames."""
    await tab.page.mouse.move(*await centre_of(tab, peer))
    await tab.page.evaluate(
        """() => {
          bench.frames = []
          let last = performance.now()
          const note = now => {
            bench.frames.push(now - last)
            last = now
            bench.noting = requestAnimationFrame(note)
          }
          bench.noting = requestAnimationFrame(note)
        }"""
    )
    loop = asyncio.get_running_loop()
    end_s, down = loop.time() + seconds, 0
    while loop.time() < end_s:
        down += 1
        await tab.page.mouse.wheel(0, 240 if down % 40 < 20 else -240)
        await asyncio.sleep(0.03)
    worst: float = await tab.page.evaluate(
        "() => { cancelAnimationFrame(bench.noting); return Math.max(...bench.frames.slice(1)) }"
    )
    return worst
