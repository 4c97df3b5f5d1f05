import csv
import json
import time

import pyarrow.parquet
import pytest
from playwright.async_api import expect

from tests.browser.conftest import model_of
from tests.waiting import until

SLOW_BYTES_A_SECOND = 20_000


async def chosen(visit, name):
    await visit.page.locator("#export-button").click()
    menu = visit.page.locator("#export-menu")
    await expect(menu.locator(".choices")).to_be_visible()
    return menu.get_by_text(name, exact=True)


@pytest.mark.parametrize(("name", "ending"), [("CSV", ".csv"), ("NDJSON", ".ndjson")])
async def test_what_is_filtered_is_saved_as_it_is(server, open_page, name, ending):
    ids = await server.publish("invoice =1+1", "invoice two")
    await server.publish("another")
    visit = await open_page(f"{server.server.page_url}?search=invoice&time_range=1h")
    await expect(visit.rows).to_have_count(2)

    button = await chosen(visit, name)
    async with visit.page.expect_download() as download:
        await button.click()

    value = await download.value
    text = await value.path()
    content = text.read_text("utf-8")
    assert value.suggested_filename.startswith("events-")
    assert value.suggested_filename.endswith(ending)
    if name == "CSV":
        assert [row[0] for row in csv.reader(content.splitlines())][1:] == ids
    else:
        assert [json.loads(line)["id"] for line in content.splitlines()] == ids
    await expect(visit.page.locator("#toast")).to_contain_text("saved: 2 events")
    await expect(visit.page.locator("#export-menu")).to_be_hidden()
    assert visit.hosts == {server.server.url.removeprefix("http://")}


async def test_parquet_by_keyboard(server, visit):
    ids = await server.publish("one", "two")
    await expect(visit.rows).to_have_count(2)
    page = visit.page
    # It is not there while the page says that there are no events.
    await expect(page.locator("#export-button")).to_be_visible()
    await page.locator("#export-button").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#export-menu .choices button").first).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")

    async with page.expect_download() as download:
        await page.keyboard.press("Enter")

    table = pyarrow.parquet.read_table(await (await download.value).path())
    assert table.column("id").to_pylist() == ids
    await expect(page.locator("#export-button")).to_be_focused()


async def test_a_paused_page_exports_what_it_shows(server, visit):
    await server.publish("before")
    await expect(visit.rows).to_have_count(1)
    await visit.page.locator("#pause").click()
    await until(lambda: model_of(server).paused)
    paused_ms = await visit.page.evaluate("Date.now()")
    await until(lambda: time.time() * 1000 > paused_ms + 1)
    await server.publish("after")
    await expect(visit.page.locator("#newbar")).to_contain_text("1 new event")

    button = await chosen(visit, "NDJSON")
    async with visit.page.expect_download() as download:
        await button.click()

    text = (await (await download.value).path()).read_text("utf-8")
    assert [json.loads(line)["data"] for line in text.splitlines()] == [{"text": "before"}]


async def test_why_an_export_failed_is_said_in_one_sentence(server, visit):
    await server.publish("one")
    await expect(visit.rows).to_have_count(1)
    button = await chosen(visit, "CSV")
    await visit.page.route("**/api/events/export*", lambda route: route.abort())

    await button.click()

    error = visit.page.locator("#export-menu .field-error")
    await expect(error).to_have_text("The export broke off, and nothing was saved: try again.")
    await expect(visit.page.locator("#export-menu .choices")).to_be_visible()


async def test_what_is_no_longer_retained_is_told(start_server, open_page):
    server = await start_server(max_history_size=5)
    await server.publish_many(20)
    visit = await open_page(server.server.page_url)

    button = await chosen(visit, "CSV")
    async with visit.page.expect_download():
        await button.click()

    await expect(visit.page.locator("#toast")).to_contain_text("15 older events are no longer")


async def test_a_long_export_shows_its_progress_and_can_be_cancelled(server, context, visit):
    for _ in range(3):
        await server.publish(*("x" * 3000 for _ in range(300)))
    await expect(visit.page.locator("#total")).to_have_text("900")
    devtools = await context.new_cdp_session(visit.page)
    await devtools.send("Network.enable")
    slow = {"offline": False, "latency": 0, "uploadThroughput": -1}
    button = await chosen(visit, "NDJSON")
    await devtools.send(
        "Network.emulateNetworkConditions", {**slow, "downloadThroughput": SLOW_BYTES_A_SECOND}
    )

    await button.click()

    progress = visit.page.locator("#export-menu .progress")
    await expect(progress).to_contain_text("kB")
    await expect(progress.locator("progress")).to_be_visible()
    await progress.get_by_text("Cancel").click()
    await expect(visit.page.locator("#toast")).to_contain_text("Export cancelled")
    await expect(visit.page.locator("#export-menu .choices")).to_be_visible()
