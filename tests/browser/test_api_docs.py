"""The page at /docs, in a real browser: it reads the document, sends, and asks no other host."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

TOKEN = "a-token-for-the-tests"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def page(browser):
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(8000)
    yield page
    await context.close()


@pytest.fixture
def faults(page):
    """What the page should not do: fail, or be held back by its own policy."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text))
    return found


@pytest.fixture
def hosts(page):
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    return asked


async def test_every_operation_of_the_document_is_shown(start_embedded, page, faults, hosts):
    server = await start_embedded()
    paths = (await server.http.get("/openapi.json")).json()["paths"]

    await page.goto(f"{server.server.url}/docs")

    await expect(page.locator(".operation")).to_have_count(len(paths))
    shown = await page.locator(".operation h3").all_text_contents()
    assert sorted(shown) == sorted(paths)
    assert hosts == {urlsplit(server.server.url).netloc}
    assert faults == []


async def test_an_operation_is_tried_where_it_is_described(start_embedded, page, faults):
    server = await start_embedded()
    await page.goto(f"{server.server.url}/docs#publishTestEvent")
    operation = page.locator("#publishTestEvent")

    await operation.locator("summary", has_text="Try it").click()
    await operation.locator("textarea").fill('{"data": {"text": "<b>it\'s</b>"}}')
    command = await operation.locator(".command .code").text_content()
    await operation.locator("button", has_text="Send").click()

    await expect(operation.locator(".answer b")).to_have_text("200")
    await expect(operation.locator(".answer .code")).to_contain_text("<b>it's</b>")
    assert command.startswith(f"curl -X POST '{server.server.url}/api/test/publish-event'")
    assert r"<b>it'\''s</b>" in command
    assert len(server.hub.log) == 1
    assert faults == []


async def test_a_list_is_repeated_in_the_query(start_embedded, page):
    server = await start_embedded()
    await page.goto(f"{server.server.url}/docs")
    operation = page.locator("#readHistory")

    await operation.locator("summary", has_text="Try it").click()
    await operation.get_by_label("priority").fill("high, critical")
    await operation.get_by_label("limit").fill("0")
    await operation.locator("button", has_text="Send").click()

    await expect(operation.locator(".answer b")).to_have_text("422")
    await expect(operation.locator(".command .code")).to_contain_text(
        "/api/events/history?limit=0&priority=high&priority=critical"
    )


async def test_a_visit_with_the_token_is_enough(start_embedded, page, faults):
    server = await start_embedded(api_token=TOKEN)

    await page.goto(f"{server.server.url}/docs?token={TOKEN}")

    await expect(page.locator(".intro")).to_contain_text("This server needs a token")
    assert page.url == f"{server.server.url}/docs"
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_phone_in_both_themes(start_embedded, page, scheme):
    server = await start_embedded()
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size(PHONE)

    await page.goto(f"{server.server.url}/docs")
    await expect(page.locator(".operation").last).to_be_attached()

    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert await page.evaluate("document.documentElement.dataset.theme") == scheme
