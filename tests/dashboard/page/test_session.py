from typing import cast

import param
import pytest
from bokeh.models import ColumnDataSource
from bokeh.server.session import ServerSession

from dashboard.page.model import LivePage, no_rows
from dashboard.page.session import PageSession
from dashboard.page.shared import Shared
from sources.base import SourceUnreachable
from sources.filters import EventFilter
from sources.log import Entry


@pytest.fixture
def page(hub):
    """A page that no browser has connected to yet, so that nothing is pushed to it."""
    page = LivePage(events=ColumnDataSource(no_rows()))
    session = PageSession(Shared(hub), page, lambda: None)
    yield page
    session.close()


@pytest.fixture
def session_of_page(hub):
    page = LivePage(events=ColumnDataSource(no_rows()))
    session = PageSession(Shared(hub), page, lambda: None)
    yield page, session
    session.close()


def ask(page, kind, value=None, n=1):
    page.request = {"n": n, "kind": kind, "value": value}


async def test_a_page_shows_what_its_address_says(page):
    ask(page, "ready", "?sources=billing&tab=agents&event=1-0")

    assert page.filters == {"sources": ["billing"]}
    assert (page.tab, page.selected) == ("agents", "1-0")
    assert page.url == "?sources=billing&tab=agents&event=1-0"


async def test_a_filter_is_answered_in_its_plain_form(page):
    ask(page, "ready", "")

    page.filters = {"event_types": [], "search": "x", "time_range": "15M"}

    assert page.filters == {"search": "x", "time_range": "15m"}
    assert page.url == "?search=x&time_range=15m"


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {"priority": ["urgent"]}, {"nonsense": 1}])
async def test_a_filter_that_cannot_be_read_is_refused_and_the_earlier_kept(page, wrong):
    ask(page, "ready", "?sources=a")

    page.filters = wrong

    assert page.filter_error
    assert page.url == "?sources=a"


async def test_an_error_goes_with_the_next_good_filter(page):
    ask(page, "ready", "")
    page.filters = {"time_range": "soon"}

    page.filters = {"time_range": "1h"}

    assert page.filter_error == ""


async def test_an_error_goes_when_the_mistake_is_taken_back(page):
    ask(page, "ready", "?sources=a")
    page.filters = {"sources": ["a"], "time_range": "soon"}

    page.filters = {"sources": ["a"]}

    assert page.filter_error == ""


async def test_a_hidden_page_keeps_no_view(session_of_page):
    page, session = session_of_page
    view = session._wanted_view()
    assert view.users == 1

    page.hidden = True

    assert view.users == 0


class Browser:
    """A connected browser that takes everything."""

    destroyed, connection_count = False, 1

    async def with_document_locked(self, change):
        change()


async def test_what_went_while_hidden_is_told_when_the_source_is_back(hub, publish, monkeypatch):
    page = LivePage(events=ColumnDataSource(no_rows()))
    session = PageSession(Shared(hub), page, lambda: cast("ServerSession", Browser()))
    (seen,) = await publish({})
    session._live.resume(seen.id)
    page.hidden = True
    await publish(*[{}] * 20)

    async def away(after, limit):
        raise SourceUnreachable("away")

    with monkeypatch.context() as while_away:
        while_away.setattr(hub.source, "read", away)
        page.hidden = False
        await session._tick()
    await session._tick()

    assert [lost.missed for lost in session._away.lost()] == [10]
    session.close()


async def test_an_open_request_is_looked_up_again_once_something_of_it_came(hub, publish):
    page = LivePage(events=ColumnDataSource(no_rows()))
    session = PageSession(Shared(hub), page, lambda: cast("ServerSession", Browser()))
    shared = {"agent": "billing", "correlation_id": "c-1"}
    (request,) = await publish({"event_type": "agent_request", "data": shared})
    page.selected = str(request.id)
    await session._tick()
    waiting = session._waiting
    assert waiting is not None

    await publish({"data": {"correlation_id": "c-2"}})
    looks = [waiting.has_news()]
    await publish({"event_type": "agent_response", "data": shared})
    looks += [waiting.has_news(), waiting.has_news()]
    await session._find_detail()
    looks.append(session._waiting is not None)

    assert looks == [False, True, False, False]
    session.close()


class Failing(EventFilter):
    ratio = param.Integer(default=1)

    def passes(self, entry: Entry) -> bool:
        return 1 / self.ratio > 0


async def test_a_filter_that_fails_is_told_on_the_page_until_another_is_chosen(hub, publish):
    hub.filter_class = Failing
    page = LivePage(events=ColumnDataSource(no_rows()))
    session = PageSession(Shared(hub), page, lambda: cast("ServerSession", Browser()))
    await publish({})

    page.filters = {"ratio": 0}
    with pytest.raises(ZeroDivisionError):
        await session._tick()
    told = page.filter_error
    # Another one puts the word away by itself; the same, which works again, does it as well.
    page.update(filters={"ratio": 2})
    page.filter_error = told
    await session._tick()

    assert "ZeroDivisionError" in told
    assert page.filter_error == ""
    session.close()


@pytest.mark.parametrize(
    "request_",
    [None, 7, [], {}, {"kind": []}, {"kind": "ready", "value": 9}, {"kind": "unknown"}],
)
async def test_a_request_may_be_anything(page, request_):
    page.request = request_

    assert page.filters == {}


async def test_a_click_on_a_bar_takes_its_name_in_and_out(session_of_page):
    page, session = session_of_page

    session._toggled("priority", "high")
    session._toggled("priority", "low")
    assert page.filters == {"priority": ["high", "low"]}
    session._toggled("priority", "high")

    assert page.filters == {"priority": ["low"]}


async def test_a_brush_is_a_range_of_whole_seconds(session_of_page):
    page, session = session_of_page

    session._brushed(1_705_314_600.4, 1_705_314_659.2)

    assert page.filters["time_range"] == {
        "start": "2024-01-15T10:30:00Z",
        "end": "2024-01-15T10:30:59.999Z",
    }


async def test_selecting_an_event_is_in_the_address(page):
    ask(page, "ready", "")

    page.selected = "5-0"

    assert page.url == "?event=5-0"
