"""What there is to see, and how the page comes to show it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from playwright.async_api import Page, expect

from tests.browser.states import open_export, open_views

WIDTHS: Final = (1440, 820, 390)
BUSY_RATE: Final = re.compile(r"^(9\d\d|1,[01]\d\d) events/s$")
Show = Callable[[Page], Awaitable[None]]


async def as_it_opens(page: Page) -> None:
    """Show what a page shows by itself."""


async def empty(page: Page) -> None:
    await expect(page.locator("#empty")).to_be_visible()


async def event(page: Page) -> None:
    await page.locator("#events .ev:not([hidden])").first.click()
    await expect(page.locator("#drawer .trace li").first).to_be_visible()


async def types(page: Page) -> None:
    await page.locator("#types-button").click()
    await expect(page.locator("#types-menu .option").nth(1)).to_be_visible()


async def sources(page: Page) -> None:
    await page.locator("#sources-button").click()
    await expect(page.locator("#sources-menu .option").nth(20)).to_be_attached()


async def search_help(page: Page) -> None:
    await page.locator("[popovertarget=syntax]").click()
    await expect(page.locator("#syntax")).to_be_visible()


async def keys(page: Page) -> None:
    await page.keyboard.press("?")
    await expect(page.locator("#keys-dialog")).to_be_visible()


async def test_event(page: Page) -> None:
    if not await page.locator("[data-act=test]:visible").count():
        await page.locator("[popovertarget=more-menu]").click()
    await page.locator("[data-act=test]:visible").first.click()
    await expect(page.locator("#test-dialog form")).to_be_visible()


async def details(page: Page) -> None:
    await page.locator("#pill").click()
    await expect(page.locator("#pill-menu")).to_contain_text("rows painted", timeout=20_000)


async def filters(page: Page) -> None:
    await page.locator("#sheet-button").click()
    await expect(page.locator("#sheet .pick").first).to_be_visible()


async def all_sources(page: Page) -> None:
    await filters(page)
    await page.locator("#sheet .pick", has_text="more").last.click()
    await page.locator("#sheet section").last.scroll_into_view_if_needed()


async def nothing_matches(page: Page) -> None:
    await expect(page.locator("#nomatch")).to_be_visible()
    await page.wait_for_timeout(700)


async def paused(page: Page) -> None:
    await page.locator("#pause").click()
    await expect(page.locator("#pill em")).to_have_text(re.compile(r"^1\d\d new$"), timeout=20_000)


async def brush(page: Page) -> None:
    """Leave the button down, so that the band stays."""
    await drag(page, 0.55, 0.75)


async def zoomed(page: Page) -> None:
    await drag(page, 0.8, 0.99)
    await page.mouse.up()
    await expect(page.locator("#chips .chip")).to_contain_text("time")
    await page.mouse.move(4, 4)


async def drag(page: Page, start: float, end: float) -> None:
    """Press the histogram at one part of its width and go to another."""
    box = await page.locator("#chart-hist").bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + start * box["width"], height)
    await page.mouse.down()
    await page.mouse.move(box["x"] + end * box["width"], height, steps=8)


async def overloaded(page: Page) -> None:
    # The past that the agents come with is published at once, which is no rate to show.
    await expect(page.locator("#pill em")).to_have_text(BUSY_RATE, timeout=30_000)
    await expect(page.locator("#overload")).to_be_visible(timeout=20_000)


async def gap(page: Page) -> None:
    await page.wait_for_timeout(1500)
    # On a phone the table begins near the end of the screen, and only what is near is drawn.
    await page.locator("#events").evaluate("node => node.scrollIntoView()")
    await expect(page.locator(".ev-break[data-kind=gap]:not([hidden])")).to_be_visible()


async def unreachable(page: Page) -> None:
    await expect(page.locator("#pill b")).to_have_text("Source unreachable", timeout=20_000)


async def reconnecting(page: Page) -> None:
    await expect(page.locator("#pill b")).to_have_text("Reconnecting", timeout=20_000)


class View(NamedTuple):
    """``says`` is what the index tells of it; ``query`` is the end of its address."""

    name: str
    says: str
    show: Show = as_it_opens
    query: str = ""
    widths: tuple[int, ...] = WIDTHS


RECENT = "?time_range=15m"
FAILURES = f"{RECENT}&event_types=agent_error"

EMPTY: Final = (View("empty", "No event yet: how to publish the first one", empty),)
DAY: Final = (
    View("events", "The live table, its filters, its histogram", query=RECENT),
    View("event", "An event beside the table: its trace, its data", event, FAILURES),
    View("open-request", "A request that is not answered yet", event,
         f"{RECENT}&search=approve_refund"),
    View("analytics", "Analytics", query=f"{RECENT}&tab=analytics"),
    View("agents", "Agents", query=f"{RECENT}&tab=agents"),
    View("health", "Health, with clients and rejected entries", query="?tab=health"),
    View("types", "The menu of types, with live counts", types, RECENT, (1440, 820)),
    View("filters", "The filters of a phone", filters, FAILURES, (390,)),
    View("search-help", "Help on the search", search_help, RECENT),
    View("nothing-matches", "Nothing matches: what to loosen", nothing_matches,
         f"{RECENT}&search=unheard&sources=billing_agent&priority=critical"),
    View("brush", "Dragging over the histogram", brush, RECENT, (1440, 820)),
    View("zoomed", "The range that was dragged over", zoomed, RECENT, (1440, 820)),
    View("export", "Export of what is filtered", open_export, RECENT),
    View("views", "Views by name, kept in this browser", open_views, RECENT),
    View("details", "How soon this very browser shows an event", details, RECENT),
    View("keys", "The keys", keys, RECENT, (1440,)),
    View("test-event", "A test event, and what it is to say", test_event, RECENT),
    View("paused", "Paused: what came meanwhile is counted", paused, RECENT),
)  # fmt: skip
BUSY: Final = (
    View("busy", "1000 events a second: the newest are shown, all are counted", overloaded, RECENT),
)
MANY: Final = (
    View(
        "many-sources", "500 sources, in a list that can be narrowed", sources, widths=(1440, 820)
    ),
    View("many-sources", "500 sources, in a list that can be narrowed", all_sources, widths=(390,)),
)
NAMES: Final = (View("names", "Long names, right to left, emoji", event),)
AWAY: Final = View(
    "unreachable", "The source is away: since when, and what still works", unreachable, RECENT
)
LOST: Final = View("reconnecting", "The server is away", reconnecting, RECENT)
GAP: Final = View("gap", "Events that are no longer retained, told where they would stand", gap)
