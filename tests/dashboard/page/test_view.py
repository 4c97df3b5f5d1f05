import asyncio
import json

import pytest
from bokeh.models import ColumnDataSource

from dashboard import scan
from dashboard.page.live import FIRST_ROWS, ROWS_A_SECOND, LiveRows
from dashboard.page.model import MAX_ROWS
from dashboard.page.rows import Rows
from dashboard.page.shared import Shared
from dashboard.page.view import View
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import EventId
from sources.log import EventLog


def events(start, count, source="tester"):
    for number in range(start, start + count):
        yield (
            EventId(number + 1),
            validate({"event_type": "test", "source": source, "data": {"n": number}}),
        )


def view_of(log, **filters):
    return View(log, EventFilter.from_json(filters).compile())


class Table:
    """Live rows at a clock of their own, fed by a view."""

    def __init__(self, hub, view):
        self.now_s = 0.0
        self.source = ColumnDataSource()
        self.live = LiveRows(Rows(hub.rollup), self.source, lambda: self.now_s)
        self.view = view

    @property
    def ids(self):
        return [json.loads(row)[0] for row in self.source.data["row"]]

    async def tick(self):
        await self.view.catch_up()
        self.live.push(self.view)


@pytest.fixture
def log():
    return EventLog(max_events=3000)


@pytest.fixture
async def table(hub, log):
    table = Table(hub, view_of(log))
    await table.view.catch_up()
    table.live.replace(table.view)
    return table


async def test_a_view_keeps_what_passes_and_is_retained():
    log = EventLog(max_events=4)
    view = view_of(log, sources=["a"])
    log.append(events(0, 3, "a"))
    await view.catch_up()
    log.append(events(3, 1, "b"))
    log.append(events(4, 2, "a"))
    await view.catch_up()

    assert [entry.id.ms for entry in view.newest(10)] == [3, 5, 6]
    assert view.passed == 5


async def test_what_came_and_went_between_two_looks_is_counted():
    log = EventLog(max_events=4)
    view = view_of(log)
    log.append(events(0, 1))
    await view.catch_up()

    log.append(events(1, 9))
    await view.catch_up()

    assert view.passed == 10
    assert [entry.id.ms for entry in view.newest(10)] == [7, 8, 9, 10]


async def test_events_grow_out_of_a_span(log):
    view = view_of(log, search="x", time_range="1h")
    old = {"event_type": "x", "source": "s", "timestamp": "2024-01-15T10:30:00Z"}
    new = {"event_type": "x", "source": "s"}
    log.append([(EventId(1), validate(old)), (EventId(2), validate(new))])
    await view.catch_up()

    log.append([(EventId(3), validate({"event_type": "y", "source": "s"}))])
    await view.catch_up()

    assert [entry.id.ms for entry in view.newest(10)] == [2]


async def test_a_view_of_a_log_that_was_cleared_begins_anew(log):
    view = view_of(log)
    log.append(events(0, 3))
    await view.catch_up()

    log.clear()
    await view.catch_up()

    assert list(view.newest(10)) == []


async def test_a_long_scan_lets_others_run(log, monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 3000))
    view = view_of(log, search="tester")

    looking = view.catch_up()
    looking.send(None)

    assert 0 < len(view.entries()) < 3000
    looking.close()


@pytest.mark.parametrize("filters", [{}, {"sources": ["tester"]}, {"search": "tester"}])
async def test_a_scan_in_many_turns_finds_all_in_order_once(log, monkeypatch, filters):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 2000))
    view = view_of(log, **filters)
    came = iter(range(2000, 2010))

    def is_enough():
        log.append(events(next(came, 2010), 1))
        return False

    await view.catch_up(is_enough)
    await view.catch_up()

    ids = [entry.id.ms for entry in view.entries()]
    assert ids == list(range(1, ids[-1] + 1))
    assert ids[-1] == log.last_id.ms
    assert view.passed == ids[-1] - 2000


async def test_the_newest_are_found_first_and_the_rest_on_the_next_look(log, monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 3000))
    view = view_of(log, search="tester")

    await view.catch_up(lambda: len(view.entries()) >= 100)
    first = [entry.id.ms for entry in view.entries()]

    assert not view.is_whole
    assert 100 <= len(first) < 200
    assert first == list(range(first[0], 3001))

    await view.catch_up()
    assert view.is_whole
    assert len(view.entries()) == 3000


async def test_a_table_begins_with_a_screenful_where_all_takes_long(hub, log, monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 3000))
    table = Table(hub, view_of(log, search="tester"))
    clock = iter(range(1000))
    table.live._clock = lambda: next(clock)  # every look takes a second

    await table.live.find(table.view, lambda: True)
    table.live.replace(table.view)

    assert FIRST_ROWS <= len(table.ids) < 2 * FIRST_ROWS
    assert table.ids[-1] == "3000-0"


async def test_a_table_that_goes_on_finds_all_of_what_came_meanwhile(hub, log, monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 3000))
    table = Table(hub, view_of(log, search="tester"))
    table.live.resume(EventId(500))

    await table.live.find(table.view, lambda: True)
    table.live.replace(table.view)

    assert table.live.passed == 2500


async def test_a_scan_for_a_filter_that_is_no_longer_wanted_ends(hub, log, monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 3000))
    table = Table(hub, view_of(log, search="2999"))

    await table.live.find(table.view, lambda: False)

    assert not table.view.is_whole


async def test_many_rows_are_made_in_turns(hub, log, monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    log.append(events(0, 10))
    rows = Rows(hub.rollup)

    making = asyncio.ensure_future(rows.prepare(log.newest(10)))
    counts = []
    while not making.done():
        await asyncio.sleep(0)
        counts.append(len(rows._made))

    assert sorted(set(counts)) == list(range(1, 11))
    made = [json.loads(row)[0] for row in rows.columns(log.newest(10))["row"]]
    assert made == [f"{number}-0" for number in range(1, 11)]


async def test_pages_with_equal_filters_share_a_view(hub):
    shared = Shared(hub)
    one = shared.view(EventFilter(sources=["a", "b"]))
    two = shared.view(EventFilter(sources=["b", "a"]))
    assert one is two

    shared.release(one)
    shared.release(two)

    assert shared.view(EventFilter(sources=["a", "b"])) is not one


async def test_rows_are_streamed_once_and_in_order(log, table):
    log.append(events(0, 3))
    await table.tick()
    log.append(events(3, 2))
    await table.tick()

    assert table.ids == [f"{number}-0" for number in range(1, 6)]
    assert table.live.overload is None


async def test_the_table_keeps_its_newest_rows(log, table):
    for start in range(0, 2000, 100):
        log.append(events(start, 100))
        table.now_s += 1
        await table.tick()

    assert len(table.ids) == MAX_ROWS
    assert table.ids[-1] == "2000-0"


async def test_more_than_can_be_read_is_thinned_and_said_so(log, table):
    for second in range(3):
        log.append(events(second * 1000, 1000))
        table.now_s += 1
        await table.tick()

    assert table.live.overload == {"shown": ROWS_A_SECOND, "of": 1000}
    assert table.live.passed == 3000
    assert table.ids[-1] == "3000-0"


async def test_where_rows_were_left_out_a_row_says_between_which_and_how_many(log, table):
    log.append(events(0, 10))
    await table.tick()
    log.append(events(10, 1000))
    await table.tick()

    first_shown = 1010 - ROWS_A_SECOND + 10
    place = table.ids.index(f"~{first_shown + 1}-0")
    cells = json.loads(table.source.data["row"][place])
    assert cells[2:] == ["unread", "10-0", f"{first_shown + 1}-0", first_shown - 10]
    assert (table.ids[place - 1], table.ids[place + 1]) == ("10-0", f"{first_shown + 1}-0")


async def test_a_session_counts_on_from_the_last_row_of_another(hub, log):
    log.append(events(0, 10))
    table = Table(hub, view_of(log))
    table.live.resume(EventId(4))
    await table.view.catch_up()

    table.live.replace(table.view)

    assert (table.live.passed, table.live.uncounted) == (6, 0)


async def test_what_passed_while_no_rows_were_streamed_is_counted(hub, log, table):
    log.append(events(0, 10))
    await table.tick()
    log.append(events(10, 7))
    anew = view_of(log)
    await anew.catch_up()

    table.live.replace(anew)

    assert table.live.passed == 17


async def test_what_left_the_log_uncounted_is_said_to_be(hub):
    log = EventLog(max_events=5)
    table = Table(hub, view_of(log, sources=["tester"]))
    log.append(events(0, 3))
    await table.view.catch_up()
    table.live.replace(table.view)
    log.append(events(3, 20))
    anew = view_of(log, sources=["tester"])
    await anew.catch_up()

    table.live.replace(anew)

    assert (table.live.passed, table.live.uncounted) == (5, 1)


async def test_a_quiet_second_ends_the_overload(log, table):
    log.append(events(0, 1000))
    await table.tick()

    for _ in range(2):
        table.now_s += 1
        await table.tick()

    assert table.live.overload is None


async def test_a_view_that_nobody_reads_keeps_nothing_that_the_log_let_go_of():
    log = EventLog(max_events=100)
    view = view_of(log)
    log.append(events(0, 100))
    await view.catch_up()
    log.append(events(100, 70))

    log.release()

    assert [entry.id for entry in view.entries()] == [entry.id for entry in log.newest(100)[:30]]
