"""Every state of the page against WCAG 2 at AA, in both themes, wide and on a phone."""

import pytest
from playwright.async_api import expect

from tests.browser import axe
from tests.browser.states import EVENTS, HEIGHTS, PHONE, STATES, WIDE, publish_examples

CASES = [(name, width) for name, state in STATES.items() for width in state.widths]
GONE = "1705314600000-0"


async def check(page):
    """Look for faults in both themes; but for contrast they are the same."""
    assert await axe.faults(page, "light") == []
    assert await axe.faults(page, "dark", contrast_only=True) == []


@pytest.mark.parametrize(("name", "width"), CASES)
async def test_a_state_with_events(server, open_page, name, width):
    await publish_examples(server)
    visit = await open_page(server.server.page_url)
    await visit.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    await STATES[name].arrange(visit.page, server)

    await check(visit.page)


@pytest.mark.parametrize("width", [WIDE, PHONE])
async def test_a_page_without_events(visit, width):
    await visit.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    await expect(visit.page.locator("#empty")).to_be_visible()

    await check(visit.page)


async def test_an_event_that_is_no_longer_retained(server, open_page):
    visit = await open_page(f"{server.server.page_url}?event={GONE}")
    await expect(visit.page.locator("#drawer")).to_contain_text("no longer retained")

    await check(visit.page)


@pytest.mark.parametrize("width", [WIDE, PHONE])
async def test_an_open_request_with_large_data(server, open_page, width):
    data = {
        "agent": "billing",
        "correlation_id": "c-1",
        "lines": [*range(300)],
        "note": "x" * 20_000,
    }
    (id,) = await server.publish("", event_type="agent_request", data=data)
    visit = await open_page(f"{server.server.page_url}?event={id}")
    await visit.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    await expect(visit.page.locator("#drawer .took.open")).to_be_visible()
    await check(visit.page)

    await visit.page.get_by_role("button", name="Show all").click()
    await visit.page.locator("#drawer .line", has_text="300 items").click()
    await expect(visit.page.locator("#drawer .line.more")).to_have_text("100 more")

    await check(visit.page)


async def test_words_of_the_page_in_passing(server, open_page):
    visit = await open_page(f"{server.server.page_url}?priority=urgent")
    await expect(visit.page.locator("#toast [data-tone=bad]")).to_be_visible()
    await visit.page.locator("#empty [data-act=test]").click()
    # The form is fetched when it is first asked for.
    await expect(visit.page.locator("#test-dialog :focus")).to_be_visible()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator("#toast")).to_contain_text("published")

    await check(visit.page)


@pytest.mark.parametrize("width", [WIDE, PHONE])
async def test_a_long_list_of_names_that_is_narrowed(server, open_page, width):
    await server.http.post(
        "/api/events",
        json=[{"event_type": "test", "source": f"worker_{n}"} for n in range(20)],
    )
    visit = await open_page(server.server.page_url)
    await visit.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    await visit.page.locator("#sheet-button" if width == PHONE else "#sources-button").click()

    part = visit.page.locator("#sheet" if width == PHONE else "#sources-menu")
    await part.locator(".menu-filter:visible").fill("worker_1")
    await expect(part.get_by_text("worker_12", exact=True)).to_be_visible()
    await expect(part.get_by_text("worker_2", exact=True)).to_be_hidden()
    # Of what lies half below a menu axe cannot tell the contrast; it is looked at without one.
    await visit.page.add_style_tag(content="#table-card { visibility: hidden }")

    await check(visit.page)


@pytest.mark.parametrize("width", [WIDE, PHONE])
async def test_a_source_that_is_away(redis_server, start_on_redis, open_page, width):
    server = await start_on_redis()
    await publish_examples(server)
    redis_server.client().xadd("events", {"event": "{no event"})
    visit = await open_page(f"{server.server.page_url}?tab=health")
    await visit.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    await expect(visit.page.locator("#rejected li")).to_have_count(1)

    redis_server.kill()
    await expect(visit.page.locator("#banner")).to_be_visible()

    await check(visit.page)


async def test_a_gap(redis_server, start_on_redis, open_page):
    server = await start_on_redis()
    await publish_examples(server)
    visit = await open_page(server.server.page_url)
    await expect(visit.rows).to_have_count(len(EVENTS))

    with redis_server.client().pipeline(transaction=True) as pipeline:
        for _ in range(10):
            pipeline.xadd("events", {"event_type": "test", "source": "other"})
        pipeline.xtrim("events", maxlen=2, approximate=False)
        pipeline.execute()
    gap = visit.page.locator(".ev-break[data-kind=gap]:not([hidden])")
    await expect(gap).to_contain_text("8 events not retained")

    await check(visit.page)
