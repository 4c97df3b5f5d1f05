"""The server stops in order while people look at it."""

from playwright.async_api import expect


async def test_it_stops_without_an_error_while_a_page_is_open(server, visit):
    await server.publish("one")
    await expect(visit.rows).to_have_count(1)

    await server.server.stop()

    await expect(visit.page.locator("#pill b")).to_have_text("Reconnecting")
