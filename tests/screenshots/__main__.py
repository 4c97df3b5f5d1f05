"""``python -m tests.screenshots [state ...]``: take all pictures anew, or those of these states."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from playwright.async_api import Page, async_playwright, expect

from tests import provision
from tests.fixtures.browser import CHROMIUM_ARGUMENTS
from tests.fixtures.server import Running
from tests.screenshots import index, stages, views
from tests.screenshots.camera import FOLDER, Camera
from tests.screenshots.views import View

SCENES = (*views.BUSY, *views.DAY, *views.EMPTY, *views.NAMES, *views.MANY)
ALL = (*SCENES, views.GAP, views.AWAY, views.LOST)
LIVE_MS = 20_000
SETTLED_MS = 1200


Change = Callable[[], Awaitable[None]]


class Session:
    """Takes the pictures of one run, whose states ``wanted`` names; all where it names none."""

    def __init__(self, camera: Camera, wanted: Sequence[str]) -> None:
        self.camera, self.wanted = camera, wanted

    def chosen(self, all_views: Sequence[View]) -> list[View]:
        return [view for view in all_views if not self.wanted or view.name in self.wanted]

    async def open(self, server: Running, view: View, width: int) -> Page:
        page = await self.camera.page(width)
        await page.goto(server.server.page_url + view.query)
        await expect(page.locator("#pill b")).to_have_text("Live", timeout=LIVE_MS)
        await page.wait_for_timeout(SETTLED_MS)
        return page

    async def take(self, server: Running, all_views: Sequence[View]) -> None:
        for view in self.chosen(all_views):
            for width in view.widths:
                page = await self.open(server, view, width)
                await view.show(page)
                await self.camera.take(page, view.name, width)
                await page.context.close()
                print(f"{view.name} {width}", flush=True)

    async def take_after(self, server: Running, view: View, change: Change) -> None:
        """Open all pages first, for what they show is how something changes."""
        pages = {width: await self.open(server, view, width) for width in view.widths}
        await change()
        # Each before any is taken, since what is to be seen may not last.
        await asyncio.gather(*map(view.show, pages.values()))
        for width, page in pages.items():
            await self.camera.take(page, view.name, width)
            await page.context.close()
            print(f"{view.name} {width}", flush=True)

    async def run(self) -> None:
        for stage, of_stage in (
            (stages.quiet, views.EMPTY),
            (stages.strange_names, views.NAMES),
            (stages.many_sources, views.MANY),
            (stages.a_day, views.DAY),
            (stages.busy, views.BUSY),
        ):
            if self.chosen(of_stage):
                async with stage() as server:
                    await self.take(server, of_stage)
        if self.chosen([views.GAP]):
            async with stages.trimmed() as (server, redis):
                await self.take_after(server, views.GAP, later(stages.trim, redis))
        if self.chosen([views.AWAY]):
            async with stages.away() as (server, redis):
                await self.take_after(server, views.AWAY, later(redis.kill))
        if self.chosen([views.LOST]):
            async with stages.simulated() as server:
                await self.take_after(server, views.LOST, server.server.stop)


def later(change: Callable[..., None], *arguments: object) -> Change:
    async def run() -> None:
        change(*arguments)

    return run


async def main(wanted: Sequence[str]) -> None:
    provision.fonts()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not wanted:
        for old in FOLDER.glob("*.png"):
            old.unlink()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=provision.chromium(), args=CHROMIUM_ARGUMENTS
        )
        await Session(Camera(browser), wanted).run()
        await browser.close()
    index.write(ALL)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
