"""The page through nginx, from two dashboards at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Visit
from tests.proxy import Proxy, two_behind_nginx
from tests.waiting import until

RECOVERS_WITHIN_MS = 40_000
PAGES = 3


@pytest.fixture
async def proxy(redis_server, tmp_path) -> AsyncIterator[Proxy]:
    async with two_behind_nginx(tmp_path, redis_server) as proxy:
        yield proxy


@pytest.fixture
async def torn_proxy(redis_server, tmp_path) -> AsyncIterator[Proxy]:
    """Gives each part of a page to another of the two."""
    async with two_behind_nginx(tmp_path, redis_server, torn=True) as proxy:
        yield proxy


@asynccontextmanager
async def visiting(browser: Browser, url: str) -> AsyncIterator[Visit]:
    context = await browser.new_context()
    visit = Visit(await context.new_page())
    visit.page.set_default_timeout(RECOVERS_WITHIN_MS)
    try:
        await visit.go(url)
        yield visit
        assert visit.errors == []
    finally:
        await context.close()


async def shows(visit: Visit, text: str) -> None:
    await expect(visit.cell(0, "text")).to_contain_text(text)
    await expect(visit.page.locator("#chart-hist canvas").first).to_be_visible()


async def test_a_page_is_served_by_one_of_them(proxy, browser):
    async with visiting(browser, f"{proxy.url}/dashboard") as visit:
        await proxy.publish("through nginx")
        await shows(visit, "through nginx")

    await until(lambda: proxy.answered("/dashboard/ws"))
    assert proxy.answered("/dashboard/ws") == proxy.answered("/dashboard")


async def test_below_a_prefix_the_page_is_the_same(proxy, browser):
    async with visiting(browser, f"{proxy.url}/dash/dashboard") as visit:
        await proxy.publish("below a prefix")
        await shows(visit, "below a prefix")


async def test_a_page_works_whose_parts_come_from_both(torn_proxy, browser):
    proxy = torn_proxy
    await proxy.publish("from before")
    for number in range(PAGES):
        async with visiting(browser, f"{proxy.url}/dashboard") as visit:
            await shows(visit, "from before" if number == 0 else f"page {number - 1}")
            await proxy.publish(f"page {number}")
            await shows(visit, f"page {number}")
        await until(lambda: len(proxy.answered("/dashboard/ws")) > number)  # noqa: B023

    one, two = (f"127.0.0.1:{dashboard.port}" for dashboard in proxy.dashboards)
    assert set(proxy.answered("/dashboard")) == {one}
    assert set(proxy.answered("/dashboard/ws")) == {two}


@pytest.mark.timeout(120)
async def test_a_page_goes_on_at_the_other_dashboard_when_its_own_is_killed(proxy, browser):
    async with visiting(browser, f"{proxy.url}/dashboard?search=light") as visit:
        await proxy.publish("first light")
        await shows(visit, "first light")
        (its_own,) = proxy.answered("/dashboard")
        (own,) = [each for each in proxy.dashboards if its_own.endswith(f":{each.port}")]

        await own.kill()
        pill = visit.page.locator("#pill b")
        await expect(pill).to_have_text("Reconnecting", timeout=RECOVERS_WITHIN_MS)
        await proxy.publish("second light")

        newest = visit.cell(0, "text")
        await expect(newest).to_contain_text("second light", timeout=RECOVERS_WITHIN_MS)
        assert not await visit.was_reloaded()
