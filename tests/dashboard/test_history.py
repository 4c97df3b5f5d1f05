"""The newest events that a client asks for first, found without holding up the others."""

import asyncio
import itertools
import json
import time

import pytest

from dashboard import scan
from dashboard.api.export import retained
from dashboard.api.replay import join_with_history
from dashboard.fanout import Reader
from dashboard.hub import Hub
from dashboard.page.past import look_back
from dashboard.settings import Settings
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import BEGINNING, EventId
from tests.waiting import until


class Recorder(Reader):
    """A reader whose connection is a list."""

    id = via = "recorder"

    def __init__(self, **filters):
        super().__init__(
            EventFilter.from_json(filters).compile(), lambda entry: entry.json + b"\n", 0.0
        )
        self.sent_lines = []

    def is_writing(self):
        return False

    def send(self, data):
        self.sent_lines += data.splitlines()

    @property
    def numbers(self):
        return [json.loads(line)["data"]["n"] for line in self.sent_lines]


def events(*numbers):
    return [validate({"event_type": "t", "source": "s", "data": {"n": n}}) for n in numbers]


def last_of(hub: Hub) -> EventId:
    last = hub.log.last_id
    assert last is not None
    return last


async def test_a_long_search_for_a_history_lets_others_run_and_misses_nothing_meanwhile(
    monkeypatch,
):
    monkeypatch.setattr(scan, "TURN_S", 0.0)
    hub = Hub(Settings())
    await hub.start()
    await hub.publish(events(*range(500)))
    reader = Recorder(search="data.n:7")

    place = last_of(hub), hub.log.generation
    joining = asyncio.create_task(join_with_history(hub, reader, 100, place))
    await asyncio.sleep(0)
    assert not hub.fanout.readers
    await hub.publish(events(1007, 1008))
    await joining

    sevens = [n for n in range(500) if "7" in str(n)]
    assert len(sevens) < 100
    await until(lambda: reader.numbers == [*sevens, 1007])
    await hub.stop()


async def test_a_history_is_the_newest_that_pass_up_to_where_the_reader_came(monkeypatch):
    hub = Hub(Settings())
    await hub.start()
    await hub.publish(events(*range(100)))
    reader = Recorder()

    place = last_of(hub), hub.log.generation
    await hub.publish(events(100, 101))
    await join_with_history(hub, reader, 1, place)

    await until(lambda: reader.numbers == [99, 100, 101])
    await hub.stop()


NONE = EventFilter(event_types=["none"]).compile()


async def looked_back(hub):
    assert not (await look_back(hub, NONE, last_of(hub).successor(0))).entries


async def exported(hub):
    first = await hub.source.read(BEGINNING, 500)
    assert [page async for page in retained(hub, NONE, first, last_of(hub))] == []


@pytest.mark.parametrize("search", [looked_back, exported])
async def test_a_search_of_many_pages_lets_others_run_though_each_page_is_quick(
    monkeypatch, search
):
    hub = Hub(Settings(max_history_size=10_000))
    await hub.start()
    await hub.publish(events(*range(10_000)))
    looks = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(looks) * scan.TURN_S / 10)
    diary: list[str] = []

    async def other():
        while True:
            diary.append("other")
            await asyncio.sleep(0)

    others = asyncio.create_task(other())
    await search(hub)
    others.cancel()

    assert len(diary) > 1
    await hub.stop()
