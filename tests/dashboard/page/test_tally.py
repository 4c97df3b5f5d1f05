import json

import pytest
from bokeh.models import ColumnDataSource

from dashboard.page.board import Board
from dashboard.page.model import LivePage, no_rows
from dashboard.page.shared import Shared
from sources.filters import EventFilter


@pytest.fixture
def tally(hub):
    async def tally(**filters):
        shared = Shared(hub)
        view = shared.view(EventFilter.from_json(filters))
        await view.catch_up()
        await shared.count(view)
        return shared.tally(view)

    return tally


async def test_what_is_retained_is_counted_exactly(publish, tally):
    await publish({"source": "a"}, {"source": "b"}, {"source": "b"})

    counted = await tally(sources=["b"])

    assert (counted.matched.total, counted.searched, counted.exact) == (2, 3, True)
    assert counted.matched.sources == [("b", 2)]


@pytest.mark.parametrize("time_range", ["all", "15m"])
async def test_what_has_left_the_history_still_counts(hub, publish, tally, time_range):
    for _ in range(3):
        await publish(*({"source": source} for source in "aaab" * 2))
    assert len(hub.log) == 10

    counted = await tally(sources=["a"], time_range=time_range)

    assert (counted.matched.total, counted.searched, counted.exact) == (18, 24, True)


async def test_text_is_only_looked_for_in_what_is_retained_and_that_is_said(publish, tally):
    for _ in range(3):
        await publish(*({"data": {"n": number}} for number in range(8)))

    counted = await tally(search="n")

    assert (counted.matched.total, counted.searched, counted.exact) == (10, 10, False)


async def test_an_interval_is_counted_by_its_own_times(hub, publish, tally):
    minute = [{"timestamp": f"2024-01-15T10:{minute}:00Z"} for minute in (29, 30, 31)]
    await publish(*minute)

    counted = await tally(time_range={"start": "2024-01-15T10:30:00Z"})

    assert counted.matched.total == 2


async def test_what_pages_are_shown_alike_is_written_once(hub, publish):
    await publish({"source": "a"})
    shared = Shared(hub)
    view = shared.view(EventFilter())
    await view.catch_up()
    await shared.count(view)
    pages = [LivePage(events=ColumnDataSource(no_rows())) for _ in range(2)]

    for page in pages:
        board = Board(page, lambda *ends: None, lambda *choice: None, list)
        board.show(shared, view)

    one, two = pages
    assert json.loads(one.facets)["sources"] == [["a", 1]]
    assert one.facets is two.facets
    assert one.kpis is two.kpis


@pytest.mark.parametrize("filters", [{}, {"search": "tester"}])
async def test_counts_over_time_add_up_to_what_matches(hub, publish, filters):
    await publish({"priority": "high"}, {"priority": "low"}, {"priority": "low"})
    shared = Shared(hub)
    view = shared.view(EventFilter.from_json(filters))
    await view.catch_up()

    await shared.count(view)

    stacked = shared.stacked(view)

    assert {name: sum(counts) for name, counts in stacked.counts.items()} == {
        "critical": 0, "high": 1, "normal": 0, "low": 2,
    }  # fmt: skip
    assert stacked.highest <= 3
