"""Times in UTC or in the zone of the browser, all over the page; the address stays absolute."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.browser.conftest import sessions_of
from tests.browser.states import HEIGHTS, PHONE
from tests.waiting import until

HERE = "Asia/Kolkata"
EVENING = "2024-01-15T20:00:00Z"
RANGE = {"start": "2024-01-15T19:45:00Z", "end": "2024-01-15T20:15:00Z"}

# What the axis of the histogram says, asked of the very models that draw it.
LABELS = """() => {
    const models = [...Bokeh.documents[0]._all_models.values()]
    const figure = models.find(model => model.type === 'Figure' && model.name === 'hist')
    const [axis] = figure.below
    const {start, end} = figure.x_range
    const {major} = axis.ticker.get_ticks(start, end, figure.x_range, NaN)
    return axis.formatter.doFormat(major.filter(tick => start <= tick && tick <= end), {loc: 0})
}"""

# A chart takes a moment to follow.
FITS = "width => document.documentElement.scrollWidth === width"


@pytest.fixture
async def context(browser, server):
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, timezone_id=HERE, locale="en-GB"
    )
    yield context
    await context.close()
    await until(lambda: not any(session.connection_count for session in sessions_of(server)))


@pytest.fixture
async def visit(server, open_page):
    (id,) = await server.publish("in the evening", timestamp=EVENING)
    query = f"?time_range={json.dumps(RANGE)}&event={id}"
    opened = await open_page(server.server.page_url + query)
    await expect(opened.page.locator("#drawer .facts dd").first).to_contain_text("20:00:00")
    await expect(opened.page.locator("#chart-hist canvas").first).to_be_visible()
    return opened


async def test_every_time_follows_the_switch(visit):
    page = visit.page
    zone, day, chip = (
        page.locator("[data-act=zone]:visible"),
        visit.cell(0, "time"),
        page.locator("#chips .chip"),
    )
    fact = page.locator("#drawer .facts dd").first
    await expect(zone).to_have_text("Times in UTC")
    await expect(day).to_have_text("01-15 20:00:00")
    await expect(fact).to_have_text("01-15 20:00:00 UTC")
    await expect(chip).to_contain_text("2024-01-15 19:45:00 to 20:15:00")
    assert await page.evaluate(LABELS) == [
        "19:45",
        "19:50",
        "19:55",
        "20:00",
        "20:05",
        "20:10",
        "20:15",
    ]

    await page.keyboard.press("z")

    await expect(zone).to_have_text("Times in UTC+5:30")
    await expect(page.locator(".ev-head .c-time")).to_have_text("Time UTC+5:30")
    await expect(day).to_have_text("01-16 01:30:00")
    await expect(fact).to_have_text("01-16 01:30:00 UTC+5:30")
    await expect(chip).to_contain_text("2024-01-16 01:15:00 to 01:45:00")
    assert await page.evaluate(LABELS) == [
        "01:15",
        "01:20",
        "01:25",
        "01:30",
        "01:35",
        "01:40",
        "01:45",
    ]

    await zone.click()
    await expect(day).to_have_text("01-15 20:00:00")


async def test_ticks_fall_on_round_times_of_the_zone(visit):
    page = visit.page
    whole = {"start": "2024-01-14T00:00:00Z", "end": "2024-01-16T00:00:00Z"}
    await page.goto(page.url.split("?")[0] + f"?time_range={json.dumps(whole)}")
    await expect(visit.cell(0, "time")).to_have_text("01-15 20:00:00")

    await page.keyboard.press("z")
    await expect(visit.cell(0, "time")).to_have_text("01-16 01:30:00")

    # The chart comes after the rows, and draws itself a frame later than the table.
    await expect(page.locator("#chart-hist .bk-events")).to_be_visible()
    await page.wait_for_function(f"({LABELS})().includes('16 Jan')")
    labels = await page.evaluate(LABELS)
    assert "15 Jan" in labels
    assert all(label.endswith((":00", " Jan")) for label in labels)


async def test_a_range_is_chosen_in_the_zone_and_is_absolute_in_the_address(visit):
    page = visit.page
    await page.keyboard.press("z")
    await page.locator("#range [data-value=custom]").click()
    form = page.locator("#range-menu")
    await expect(form.locator("[data-zone]").first).to_have_text("UTC+5:30")
    await expect(form.locator("[name=start]")).to_have_value("2024-01-16T01:15")

    await form.locator("[name=start]").fill("2024-01-16T01:29:00")
    await form.get_by_role("button", name="Apply").click()

    await expect(page.locator("#chips .chip")).to_contain_text("2024-01-16 01:29:00 to 01:45:00")
    await expect(page).to_have_url(re.compile("T19(:|%3A)59"))
    chosen = json.loads(parse_qs(urlsplit(page.url).query)["time_range"][0])
    assert chosen["start"].startswith("2024-01-15T19:59:00")
    assert chosen["end"].startswith("2024-01-15T20:15:00")
    await expect(visit.rows).to_have_count(1)


async def test_the_choice_is_kept_in_this_browser(visit, open_page, server):
    await visit.page.keyboard.press("z")
    await expect(visit.cell(0, "time")).to_have_text("01-16 01:30:00")

    again = await open_page(server.server.page_url)

    await expect(again.cell(0, "time")).to_have_text("01-16 01:30:00")
    await expect(again.page.locator(".ev-head .c-time")).to_have_text("Time UTC+5:30")


async def test_an_event_that_is_gone_says_when_in_the_zone(server, open_page):
    visit = await open_page(f"{server.server.page_url}?event=1705314600000-0")
    await expect(visit.page.locator(".drawer-note")).to_contain_text("2024-01-15 10:30:00 UTC")

    await visit.page.keyboard.press("z")

    await expect(visit.page.locator(".drawer-note")).to_contain_text("2024-01-15 16:00:00 UTC+5:30")


async def test_a_chart_tells_the_time_under_the_pointer_in_the_zone(server, open_page):
    await server.publish_many(5)
    visit = await open_page(f"{server.server.page_url}?tab=analytics")
    page = visit.page
    await page.keyboard.press("z")
    chart = page.locator("#chart-rate .bk-events")
    await expect(chart).to_be_visible()
    box = await chart.bounding_box()

    tooltip = page.locator(".bk-Tooltip")
    for step in range(30):
        await page.mouse.move(box["x"] + box["width"] - 25 - step * 6, box["y"] + box["height"] / 2)
        if await tooltip.count():
            break

    await expect(tooltip).to_contain_text("UTC+5:30")


async def test_on_the_phone_the_switch_is_behind_the_one_button(visit):
    page = visit.page
    await page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    await page.locator("#drawer").get_by_label("Close detail").click()
    await page.locator("[popovertarget=more-menu]").click()

    await page.locator("#more-menu [data-act=zone]").click()

    await expect(visit.cell(0, "time")).to_have_text("01-16 01:30:00")
    await expect(page.locator("#more-menu [data-act=zone]")).to_have_text("Times in UTC+5:30")


async def test_the_top_bar_has_room_for_the_longest_name_of_a_zone(visit):
    page = visit.page
    await page.keyboard.press("z")
    await expect(visit.cell(0, "time")).to_have_text("01-16 01:30:00")
    await page.locator("#drawer").get_by_label("Close detail").click()

    for width in (1440, 1181, 1180, 820, 781, 780, 641, 640, 320):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.wait_for_function(FITS, arg=width)
