"""Views by name, kept in this browser."""

import pytest
from playwright.async_api import expect

from tests.browser.hostile import TEXTS

FULL = """() => {
    Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }
}"""
DENIED = """Object.defineProperty(window, 'localStorage', {
    get() { throw new DOMException('denied', 'SecurityError') }
})"""


@pytest.fixture
async def server(server):
    """Before the first event there is nothing to view."""
    await server.publish("one", source="billing")
    return server


async def opened(visit):
    await visit.page.locator("#views-button").click()
    menu = visit.page.locator("#views-menu")
    await expect(menu.locator("form")).to_be_visible()
    return menu


async def save(visit, name):
    menu = await opened(visit)
    await menu.get_by_label("Name of this view").fill(name)
    await visit.page.keyboard.press("Enter")
    await expect(menu.locator(".go", has_text=name)).to_be_focused()
    await visit.page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()


async def test_a_view_is_saved_and_gone_to_and_its_range_goes_on_counting_back(server, open_page):
    await server.publish("two", source="other")
    visit = await open_page(f"{server.server.page_url}?sources=billing&time_range=15m")
    await expect(visit.rows).to_have_count(1)
    await save(visit, "billing now")
    another = await open_page(f"{server.server.page_url}?tab=health")

    menu = await opened(another)
    await menu.get_by_text("billing now").click()

    await expect(another.rows).to_have_count(1)
    await expect(another.page.locator("#tab-events")).to_have_attribute("aria-selected", "true")
    await expect(another.page).to_have_url(
        f"{server.server.page_url}?sources=billing&time_range=15m"
    )
    await expect(another.page.locator("#range [data-value='15m']")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert not await another.was_reloaded()
    menu = await opened(another)
    await expect(menu.locator(".go")).to_have_attribute("aria-current", "true")


async def test_a_view_is_replaced_renamed_and_deleted_by_keyboard_alone(server, open_page):
    visit = await open_page(f"{server.server.page_url}?search=one")
    page = visit.page
    await save(visit, "mine")
    await page.locator("#search").fill("two")
    await expect(page).to_have_url(f"{server.server.page_url}?search=two")

    await expect(page.locator("#views-button")).to_be_visible()
    await page.locator("#views-button").focus()
    await page.keyboard.press("Enter")
    menu = page.locator("#views-menu")
    await expect(menu.locator(".go")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await expect(menu.get_by_label("Name of this view")).to_be_focused()
    await page.keyboard.type("mine")
    await expect(menu.get_by_role("button", name="Replace")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(menu.locator(".go")).to_be_focused()
    await expect(menu.locator(".go")).to_have_attribute("aria-current", "true")

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(menu.get_by_label("New name of mine")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu.locator(".go")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("ours")
    await page.keyboard.press("Enter")
    await expect(menu.locator(".go")).to_have_text("ours")

    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(menu.locator(".go")).to_have_count(0)
    await expect(menu.get_by_label("Name of this view")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#views-button")).to_be_focused()
    await page.locator("#toast").get_by_text("Undo").click()
    menu = await opened(visit)
    await expect(menu.locator(".go")).to_have_text("ours")


async def test_names_are_text(server, open_page):
    visit = await open_page(f"{server.server.page_url}?search=one")
    menu = await opened(visit)
    # What is a blank to a browser, and not to Python.
    plain = [text.replace("\ufeff", " ") for text in TEXTS.values()]
    names = sorted({" ".join(text.split())[:60].strip() for text in plain})

    for name in names:
        await menu.get_by_label("Name of this view").fill(name)
        await visit.page.keyboard.press("Enter")

    await expect(menu.locator(".go")).to_have_count(len(names))
    assert sorted(await menu.locator(".go bdi").all_text_contents()) == names
    await menu.get_by_role("button", name="Rename").first.click()
    await visit.page.keyboard.press("Escape")
    await menu.get_by_role("button", name="Delete").first.click()
    await expect(menu.locator(".go")).to_have_count(len(names) - 1)
    assert await visit.page.evaluate("window.ran") is None
    assert visit.hosts == {server.server.url.removeprefix("http://")}


async def test_a_storage_that_is_full_is_told(visit):
    await visit.page.evaluate(FULL)
    menu = await opened(visit)

    await menu.get_by_label("Name of this view").fill("mine")
    await visit.page.keyboard.press("Enter")

    await expect(menu.locator(".field-error")).to_contain_text("is full")


@pytest.mark.parametrize("stored", ["{", "[1, null, {}]", '{"name": "x"}'])
async def test_what_is_no_view_is_left_out(server, open_page, stored):
    visit = await open_page(f"{server.server.page_url}?search=one")
    await visit.page.evaluate("text => localStorage.setItem('views', text)", stored)

    menu = await opened(visit)

    await expect(menu).to_contain_text("None yet")


async def test_a_browser_that_keeps_nothing_is_told(server, context, open_page):
    await context.add_init_script(DENIED)
    visit = await open_page(f"{server.server.page_url}?search=one")

    menu = await opened(visit)

    await expect(menu.locator(".field-error")).to_contain_text("keeps nothing for this page")
