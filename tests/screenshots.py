"""Takes the pictures in docs/screenshots: ``python -m tests.screenshots``.

A server with simulated agents, a few clients, and a real Chromium; every view at three widths and
in both themes.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import websockets
from playwright.async_api import Browser, Page, async_playwright, expect

from dashboard.demo import run_demo
from dashboard.server import Server
from dashboard.settings import Settings
from tests.fixtures.browser import CHROMIUM_ARGUMENTS
from tests.provision import chromium

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES = {1440: 900, 820: 1180, 390: 844}
THEMES = ("light", "dark")
VIEWS = ("events", "event", "analytics", "agents", "health", "empty")
CLIENTS = {
    "billing-audit": "?sources=billing_agent",
    "ops-wallboard": "",
    "qa-canary": "?search=qa",
}
# The samples of Health come every 5 s, and a chart wants more than one of them.
SETTLE_S = 16


async def take(browser: Browser, server: Server, view: str, width: int, theme: str) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(f"{server.page_url}{address(view)}")
    await expect(page.locator("#pill b")).to_have_text("Live")
    await shown(page, view)
    await page.wait_for_timeout(1500)
    await page.screenshot(path=FOLDER / f"{view}-{width}-{theme}.png")
    await context.close()


def address(view: str) -> str:
    if view == "events":
        return "?time_range=15m"
    if view == "event":
        return "?time_range=15m&event_types=agent_error&event_types=alerts"
    return "" if view == "empty" else f"?tab={view}&time_range=15m"


async def shown(page: Page, view: str) -> None:
    """Bring the page to what is to be seen."""
    if view == "empty":
        await expect(page.get_by_text("No events yet")).to_be_visible()
    elif view == "event":
        await page.locator("#events .ev:not([hidden])").first.click()
        await expect(page.locator("#drawer")).to_be_visible()


async def listen(url: str) -> None:
    async with websockets.connect(url, proxy=None) as socket:
        async for _ in socket:
            pass


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=CHROMIUM_ARGUMENTS
        )
        async with Server(Settings(port=0)) as server:
            for width in SIZES:
                for theme in THEMES:
                    await take(browser, server, "empty", width, theme)
        async with Server(Settings(port=0)) as server:
            base = server.url.replace("http", "ws")
            tasks = [asyncio.create_task(run_demo(server.hub, 42))]
            await asyncio.sleep(2)
            for name, query in CLIENTS.items():
                tasks.append(asyncio.create_task(listen(f"{base}/ws/{name}{query}")))
            await asyncio.sleep(SETTLE_S)
            for view in VIEWS[:-1]:
                for width in SIZES:
                    for theme in THEMES:
                        await take(browser, server, view, width, theme)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
