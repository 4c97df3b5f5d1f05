"""A page comes back by itself, in whatever way its connection was lost."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import WebSocket, expect

from tests.browser.conftest import MARK, Visit
from tests.relay import Relay, relay_to

# Bokeh sends a message in three parts; these are ends of first ones.
ACKNOWLEDGES = re.compile(rb'\{"msgid": "[^"]*", "msgtype": "ACK"[^}]*\}')
GIVES_DOCUMENT = re.compile(rb'\{"msgid": "[^"]*", "msgtype": "PULL-DOC-REPLY"[^}]*\}')
CHANGES_DOCUMENT = re.compile(rb'\{"msgid": "[^"]*", "msgtype": "PATCH-DOC"[^}]*\}')

WITHIN_MS = 40_000
RETRIES_AFTER_MS = 3_100
SILENT_MS = 31_000
"""After so long a page no longer trusts a connection that says nothing."""
DOCUMENT_OF_ANOTHER_VERSION = """
() => {
    const { Document } = Bokeh.require('document/document')
    Document.prototype.replace_with_json = () => { throw new Error('no such property') }
}
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def relay(server) -> AsyncIterator[Relay]:
    async with relay_to(server.server.port) as relay:
        yield relay


@pytest.fixture
async def new_visit(relay, context) -> AsyncIterator[Visit]:
    """A page that is not open yet, with a clock that a test may turn."""
    visit = Visit(await context.new_page())
    visit.page.set_default_timeout(WITHIN_MS)
    await visit.page.clock.install()
    yield visit
    assert visit.errors == []


@pytest.fixture
async def visit(relay, new_visit) -> Visit:
    """A page whose every byte goes through the relay."""
    await new_visit.page.goto(f"{relay.url}/dashboard")
    await says(new_visit, "Live")
    await new_visit.page.evaluate(MARK)
    return new_visit


async def is_live(visit: Visit, text: str) -> None:
    await expect(visit.cell(0, "text")).to_contain_text(text, timeout=WITHIN_MS)
    await says(visit, "Live")


async def is_lost(visit: Visit) -> None:
    await says(visit, "Reconnecting")


async def falls_silent(server, relay, visit: Visit) -> None:
    """Let the network swallow everything until the page has noticed."""
    await server.publish("before")
    await is_live(visit, "before")
    relay.silence()
    await visit.page.clock.fast_forward(SILENT_MS)
    await is_lost(visit)


async def says(visit: Visit, word: str) -> None:
    await expect(visit.page.locator("#pill b")).to_have_text(word, timeout=WITHIN_MS)


async def test_after_a_break_inside_a_message_the_next_one_is_understood(server, relay, visit):
    relay.cuts_after = CHANGES_DOCUMENT
    await server.publish("cut off")
    await is_lost(visit)

    await server.publish("whole")

    await is_live(visit, "whole")
    assert not await visit.was_reloaded()


@pytest.mark.parametrize("message", [ACKNOWLEDGES, GIVES_DOCUMENT], ids=["welcome", "document"])
async def test_a_break_while_it_comes_back_is_not_the_last_try(server, relay, visit, message):
    relay.cuts_after = message
    relay.reset()
    await is_lost(visit)

    await server.publish("second try")

    await is_live(visit, "second try")
    assert relay.cuts_after is None
    assert not await visit.was_reloaded()


async def test_a_network_that_swallows_everything_is_noticed(server, relay, visit):
    await falls_silent(server, relay, visit)

    relay.restore()
    await server.publish("after")

    await is_live(visit, "after")
    assert not await visit.was_reloaded()


async def test_what_is_done_between_two_connections_breaks_nothing(server, relay, visit):
    await falls_silent(server, relay, visit)
    await visit.page.clock.fast_forward(RETRIES_AFTER_MS)
    assert relay.connections > 1

    # By keyboard: a click waits for frames, which stand still with this clock.
    await visit.page.keyboard.press("Space")
    await visit.page.keyboard.press("j")
    relay.restore()

    await says(visit, "Paused")
    assert not await visit.was_reloaded()


@pytest.mark.parametrize("message", [ACKNOWLEDGES, GIVES_DOCUMENT], ids=["welcome", "document"])
async def test_a_page_that_broke_off_while_it_opened_loads_again(server, relay, new_visit, message):
    relay.cuts_after = message
    await new_visit.page.goto(f"{relay.url}/dashboard")
    await new_visit.page.evaluate(MARK)

    await server.publish("it is there")

    await is_live(new_visit, "it is there")
    assert await new_visit.was_reloaded()


async def test_a_page_of_another_version_than_its_server_loads_anew(server, relay, visit):
    await visit.page.evaluate(DOCUMENT_OF_ANOTHER_VERSION)
    relay.reset()
    await is_lost(visit)
    await server.publish("of the new version")

    for _ in range(2):
        await visit.page.clock.fast_forward(SILENT_MS)

    await is_live(visit, "of the new version")
    assert await visit.was_reloaded()


async def test_what_the_server_sends_to_a_page_that_came_back_is_not_sent_to_it_again(
    server, relay, visit
):
    frames: list[str] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: frames.append(str(frame)))

    visit.page.on("websocket", watch)
    relay.reset()
    await is_lost(visit)

    await server.publish("again")

    await is_live(visit, "again")
    assert frames
    assert not [frame for frame in frames if "RootAdded" in frame]
