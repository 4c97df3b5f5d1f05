"""What the hub is made of, by the settings."""

import asyncio

import param
import pytest

from dashboard.hub import Hub, load_filter_class
from dashboard.settings import InvalidSetting, Settings
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import EventId
from tests.waiting import until


class GoodFilter(EventFilter):
    tenant = param.String()


class ClashingFilter(EventFilter):
    limit = param.Integer(default=0)


def test_a_platforms_own_filter_is_loaded_by_its_name():
    assert load_filter_class(f"{__name__}:GoodFilter") is GoodFilter
    assert load_filter_class(None) is EventFilter


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nothing.here:X", "cannot be imported"),
        ("sources.filters:Nothing", "cannot be imported"),
        ("sources.log:EventLog", "not a subclass of EventFilter"),
        (f"{__name__}:ClashingFilter", "'limit', which the address already uses"),
    ],
)
def test_what_is_no_filter_stops_the_start(path, says):
    with pytest.raises(InvalidSetting, match=says):
        load_filter_class(path)


async def test_it_starts_once_and_stops_twice():
    hub = Hub(Settings())

    await hub.start()
    await hub.start()
    assert await hub.ready(5)
    await hub.stop()
    await hub.stop()


async def test_a_request_that_comes_after_the_stop_does_not_start_it_again():
    hub = Hub(Settings())
    await hub.start()
    await hub.stop()

    await hub.start()

    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("hub ")]


async def test_a_task_that_fails_is_logged_and_started_again(error_log, monkeypatch):
    error_log.expect("stats stopped unexpectedly")
    hub = Hub(Settings())
    monkeypatch.setattr("dashboard.hub._RESTART_S", 0.01)
    runs = []

    async def fails_once():
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("broken")
        await asyncio.Event().wait()

    monkeypatch.setattr(hub.stats, "run", fails_once)
    await hub.start()
    await until(lambda: len(runs) == 2)
    await hub.stop()


async def test_events_reach_the_rollup():
    hub = Hub(Settings())
    await hub.start()

    await hub.publish([validate({"event_type": "t", "source": "s"})])

    assert hub.rollup.totals(60) == {("t", "s", "normal"): 1}
    await hub.stop()


async def test_an_older_copy_of_the_stream_is_not_counted_again():
    hub = Hub(Settings())
    await hub.start()
    await hub.ready(5)
    ids = await hub.publish([validate({"event_type": "t", "source": "s"})] * 3)
    events = [(id, validate({"event_type": "t", "source": "s"})) for id in ids]

    hub.log.clear()
    hub.log.append(events)
    await hub.publish([validate({"event_type": "t", "source": "s"})])

    assert hub.rollup.totals(60) == {("t", "s", "normal"): 4}
    assert hub.stats.received == 4
    await hub.stop()


async def test_events_of_a_stream_made_anew_are_counted_also_where_its_ids_are_lower():
    hub = Hub(Settings())
    await hub.start()
    await hub.ready(5)
    event = validate({"event_type": "t", "source": "s"})
    hub.log.append([(EventId(9_000_000_000_000), event)])

    hub.log.clear()
    for ms in range(1, 5):
        hub.log.append([(EventId(ms), event)])

    # The first may be what an older copy brought again.
    assert hub.rollup.totals(60) == {("t", "s", "normal"): 4}
    await hub.stop()


async def test_an_id_beyond_the_year_9999_can_be_loaded():
    hub = Hub(Settings())
    await hub.start()

    hub.log.append([(EventId(2**64 - 1), validate({"event_type": "t", "source": "s"}))])

    assert hub.stats.last_activity is not None
    assert hub.rollup.totals(60) == {("t", "s", "normal"): 1}
    await hub.stop()


async def test_a_publish_that_is_still_being_read_when_it_stops_goes_in():
    hub = Hub(Settings())
    await hub.start()
    assert await hub.ready(5)

    with hub.in_hand():
        stopping = asyncio.create_task(hub.stop())
        await asyncio.sleep(0)
        await hub.publish([validate({"event_type": "t", "source": "s"})])
        assert not stopping.done()
    await asyncio.wait_for(stopping, 10)

    assert len(hub.log) == 1
