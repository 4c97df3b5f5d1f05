import pytest
from playwright.async_api import expect

RUNS = "<img src=x onerror=\"window.ran=1;fetch('/ran')\"><script>window.ran=1</script>"
FORMULA = "$$\\href{javascript:window.ran=1}{x}$$"


@pytest.mark.parametrize("hostile", [RUNS, FORMULA])
async def test_nothing_in_an_event_runs_in_any_view(server, open_page, hostile):
    data = {
        "agent": hostile,
        "action": hostile,
        "message": hostile,
        "correlation_id": hostile,
        hostile: [hostile, {hostile: hostile}],
    }
    for kind in ("agent_request", "agent_error", "alerts"):
        (id,) = await server.publish("", event_type=kind, source=hostile[:128], data=data)

    visit = await open_page(f"{server.server.page_url}?event={id}")
    page = visit.page
    await expect(page.locator("#drawer .trace li").first).to_be_visible()
    await expect(visit.rows).to_have_count(3)
    for tab in ("analytics", "agents", "health", "events"):
        await page.locator(f"#tab-{tab}").click()
        await expect(page.locator(f"#panel-{tab}")).to_be_visible()
    await page.locator("#sources-button").click()
    await expect(page.locator("#sources-menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("#search").fill(hostile)
    await expect(page.locator("#chips")).to_be_visible()

    assert await page.evaluate("window.ran") is None
    assert await page.locator("#app img, #app script").count() == 0
    assert visit.hosts == {server.server.url.removeprefix("http://")}


async def test_nothing_in_an_address_runs(server, open_page):
    query = f"?search={RUNS}&sources={RUNS}&priority={RUNS}&tab={RUNS}&event={RUNS}&{RUNS}=1"

    visit = await open_page(server.server.page_url + query.replace("#", "%23"))

    await expect(visit.page.locator("#toast")).to_be_visible()
    assert await visit.page.evaluate("window.ran") is None
