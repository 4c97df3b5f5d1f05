import re

from playwright.async_api import expect


async def opened(visit):
    await visit.page.locator("#pill").focus()
    await visit.page.keyboard.press("Enter")
    menu = visit.page.locator("#pill-menu")
    await expect(menu).to_be_visible()
    return menu


async def test_the_pill_tells_how_soon_this_browser_shows_an_event(server, visit):
    await server.publish("the first, which the page waits for")
    await expect(visit.rows).to_have_count(1)
    menu = await opened(visit)
    await expect(menu).to_contain_text("±")

    for number in range(5):
        await server.publish(f"as it comes {number}")
        await expect(visit.cell(0, "text")).to_contain_text(f"as it comes {number}")

    await expect(menu).to_contain_text(re.compile(r"Of the last \d+ rows painted as they came"))
    await expect(menu.locator(".figures b").first).to_have_text(re.compile(r"^[\d.]+ m?s$"))
    await expect(menu).to_contain_text("all 6 that passed")
    await expect(menu).to_contain_text("none")
    await visit.page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(visit.page.locator("#pill")).to_be_focused()


async def test_what_was_there_before_and_what_is_held_is_not_measured(server, open_page):
    await server.publish("an old one")
    visit = await open_page(server.server.page_url)
    await expect(visit.rows).to_have_count(1)
    await visit.page.locator("#pause").click()
    await server.publish("held back", "and this")
    await expect(visit.page.locator("#newbar")).to_contain_text("2 new events")

    menu = await opened(visit)

    await expect(menu).to_contain_text("No row has been painted as it came")
    await expect(menu).to_contain_text("2 since")
    await visit.page.keyboard.press("Escape")
    await visit.page.locator("#newbar").click()
    await expect(visit.rows).to_have_count(3)
    await opened(visit)
    await expect(menu).to_contain_text("No row has been painted as it came")
