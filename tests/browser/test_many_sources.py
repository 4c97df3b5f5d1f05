"""Hundreds of sources, some with names that a page is not made for: found, chosen and counted."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.states import HEIGHTS, PHONE

LONG = "a_very_long_name_" * 7 + "end"
ODD = (LONG, "وكيل_الفواتير", "👩‍👩‍👧‍👦_family", "caf\N{LATIN SMALL LETTER E WITH ACUTE}_agent")
MANY = 500

# Each source shows its name in the frame in which its menu opens, inside of the menu.
_OUTSIDE = """() => {
    const menu = document.getElementById('sources-menu').getBoundingClientRect()
    return [...document.querySelectorAll('#sources-menu .option')]
        .filter(node => !node.hidden && node.checkVisibility({contentVisibilityAuto: true}))
        .map(node => [node.textContent, node.querySelector('.n').getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.left < menu.left || box.right > menu.right))
        .map(([text]) => text)
}"""


@pytest.fixture
async def visit(server, open_page):
    names = [*ODD, *(f"worker_{n:03}" for n in range(MANY - len(ODD)))]
    events = [
        {"event_type": "test", "source": name, "data": {"text": f"from {name}"}} for name in names
    ]
    answer = await server.http.post("/api/events", json=events)
    assert answer.status_code == 202
    opened = await open_page(server.server.page_url)
    await expect(opened.page.locator("#matched")).to_contain_text(f"{MANY} of {MANY}")
    return opened


async def test_all_are_in_the_menu_and_one_is_found_by_typing(visit):
    page = visit.page
    menu = page.locator("#sources-menu")
    await page.locator("#sources-button").click()
    await expect(menu.locator(".option")).to_have_count(MANY)
    await expect(menu.locator(".menu-filter")).to_be_focused()

    await page.keyboard.type("WORKER_07")
    await expect(menu.locator(".option:not([hidden])")).to_have_count(10)
    await expect(menu.get_by_role("status")).to_have_text(f"10 of {MANY}")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("o")

    await expect(page.locator("#chips .chip")).to_contain_text("worker_071")
    await expect(page).to_have_url(re.compile(r"\?sources=worker_071$"))


async def test_esc_takes_the_text_away_and_then_the_menu(visit):
    page = visit.page
    menu = page.locator("#sources-menu")
    await page.locator("#sources-button").click()
    await page.keyboard.type("worker_1")
    await page.keyboard.press("ArrowDown")

    await page.keyboard.press("Escape")
    await expect(menu).to_be_visible()
    await expect(menu.locator(".menu-filter")).to_have_value("")
    await expect(menu.locator(".menu-filter")).to_be_focused()

    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(page.locator("#sources-button")).to_be_focused()


async def test_the_chosen_stand_first_and_their_counts_are_live(visit, server):
    page = visit.page
    button, menu = page.locator("#sources-button"), page.locator("#sources-menu")
    await button.click()
    await expect(menu.locator(".menu-filter")).to_be_focused()
    await page.keyboard.type("worker_49")
    await expect(menu.locator(".option:not([hidden])")).to_have_count(6)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(button.locator(".count")).to_have_text(f"6 of {MANY}")

    await button.click()
    first = menu.locator(".option").first
    await expect(first.locator("bdi")).to_have_text("worker_490")
    await expect(menu.locator("[aria-selected=true]")).to_have_count(6)
    await expect(first.locator(".n")).to_have_text("1")
    await server.publish("more", "and more", source="worker_490")

    await expect(first.locator(".n")).to_have_text("3")


async def test_odd_names_stay_in_their_lines(visit):
    page = visit.page
    menu = page.locator("#sources-menu")
    await page.locator("#sources-button").click()
    assert await page.evaluate(_OUTSIDE) == []

    for typed, name in (("end", LONG), ("فواتير", ODD[1]), ("👩‍👩‍👧‍👦", ODD[2]), ("CAFÉ", ODD[3])):
        await menu.locator(".menu-filter").fill(typed)
        await expect(menu.locator(".option:not([hidden]) bdi")).to_have_text([name])
        assert await page.evaluate(_OUTSIDE) == []


async def test_on_the_phone_they_are_narrowed_in_the_sheet(visit):
    page = visit.page
    await page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    await page.locator("#sheet-button").click()
    sources = page.locator("#sheet section", has=page.get_by_role("heading", name="Source"))
    await expect(sources.locator(".pick")).to_have_count(9)

    await sources.locator(".menu-filter").fill("worker_49")
    await expect(sources.locator(".pick")).to_have_count(6)
    await sources.locator(".pick", has_text="worker_493").click()
    await expect(sources.locator(".menu-filter")).to_have_value("worker_49")
    await expect(page.locator("#sheet .sheet-foot button")).to_have_text(f"Show {MANY - 1} events")

    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE
