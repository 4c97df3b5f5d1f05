"""The event beside the table: large data on demand, and a request that nobody has answered yet."""

import json

import pytest
from playwright.async_api import expect

from sources.event import MAX_EVENT_BYTES
from tests.browser.states import HEIGHTS, PHONE

# As deep, as wide and as long as one event may be.
ITEMS = [{"n": n, "name": f"item {n}", "tags": ["a", "b"]} for n in range(1000)]
LARGE = {"agent": "billing", "action": "import", "items": ITEMS, "note": "x" * 8000, "price": 1.50}
SIZE = len(json.dumps(LARGE, separators=(",", ":")))

# How many timers of the page still run: its own clock is one, and was started before.
COUNT_TIMERS = """
window.running = new Set()
const [set, clear] = [window.setInterval, window.clearInterval]
window.setInterval = (...given) => { const id = set(...given); window.running.add(id); return id }
window.clearInterval = id => { window.running.delete(id); clear(id) }
"""


@pytest.fixture
async def asked(context):
    """What the page asked the API for."""
    urls: list[str] = []

    def note(request):
        if "/api/" in request.url:
            urls.append(request.url)

    context.on("request", note)
    return urls


@pytest.fixture
async def large(server, open_page, asked):
    assert 50_000 < SIZE < MAX_EVENT_BYTES
    (id,) = await server.publish("", data=LARGE)
    opened = await open_page(f"{server.server.page_url}?event={id}")
    await expect(opened.page.locator("#drawer pre.cut")).to_contain_text('{"agent":"billing"')
    return opened


async def test_large_data_comes_when_it_is_asked_for(large, asked):
    drawer = large.page.locator("#drawer")
    show = drawer.get_by_role("button", name="Show all")
    await expect(show).to_have_text(f"Show all {SIZE / 1000:.1f} kB")
    assert asked == []

    await show.click()

    tree = drawer.get_by_role("tree")
    await expect(tree.locator(".line", has_text="1000 items")).to_be_visible()
    await expect(tree.locator(".number", has_text="1.5")).to_be_visible()
    assert len(asked) == 1
    await tree.locator(".line", has_text="1000 items").click()
    more = tree.locator(".line.more")
    await expect(more).to_have_text("800 more")
    await more.click()
    await expect(more).to_have_text("600 more")
    await tree.get_by_role("button", name="all 8,002 characters").click()
    await expect(tree.locator(".string", has_text="x" * 8000)).to_be_visible()


async def test_an_event_is_copied_whole_however_large(large, context, asked):
    await context.grant_permissions(["clipboard-read", "clipboard-write"])

    await large.page.locator("#drawer").get_by_role("button", name="JSON").click()

    await expect(large.page.locator("#toast")).to_have_text("JSON copied")
    text = await large.page.evaluate("navigator.clipboard.readText()")
    assert json.loads(text)["data"] == LARGE
    assert len(asked) == 1


async def test_a_long_value_is_filtered_by_its_beginning(large):
    drawer = large.page.locator("#drawer")
    await drawer.get_by_role("button", name="Show all").click()
    line = drawer.locator(".line", has=large.page.get_by_text('"note"'))

    await line.hover()
    await line.get_by_label("Filter by this").click()

    await expect(large.page.locator("#chips .chip")).to_contain_text("data.note:xxx")
    await expect(large.page.locator("#matched")).to_contain_text("1 of 1")
    await expect(large.page.locator("#search-error")).to_be_hidden()


async def test_every_line_but_the_whole_is_filtered_by(server, open_page):
    failed = {
        "error": {"kind": "Timeout", "cause": None},
        "tags": ["slow", {"at": "eu"}],
        "note": "",
    }
    await server.publish("", data={"message": "no error, nothing slow in eu", "kind": "Timeout"})
    await server.publish("", data=failed)
    visit = await open_page(server.server.page_url)
    await visit.cell(0, "text").click()
    lines = visit.page.locator("#drawer .line")
    terms = {
        '"error"': "data.error:",
        '"kind"': "data.error.kind:Timeout",
        '"cause"': "data.error.cause:",
        '"tags"': "data.tags:",
        '"slow"': "data.tags:slow",
        '"at"': "data.tags.at:eu",
        '"note"': "data.note:",
    }

    for text, term in terms.items():
        line = lines.filter(has_text=text)
        await line.hover()
        await line.get_by_label("Filter by this").click()
        await expect(visit.page.locator("#chips .chip bdi").last).to_have_text(term)
        await expect(visit.page.locator("#matched")).to_contain_text("1 of 2")
        await visit.page.get_by_role("button", name="Clear all").click()
        await expect(visit.page.locator("#matched")).to_contain_text("2 of 2")

    await expect(lines.first.get_by_label("Filter by this")).to_have_count(0)


async def test_data_that_cannot_be_fetched_says_why_and_can_be_asked_for_again(large):
    page, drawer = large.page, large.page.locator("#drawer")
    show = drawer.get_by_role("button", name="Show all")
    await page.route("**/api/events/history*", lambda route: route.fulfill(status=503, body="{}"))
    await show.click()
    await expect(drawer.locator(".data-body [role=status]")).to_contain_text("answers 503")

    await page.unroute("**/api/events/history*")
    await show.click()

    await expect(drawer.get_by_role("tree")).to_be_visible()


async def test_an_open_request_tells_its_age_until_it_is_answered(server, context, open_page):
    await context.add_init_script(COUNT_TIMERS)
    asked = {"agent": "billing", "action": "charge", "correlation_id": "c-1"}
    await server.publish("", event_type="agent_request", data=asked)
    visit = await open_page(server.server.page_url)
    timers = "window.running.size"
    before = await visit.page.evaluate(timers)
    await visit.cell(0, "text").click()
    took = visit.page.locator("#drawer .trace .took")
    await expect(took).to_contain_text("open ")
    first = await took.text_content()
    await expect(took).not_to_have_text(first)
    await expect(took).to_contain_text("open ")
    assert await visit.page.evaluate(timers) == before + 1

    await visit.page.locator("#drawer").get_by_label("Close detail").click()
    assert await visit.page.evaluate(timers) == before
    await visit.cell(0, "text").click()
    await expect(took).to_contain_text("open")
    await server.publish("", event_type="agent_response", source="billing", data=asked)

    await expect(took).to_have_count(2)
    await expect(took.first).to_have_text("start")
    assert await visit.page.evaluate(timers) == before


async def test_an_open_request_fits_on_a_phone(server, open_page):
    since = "2024-01-15T10:30:00Z"
    asked = {"agent": "a_long_name_of_an_agent", "action": "charge", "correlation_id": "c-1"}
    (id,) = await server.publish("", event_type="agent_request", data=asked, timestamp=since)
    visit = await open_page(f"{server.server.page_url}?event={id}")
    await visit.page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    took = visit.page.locator("#drawer .trace .took")

    await expect(took).to_contain_text("open")

    assert await took.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert await took.evaluate("node => node.getBoundingClientRect().right") < PHONE
