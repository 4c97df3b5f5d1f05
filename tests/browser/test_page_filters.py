import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect


@pytest.fixture
async def mixed(server):
    """Four events that differ in everything a filter looks at."""
    for kind, source, priority, text in (
        ("agent_request", "orchestrator", "low", "charge invoice"),
        ("agent_error", "billing", "critical", "gateway timeout"),
        ("agent_response", "billing", "normal", "invoice paid"),
        ("metrics", "gateway", "low", "queue depth"),
    ):
        await server.publish(text, event_type=kind, source=source, priority=priority)
    return server


@pytest.fixture
async def visit(mixed, open_page):
    opened = await open_page(mixed.server.page_url)
    await expect(opened.rows).to_have_count(4)
    return opened


def query(visit):
    return parse_qs(urlsplit(visit.page.url).query)


async def test_type(visit):
    await visit.only("types", "agent_error")

    await expect(visit.rows).to_have_count(1)
    await expect(visit.cell(0, "text")).to_contain_text("gateway timeout")
    await expect(visit.page.locator("#matched")).to_contain_text("1 of 4")
    await expect(visit.page).to_have_url(re.compile(r"\?event_types=agent_error$"))
    assert not await visit.was_reloaded()


async def test_source(visit):
    await visit.only("sources", "billing")

    await expect(visit.rows).to_have_count(2)
    await expect(visit.page).to_have_url(re.compile(r"\?sources=billing$"))
    assert not await visit.was_reloaded()


async def test_priority(visit):
    await visit.page.locator("#priorities [data-value=low]").click()

    await expect(visit.rows).to_have_count(2)
    await expect(visit.page.locator("#chips")).to_contain_text("priority")
    assert not await visit.was_reloaded()


async def test_search(visit):
    await visit.page.locator("#search").fill("invoice -paid")

    await expect(visit.rows).to_have_count(1)
    await expect(visit.cell(0, "text")).to_contain_text("charge invoice")
    await expect(visit.page.locator("#matched")).to_contain_text("1 of 4")
    assert not await visit.was_reloaded()


async def test_range(mixed, visit):
    await mixed.publish("an old one", timestamp="2020-01-01T00:00:00Z")
    await expect(visit.rows).to_have_count(5)

    await visit.page.locator("#range [data-value='15m']").click()

    await expect(visit.rows).to_have_count(4)
    await expect(visit.page).to_have_url(re.compile(r"\?time_range=15m$"))


async def test_a_new_event_shows_only_where_it_passes(mixed, visit):
    await visit.page.locator("#search").fill("invoice")
    await expect(visit.rows).to_have_count(2)

    await mixed.publish("noise", "another invoice")

    await expect(visit.rows).to_have_count(3)
    await expect(visit.cell(0, "text")).to_contain_text("another invoice")


async def test_chips_say_what_restricts_and_lift_it(visit):
    await visit.page.locator("#search").fill("invoice")
    chip = visit.page.locator("#chips .chip")
    await expect(chip).to_have_text(re.compile("search.*invoice"))

    await chip.get_by_role("button").click()

    await expect(visit.rows).to_have_count(4)
    await expect(visit.page.locator("#search")).to_have_value("")
    await expect(visit.page).to_have_url(re.compile(r"/dashboard$"))


async def test_an_address_restores_the_view(mixed, open_page):
    address = "?event_types=agent_error&event_types=metrics&priority=low&tab=events"

    visit = await open_page(mixed.server.page_url + address)

    await expect(visit.rows).to_have_count(1)
    await expect(visit.cell(0, "type")).to_have_text("metrics")
    await expect(visit.page.locator("#chips .chip")).to_have_count(2)


async def test_back_undoes_a_filter(visit):
    await visit.page.locator("#priorities [data-value=low]").click()
    await expect(visit.rows).to_have_count(2)

    await visit.page.go_back()

    await expect(visit.rows).to_have_count(4)
    assert not await visit.was_reloaded()


async def test_what_cannot_be_read_in_an_address_is_named_and_left_out(mixed, open_page):
    visit = await open_page(mixed.server.page_url + "?priority=urgent&sources=billing&nonsense=1")

    await expect(visit.page.locator("#toast")).to_contain_text("urgent")
    await expect(visit.rows).to_have_count(2)


async def test_dragging_over_the_histogram_chooses_a_range(visit):
    chart = visit.page.locator("#chart-hist .bk-events")
    await expect(chart).to_be_visible()
    box = await chart.bounding_box()

    await visit.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    await visit.page.mouse.down()
    await visit.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30, steps=8)
    await visit.page.mouse.up()

    await expect(visit.page.locator("#chips .chip")).to_contain_text("time")
    await expect(visit.rows).to_have_count(0)
    assert query(visit)["time_range"][0].startswith('{"start":')


async def test_the_tabs_show_what_matches(mixed, visit):
    await visit.only("sources", "billing")

    await visit.page.locator("#tab-analytics").click()
    await expect(visit.page.locator("#breakdown")).to_contain_text("50")
    await expect(visit.page.locator("#chart-types canvas").first).to_be_visible()

    await visit.page.locator("#tab-agents").click()
    await expect(visit.page.locator("#agent-rows tr").first).to_be_visible()

    await visit.page.locator("#tab-health").click()
    await expect(visit.page.locator("#checks")).to_contain_text("History")
    await expect(visit.page.locator("#chart-mem canvas").first).to_be_visible()
    assert query(visit)["tab"] == ["health"]
