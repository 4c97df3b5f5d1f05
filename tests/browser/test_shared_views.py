"""The address of a view or of an event, sent to someone who sees the same."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from dashboard.page.past import AROUND
from tests.browser.test_the_past import fill

COPIED = "navigator.clipboard.writeText = async text => { window.copied = text }"


# A reader who scrolls up, and waits where a row stands for others.
UP = """async words => {
  const isOpen = () => events.querySelector('[data-kind=unread]:not([hidden])')
  const frame = () => new Promise(done => requestAnimationFrame(done))
  while (shown.textContent !== words && (isOpen() || events.scrollTop > 0)) {
    if (!isOpen()) events.scrollBy(0, -64)
    await frame()
    await frame()
  }
}"""


async def share(visit):
    """Press Share view; returns the address that was copied."""
    await visit.page.evaluate(COPIED)
    await visit.page.get_by_role("button", name="Share view").first.click()
    await expect(visit.page.locator("#toast")).to_contain_text("Link to this view copied")
    return await visit.page.evaluate("window.copied")


def params(url):
    return {key: values[-1] for key, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture
async def filled(start_server):
    server = await start_server(max_history_size=5000)
    server.ids = await fill(server, 2550)
    return server


async def test_a_shared_view_has_fixed_ends_and_one_s_own_goes_on(server, open_page):
    await server.publish("seen", source="billing")
    visit = await open_page(f"{server.server.page_url}?sources=billing&time_range=15m")
    await expect(visit.rows).to_have_count(1)

    link = await share(visit)
    await server.publish("later", source="billing")
    other = await open_page(link)

    shared = params(link)
    assert shared["sources"] == "billing"
    assert json.loads(shared["time_range"]).keys() == {"start", "end"}
    assert params(visit.page.url)["time_range"] == "15m"
    await expect(visit.rows).to_have_count(2)
    await expect(other.rows).to_have_count(1)
    await expect(other.cell(0, "text")).to_contain_text("seen")


async def test_a_paused_view_is_shared_as_it_stands_with_the_event_in_it(server, open_page):
    (chosen, _) = await server.publish("chosen", "newest")
    visit = await open_page(server.server.page_url)
    await expect(visit.rows).to_have_count(2)
    await visit.page.keyboard.press("Space")
    await server.publish("after the pause")
    await visit.page.locator("#events").focus()
    await visit.page.keyboard.press("End")

    other = await open_page(await share(visit))

    await expect(other.rows).to_have_count(2)
    await expect(other.cell(0, "text")).to_contain_text("newest")
    await expect(other.page.locator("#drawer")).to_contain_text(chosen)


async def test_a_link_to_an_old_event_shows_the_table_around_it(filled, open_page):
    linked = filled.ids[100]

    visit = await open_page(f"{filled.server.page_url}?event={linked}")

    row = visit.page.locator(f"#ev-{linked}")
    await expect(row).to_be_in_viewport()
    await expect(row).to_have_attribute("aria-selected", "true")
    await expect(visit.page.locator("#drawer")).to_contain_text("event 100")
    await expect(visit.page.locator(f"#ev-{filled.ids[101]}")).to_be_visible()
    await expect(visit.page.locator(f"#ev-{filled.ids[99]}")).to_be_visible()
    await visit.page.keyboard.press("k")
    await expect(visit.page.locator("#drawer")).to_contain_text("event 101")


async def test_what_lies_between_a_linked_event_and_the_newest_is_loaded_on_the_way_up(
    filled, open_page
):
    visit = await open_page(f"{filled.server.page_url}?event={filled.ids[100]}")
    await expect(visit.page.locator(f"#ev-{filled.ids[100]}")).to_be_in_viewport()

    # From the oldest that was loaded beside the linked one to the newest, none left out.
    words = f"{2550 - (100 - AROUND + 1):,} shown"
    await visit.page.evaluate(UP, words)

    await expect(visit.page.locator("#shown")).to_have_text(words)


async def test_back_and_forward_go_between_events_and_filters(filled, open_page):
    visit = await open_page(filled.server.page_url)
    await expect(visit.cell(0, "text")).to_contain_text("event 2549")
    await visit.page.clock.install()
    await visit.rows.nth(3).click()
    drawer = visit.page.locator("#drawer")
    await expect(drawer).to_be_visible()
    await expect(visit.page).to_have_url(re.compile("event="))
    opened = params(visit.page.url)["event"]
    await visit.page.clock.run_for(2000)
    await visit.page.locator("#search").fill("event 7")
    await expect(visit.page.locator("#chips")).to_contain_text("event")
    await expect(visit.page).to_have_url(re.compile("search="))

    await visit.page.go_back()
    await expect(visit.page.locator("#search")).to_have_value("")
    await expect(drawer).to_contain_text(opened)
    await visit.page.go_back()
    await expect(drawer).to_be_hidden()
    await visit.page.go_forward()

    await expect(drawer).to_contain_text(opened)
    await expect(visit.page.locator(f"#ev-{opened}")).to_be_in_viewport()


async def test_a_linked_event_that_is_gone_says_when_it_came_and_what_is_near(server, open_page):
    await server.publish("still here")

    visit = await open_page(f"{server.server.page_url}?event=1705314600000-0")

    note = visit.page.locator("#drawer .drawer-note")
    await expect(note).to_contain_text("It came at 2024-01-15 10:30:00 UTC")
    await expect(note).to_contain_text("The oldest that is retained came at")
    await visit.page.get_by_role("button", name="10:30:00 ± 1 min").click()
    await expect(visit.page.locator("#chips")).to_contain_text("2024-01-15")
