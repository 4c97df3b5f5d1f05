"""The states of the page that a few events are enough for, and how a reader comes to each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from playwright.async_api import Page, expect

from tests.fixtures.server import Running

WIDE: Final = 1440
PHONE: Final = 390
HEIGHTS: Final = {WIDE: 900, 820: 1180, PHONE: 844}

ASKED: Final = {"agent": "billing", "action": "charge", "correlation_id": "c-7f3a91e2"}
VIEWS: Final = """[
    {"name": "errors", "search": "event_types=agent_error"},
    {"name": "slow answers", "search": "search=slow&time_range=15m"},
    {"name": "all", "search": ""}
]"""
FAILED: Final = {"duration_ms": 30_000, "error": {"kind": "Timeout", "retryable": False}}
EVENTS: Final[tuple[tuple[str, str, str, dict[str, object]], ...]] = (
    ("metrics", "gateway", "low", {"queue_depth": 12, "requests_s": 31.5}),
    ("system_health", "k8s_watch", "normal", {"message": "2 of 2 pods ready"}),
    ("custom.step", "orchestrator", "low", {"name": "planned", "steps": [1, 2, {"at": None}]}),
    ("test", "tester", "normal", {"text": "a test"}),
    ("agent_request", "orchestrator", "normal", {**ASKED}),
    ("alerts", "watchdog", "high", {"agent": "billing", "message": "error rate 6.2 %"}),
    ("agent_error", "billing", "critical", {**ASKED, **FAILED, "lines": list(range(60))}),
    ("agent_response", "qa", "normal", {"agent": "qa", "action": "run", "duration_ms": 8420}),
)


async def publish_examples(server: Running) -> list[str]:
    """Publish one event of each kind; returns their ids."""
    ids: list[str] = []
    for kind, source, priority, data in EVENTS:
        ids += await server.publish(
            "", event_type=kind, source=source, priority=priority, data=data
        )
    return ids


async def _events(page: Page, server: Running) -> None:
    await expect(page.locator("#events .ev:not([hidden])")).to_have_count(len(EVENTS))


async def _event(page: Page, server: Running) -> None:
    await page.locator("#events .ev", has_text="charge").first.click()
    await expect(page.locator("#drawer .trace li").nth(1)).to_be_visible()


async def _raw(page: Page, server: Running) -> None:
    await _event(page, server)
    await page.locator("#drawer .seg [data-value=raw]").click()
    await expect(page.locator("#drawer pre.json")).to_be_visible()


async def _types(page: Page, server: Running) -> None:
    await page.locator("#types-button").click()
    await expect(page.locator("#types-menu .option").first).to_be_visible()


async def _sources(page: Page, server: Running) -> None:
    await page.locator("#sources-button").click()
    await expect(page.locator("#sources-menu .option").first).to_be_visible()


async def _range(page: Page, server: Running) -> None:
    await page.locator("#range [data-value=custom]").click()
    await expect(page.locator("#range-menu")).to_be_visible()


async def _syntax(page: Page, server: Running) -> None:
    await page.locator("[popovertarget=syntax]").click()
    await expect(page.locator("#syntax")).to_be_visible()


async def _fault(page: Page, server: Running) -> None:
    await page.locator("#search").fill("x" * 1025)
    await expect(page.locator("#search-error")).to_be_visible()


async def _filtered(page: Page, server: Running) -> None:
    await page.locator("#search").fill('charge -"run suite"')
    await expect(page.locator("#chips .chip")).to_have_count(2)
    await expect(page.locator("#matched")).to_contain_text(f"2 of {len(EVENTS)}")


async def _nothing_matches(page: Page, server: Running) -> None:
    await page.locator("#search").fill("unheard")
    await expect(page.locator("#nomatch")).to_be_visible()


async def _paused(page: Page, server: Running) -> None:
    await page.locator("#pause").click()
    await server.publish_many(3)
    await expect(page.locator("#newbar")).to_contain_text("3 new events")


async def _keys(page: Page, server: Running) -> None:
    await page.keyboard.press("?")
    await expect(page.locator("#keys-dialog")).to_be_visible()


async def _connection(page: Page, server: Running) -> None:
    await page.locator("#pill").click()
    await expect(page.locator("#pill-menu .figures")).to_be_visible()


async def _test_event(page: Page, server: Running) -> None:
    await page.locator("[data-act=test]:visible").first.click()
    await expect(page.locator("#test-dialog form")).to_be_visible()


async def _test_event_fault(page: Page, server: Running) -> None:
    await _test_event(page, server)
    await page.locator("#test-dialog [name=data]").fill("{no json")
    await page.locator("#test-dialog [type=submit]").click()
    await expect(page.locator("#test-error-data")).to_be_visible()


async def from_menu(page: Page, name: str) -> None:
    """Press a button of the bar, which on a phone is one of the menu there."""
    if await page.locator(f"#{name}-button").is_visible():
        await page.locator(f"#{name}-button").click()
    else:
        await page.locator("[popovertarget=more-menu]").click()
        await page.locator(f"#more-menu [data-act={name}]").click()


async def open_export(page: Page) -> None:
    await from_menu(page, "export")
    await expect(page.locator("#export-menu .choices button").first).to_be_focused()


async def _export(page: Page, server: Running) -> None:
    await open_export(page)


async def open_views(page: Page) -> None:
    await page.evaluate("text => localStorage.setItem('views', text)", VIEWS)
    await from_menu(page, "views")
    await expect(page.locator("#views-menu .go").first).to_be_focused()


async def _views(page: Page, server: Running) -> None:
    await open_views(page)


async def _views_fault(page: Page, server: Running) -> None:
    await open_views(page)
    await page.locator("#views-menu").get_by_label("Rename errors").click()
    await page.locator("#views-menu li input").fill("slow answers")
    await page.keyboard.press("Enter")
    await expect(page.locator("#views-menu .field-error")).to_be_visible()


async def _more(page: Page, server: Running) -> None:
    await page.locator("[popovertarget=more-menu]").click()
    await expect(page.locator("#more-menu")).to_be_visible()


async def _sheet(page: Page, server: Running) -> None:
    await page.locator("#sheet-button").click()
    await expect(page.locator("#sheet .pick").first).to_be_visible()


def _tab(name: str, shows: str) -> Arrange:
    async def arrange(page: Page, server: Running) -> None:
        await page.locator(f"#tab-{name}").click()
        await expect(page.locator(shows).first).to_be_visible()

    return arrange


Arrange = Callable[[Page, Running], Awaitable[None]]


class State(NamedTuple):
    arrange: Arrange
    widths: tuple[int, ...] = (WIDE, PHONE)


STATES: Final = {
    "events": State(_events),
    "event": State(_event),
    "event-raw": State(_raw, (WIDE,)),
    "types": State(_types, (WIDE,)),
    "sources": State(_sources, (WIDE,)),
    "range": State(_range, (WIDE,)),
    "search-help": State(_syntax),
    "search-fault": State(_fault, (WIDE,)),
    "filtered": State(_filtered),
    "nothing-matches": State(_nothing_matches),
    "paused": State(_paused),
    "keys": State(_keys, (WIDE,)),
    "connection": State(_connection),
    "test-event": State(_test_event, (WIDE,)),
    "test-event-fault": State(_test_event_fault, (WIDE,)),
    "export": State(_export),
    "views": State(_views),
    "views-fault": State(_views_fault, (WIDE,)),
    "more": State(_more, (PHONE,)),
    "filters": State(_sheet, (PHONE,)),
    "analytics": State(_tab("analytics", "#source-bars button")),
    "agents": State(_tab("agents", "#agent-rows tr")),
    "health": State(_tab("health", "#checks .is")),
}
