"""The server stops in order while people look at it."""

from playwright.async_api import expect


async def test_it_stops_without_an_error_while_a_page_is_open(server, visit):
    await server.publish("one")
    await expect(visit.rows).to_have_count(1)

    await server.server.stop()

    await expect(visit.page.locator("#pill b")).to_have_text("Reconnecting")


async def test_what_a_page_says_while_the_server_stops_passes_by(server, visit):
    await server.publish("one")
    await expect(visit.rows).to_have_count(1)
    (connection,) = server.server._server._tornado._clients
    socket = connection._socket
    asked = connection.protocol.create("PULL-DOC-REQ")

    await server.server.stop()

    for part in (asked.header_json, asked.metadata_json, asked.content_json):
        await socket.on_message(part)
