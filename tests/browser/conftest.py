"""Pages in a real browser, watched for what no page of ours may do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from bokeh.server.session import ServerSession
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from dashboard.page.model import LivePage
from tests.fixtures.server import Running, Start
from tests.waiting import until

WAIT_MS = 8000
expect.set_options(timeout=WAIT_MS)

MARK = "window.markOfThisLoad = true"


class Visit:
    """A page that is open, and what it did: errors, and the hosts it asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    @property
    def rows(self) -> Locator:
        """The rows that are filled: the table keeps others at hand."""
        return self.page.locator("#events .ev:not([hidden])")

    def cell(self, row: int, column: str) -> Locator:
        """A cell by the place of its row on the screen, 0 on top; the header is row 1."""
        return self.page.locator(
            f'#events .ev[aria-rowindex="{row + 2}"]:not([hidden]) .c-{column}'
        )

    async def go(self, url: str) -> None:
        """Open ``url``, and wait until the server has answered the page."""
        await self.page.goto(url)
        await expect(self.page.locator("#pill b")).to_have_text("Live")
        await self.page.evaluate(MARK)

    async def only(self, menu: str, name: str) -> None:
        """Choose one entry of the menu of types or sources, and close it."""
        await self.page.locator(f"#{menu}-button").click()
        option = self.page.locator(f"#{menu}-menu .option", has_text=name)
        await option.hover()
        await option.locator(".only").click()
        await self.page.keyboard.press("Escape")

    async def was_reloaded(self) -> bool:
        return not await self.page.evaluate("window.markOfThisLoad === true")


Open = Callable[..., Awaitable[Visit]]


def sessions_of(server: Running) -> list[ServerSession]:
    """The sessions of the pages that a server has given."""
    sessions: list[ServerSession] = server.server._server.get_sessions("/dashboard")
    return sessions


def model_of(server: Running) -> LivePage:
    """What the newest page shares with its server."""
    model = sessions_of(server)[-1].document.get_model_by_name("page")
    assert isinstance(model, LivePage)
    return model


@pytest.fixture
def start_server(start_embedded: Start) -> Start:
    """A page knows nothing of where its events come from: one form is enough."""
    return start_embedded


@pytest.fixture
async def context(browser: Browser, server: Running) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    await context.close()
    await until(lambda: not any(session.connection_count for session in sessions_of(server)))


@pytest.fixture
async def open_page(context: BrowserContext) -> AsyncIterator[Open]:
    """Open addresses; the test fails where a script of a page did."""
    visits: list[Visit] = []

    async def open_page(url: str) -> Visit:
        visit = Visit(await context.new_page())
        visits.append(visit)
        await visit.go(url)
        return visit

    yield open_page
    assert [error for visit in visits for error in visit.errors] == []


@pytest.fixture
async def visit(server: Running, open_page: Open) -> Visit:
    """The page of a server without events."""
    opened: Visit = await open_page(server.server.page_url)
    return opened
