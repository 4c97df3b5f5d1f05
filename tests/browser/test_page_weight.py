import gzip

from playwright.async_api import expect

MAX_BYTES = 450_000


async def test_a_page_weighs_little_and_asks_no_other_host(server, context, open_page):
    sizes: dict[str, int] = {}
    refused: list[str] = []

    async def weigh(response):
        if response.status >= 400:
            refused.append(response.url)
            return
        body = await response.body()
        is_packed = "content-encoding" in await response.all_headers()
        # Small files are sent as they are.
        assert is_packed or len(body) < 2048, response.url
        sizes[response.url] = len(gzip.compress(body))

    context.on("response", weigh)
    visit = await open_page(server.server.page_url)
    for tab in ("analytics", "agents", "health"):
        await visit.page.locator(f"#tab-{tab}").click()
    await expect(visit.page.locator("#chart-mem canvas").first).to_be_visible()

    assert refused == []
    assert sum(sizes.values()) < MAX_BYTES, sorted(sizes.items(), key=lambda item: -item[1])[:5]
    assert visit.hosts == {server.server.url.removeprefix("http://")}
