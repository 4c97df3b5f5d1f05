"""What lies further back than the newest rows, and what of it is missing."""

import json

import pytest
from bokeh.models.annotations import BoxAnnotation
from playwright.async_api import expect

from tests.browser.conftest import model_of, sessions_of
from tests.waiting import until

SIZE = 1700
BATCH = 850
# Many answers, one after the other, on a machine that may be busy.
END_MS = 40_000


# A reader who scrolls from the top to the end, a step at a time, once what is in sight is loaded.
READ_ALL = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(done))
  const events = document.getElementById('events')
  const seen = new Map()
  const shown = selector => [...events.querySelectorAll(selector)].filter(row => !row.hidden)
  const isOpen = () => shown('[data-kind=unread], [data-kind=end]:not([data-state=end])').length
  for (let at = -1, wasOpen = true; wasOpen || isOpen() || events.scrollTop !== at;) {
    for (const row of shown('[data-kind=unread][data-state=idle]'))
      row.querySelector('button').click()
    for (const row of shown('.ev')) {
      const [, ms, number] = row.id.split('-')
      seen.set(ms * 1000 + +number, row.querySelector('.c-text > span').textContent.trim())
    }
    at = events.scrollTop
    wasOpen = isOpen() > 0
    if (!wasOpen) events.scrollTop += events.clientHeight / 2
    await frame()
    await frame()
  }
  return [...seen.keys()].sort((a, b) => b - a).map(key => seen.get(key))
}"""


async def fill(server, count=SIZE, start=0, **keys):
    """Publish numbered events; returns their ids."""
    ids = []
    for first in range(start, start + count, BATCH):
        numbers = range(first, min(first + BATCH, start + count))
        ids += await server.publish(*(f"event {number}" for number in numbers), **keys)
    return ids


async def to_the_end(page):
    """Scroll down, as often as there is more to come."""
    await page.evaluate(
        """() => {
          const scrolls = getComputedStyle(events).overflowY === 'auto'
          window.timer = setInterval(() => {
            const box = scrolls ? events : document.scrollingElement
            box.scrollTop = box.scrollHeight
          }, 50)
        }"""
    )
    end = page.locator(".ev-break[data-kind=end][data-state=end]:not([hidden])")
    await expect(end).to_be_visible(timeout=END_MS)
    await page.evaluate("clearInterval(window.timer)")
    return end


@pytest.fixture
async def filled(start_server):
    server = await start_server(max_history_size=5000)
    await fill(server)
    return server


async def test_scrolling_to_the_end_loads_older_ones_until_none_is_retained(filled, open_page):
    visit = await open_page(filled.server.page_url)
    await expect(visit.cell(0, "text")).to_contain_text(f"event {SIZE - 1}")

    end = await to_the_end(visit.page)

    await expect(end).to_contain_text("No older event is retained")
    await expect(visit.page.locator("#shown")).to_have_text("1,700 shown")
    await expect(visit.cell(SIZE - 1, "text")).to_contain_text("event 0")
    assert await visit.page.locator("#events [role=row]").count() < 80


async def test_catching_up_returns_to_the_live_end_and_lets_go_of_the_past(filled, open_page):
    visit = await open_page(filled.server.page_url)
    await expect(visit.cell(0, "text")).to_contain_text(f"event {SIZE - 1}")
    await to_the_end(visit.page)
    await filled.publish("meanwhile")
    await expect(visit.page.locator("#newbar b")).to_have_text("1 new event")

    await visit.page.keyboard.press("Space")

    await expect(visit.cell(0, "text")).to_contain_text("meanwhile")
    await expect(visit.page.locator("#shown")).to_have_text("Newest 1,000 shown")


async def test_keys_reach_the_past_as_well(filled, open_page):
    visit = await open_page(filled.server.page_url)
    await expect(visit.cell(0, "text")).to_contain_text(f"event {SIZE - 1}")
    await visit.page.locator("#events").focus()

    await visit.page.keyboard.press("End")
    await expect(visit.page.locator("#shown")).to_have_text("1,250 shown")
    await visit.page.keyboard.press("PageDown")
    await visit.page.keyboard.press("End")

    await expect(visit.page.locator("#shown")).to_have_text("1,500 shown")
    selected = visit.page.locator("#events [aria-selected=true]")
    await expect(selected).to_contain_text("event 450")
    await expect(visit.page.locator("#events")).to_have_attribute("aria-rowcount", "-1")


async def test_the_past_on_a_phone_where_the_page_scrolls(filled, browser):
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await page.goto(filled.server.page_url)
    await expect(page.locator("#shown")).to_have_text("Newest 1,000 shown")

    await to_the_end(page)

    await expect(page.locator("#shown")).to_have_text("1,700 shown")
    await context.close()


async def test_a_rare_event_is_searched_for_beyond_the_newest(start_on_redis, open_page):
    server = await start_on_redis(max_history_size=1000)
    await server.publish("needle")
    await fill(server, 6500)
    await until(lambda: server.hub.log.total == 6501)

    visit = await open_page(f"{server.server.page_url}?search=needle")

    await expect(visit.cell(0, "text")).to_contain_text("needle", timeout=END_MS)
    end = visit.page.locator(".ev-break[data-kind=end]:not([hidden])")
    words = "No older event that is retained passes the filter"
    await expect(end).to_contain_text(words, timeout=END_MS)


async def test_nothing_matches_is_said_once_all_that_is_retained_was_searched(filled, open_page):
    visit = await open_page(f"{filled.server.page_url}?search=nowhere")

    end = visit.page.locator(".ev-break[data-kind=end]:not([hidden])")
    words = "No older event that is retained passes the filter"
    await expect(end).to_contain_text(words, timeout=END_MS)
    await expect(visit.page.locator("#nomatch-text")).to_contain_text("No retained event passes")


async def test_events_of_the_stream_are_loaded_though_this_process_no_longer_holds_them(
    start_on_redis, open_page
):
    server = await start_on_redis(max_history_size=1000)
    await fill(server)
    await until(lambda: server.hub.log.total == SIZE)
    visit = await open_page(f"{server.server.page_url}?search=event")
    await expect(visit.page.locator("#shown")).to_have_text("Newest 1,000 shown")

    await to_the_end(visit.page)

    await expect(visit.page.locator("#shown")).to_have_text("1,700 shown")
    await expect(visit.cell(SIZE - 1, "text")).to_contain_text("event 0")


async def test_a_source_that_is_away_is_said_where_the_rows_end_and_asked_again(
    start_on_redis, redis_server, open_page, error_log
):
    server = await start_on_redis(max_history_size=1000)
    await fill(server)
    await until(lambda: server.hub.log.total == SIZE)
    visit = await open_page(server.server.page_url)
    await expect(visit.page.locator("#shown")).to_have_text("Newest 1,000 shown")
    redis_server.kill()

    await visit.page.locator("#events").focus()
    await visit.page.keyboard.press("End")
    end = visit.page.locator(".ev-break[data-kind=end]:not([hidden])")
    await expect(end).to_contain_text("Older events cannot be loaded")

    redis_server.start()
    await until(lambda: server.hub.source.status.state == "connected")
    await end.get_by_role("button").click()

    await expect(visit.page.locator("#shown")).to_have_text("1,250 shown")


async def test_rows_that_were_left_out_are_there_for_who_scrolls(start_server, open_page):
    server = await start_server(max_history_size=5000)
    visit = await open_page(server.server.page_url)
    for start in range(0, 900, 300):
        await fill(server, 300, start)
        await until(lambda: json.loads(model_of(server).status).get("passed") == start + 300)  # noqa: B023
    await expect(visit.cell(0, "text")).to_contain_text("event 899")
    await visit.page.keyboard.press("Space")

    seen = await visit.page.evaluate(READ_ALL)

    assert seen == [f"event {number}" for number in reversed(range(900))]


HIDE = """state => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => state})
  document.dispatchEvent(new Event('visibilitychange'))
}"""


async def test_what_came_and_went_behind_a_hidden_page_is_told(start_server, open_page):
    server = await start_server(max_history_size=5)
    visit = await open_page(server.server.page_url)
    await fill(server, 5)
    await expect(visit.rows).to_have_count(5)
    await visit.page.evaluate(HIDE, True)
    await until(lambda: model_of(server).hidden)
    await fill(server, 20, 5)

    await visit.page.evaluate(HIDE, False)

    toast = visit.page.locator("#toast")
    await expect(toast).to_contain_text("15 events came and went while this page was hidden")
    gap = visit.page.get_by_role("row", name="15 events not retained")
    await expect(gap).to_have_attribute("aria-rowindex", "7")
    await expect(visit.cell(4, "text")).to_contain_text("event 20")
    await expect(visit.cell(6, "text")).to_contain_text("event 4")
    document = sessions_of(server)[-1].document

    def is_hatched() -> bool:
        bands = [model for model in document.models if isinstance(model, BoxAnnotation)]
        return any(band.visible and "fill:hatch_color:--warn" in band.tags for band in bands)

    await until(is_hatched)


async def test_a_paused_reader_who_comes_back_to_the_tab_finds_what_he_left(
    start_server, open_page
):
    server = await start_server(max_history_size=50)
    visit = await open_page(server.server.page_url)
    await fill(server, 5)
    await expect(visit.rows).to_have_count(5)
    await visit.page.keyboard.press("Space")
    await visit.page.evaluate(HIDE, True)
    await until(lambda: model_of(server).hidden)
    await fill(server, 20, 5)

    await visit.page.evaluate(HIDE, False)

    await expect(visit.page.locator("#newbar b")).to_have_text("20 new events")
    await expect(visit.cell(0, "text")).to_contain_text("event 4")
    await visit.page.keyboard.press("Space")
    await expect(visit.cell(0, "text")).to_contain_text("event 24")
    await expect(visit.page.locator("#shown")).to_have_text("Newest 25 shown")


async def test_a_stream_that_was_trimmed_past_this_process_is_a_row_between_the_two(
    start_on_redis, redis_server, open_page, error_log
):
    server = await start_on_redis()
    await fill(server, 5)
    visit = await open_page(server.server.page_url)
    await expect(visit.rows).to_have_count(5)
    client = redis_server.client()

    with client.pipeline(transaction=True) as together:
        for _ in range(25):
            together.xadd("events", {"event_type": "test", "source": "tester", "data": "{}"})
        together.xtrim("events", maxlen=3, approximate=False)
        together.execute()
    client.close()

    gap = visit.page.get_by_role("row", name="22 events not retained")
    await expect(gap).to_have_attribute("aria-rowindex", "5")
    await expect(visit.rows).to_have_count(8)
    assert [lost.missed for lost in server.hub.gaps.known] == [22]
