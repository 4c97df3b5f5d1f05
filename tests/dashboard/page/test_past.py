import asyncio
import json
from typing import Any

import pytest

from dashboard.hub import Hub
from dashboard.page.past import AROUND, ROWS, SEARCHED, Past, look_back
from dashboard.page.rows import Rows
from dashboard.settings import Settings
from sources.base import SourceUnreachable
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import BEGINNING, EventId

LATE = EventId(2**60)


@pytest.fixture
async def hub():
    hub = Hub(Settings(max_history_size=20_000))
    await hub.start()
    await hub.ready(5)
    yield hub
    await hub.stop()


async def publish(hub, count, source="tester"):
    events = [
        validate({"event_type": "test", "source": source, "data": {"n": number}})
        for number in range(count)
    ]
    return await hub.publish(events)


def matcher(**filters):
    return EventFilter.from_json(filters).compile()


class Answers:
    """What a page is answered, one after the other."""

    def __init__(self, hub):
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.past = Past(hub, Rows(hub.rollup), self.queue.put)

    async def to(self, question, matcher):
        self.past.ask(question, matcher)
        async with asyncio.timeout(5):
            return await self.queue.get()


@pytest.fixture
async def answers(hub):
    answers = Answers(hub)
    yield answers
    answers.past.stop()


async def test_a_stretch_ends_where_the_next_begins(hub):
    ids = await publish(hub, 2 * ROWS + 10)

    first = await look_back(hub, matcher(), LATE)
    second = await look_back(hub, matcher(), first.back_to)
    third = await look_back(hub, matcher(), second.back_to)

    found = [*third.entries, *second.entries, *first.entries]
    assert [entry.id for entry in found] == ids
    assert [stretch.whole for stretch in (first, second, third)] == [False, False, True]
    assert third.last
    assert third.missed == 0


async def test_a_stretch_between_two_events_is_whole_once_it_reaches_the_older(hub):
    ids = await publish(hub, 30)

    found = await look_back(hub, matcher(), ids[20], ids[10])

    assert [entry.id for entry in found.entries] == ids[11:20]
    assert found.whole
    assert not found.last


async def test_a_rare_event_is_searched_for_a_part_at_a_time(hub):
    await publish(hub, 1, "rare")
    await publish(hub, SEARCHED + 1000)

    first = await look_back(hub, matcher(sources=["rare"]), LATE)
    second = await look_back(hub, matcher(sources=["rare"]), first.back_to)

    assert not first.entries
    assert not first.whole
    assert [entry.source for entry in second.entries] == ["rare"]
    assert second.whole


async def test_what_is_gone_before_a_stretch_is_counted():
    hub = Hub(Settings(max_history_size=10))
    await hub.start()
    ids = await publish(hub, 25)

    found = await look_back(hub, matcher(), LATE, ids[4])

    assert [entry.id for entry in found.entries] == ids[15:]
    assert found.last
    assert found.missed == 10
    await hub.stop()


async def test_a_page_is_answered_with_rows_and_how_far_they_reach(hub, answers):
    ids = await publish(hub, 5)
    question = {"n": 7, "before": str(ids[4]), "after": str(ids[1])}

    answer = await answers.to(question, matcher())

    assert [row[0] for row in json.loads(answer["rows"])] == [str(id) for id in ids[2:4]]
    assert (answer["n"], answer["view"], answer["whole"]) == (7, "{}", True)


async def test_without_an_id_a_page_is_told_what_lies_before_the_log(hub, answers):
    await publish(hub, 5)

    answer = await answers.to({"n": 1}, matcher())

    assert answer["rows"] == "[]"
    assert answer["last"]


@pytest.mark.parametrize("question", [{"before": 7}, {"before": "x", "after": []}, {"n": None}])
async def test_a_question_may_be_anything(answers, question):
    answer = await answers.to(question, matcher())

    assert answer["error"] == ""


async def test_a_new_question_takes_the_place_of_the_last(hub, answers):
    await publish(hub, SEARCHED)
    answers.past.ask({"n": 1, "before": str(LATE)}, matcher(search="nowhere"))

    answer = await answers.to({"n": 2, "before": str(LATE)}, matcher())

    assert answer["n"] == 2
    assert answers.queue.empty()


async def test_a_source_that_is_away_is_said(hub, answers, monkeypatch):
    async def away(id, limit):
        raise SourceUnreachable("Redis is away")

    monkeypatch.setattr(hub.source, "before", away)

    answer = await answers.to({"n": 1, "before": str(LATE)}, matcher())

    assert answer["error"] == "Redis is away"


async def test_an_empty_log_has_no_past(hub):
    found = await look_back(hub, matcher(), BEGINNING)

    assert (found.whole, found.last, list(found.entries)) == (True, True, [])


async def test_around_an_event_are_those_before_and_after_it(hub, answers):
    ids = await publish(hub, 3 * AROUND)
    middle = len(ids) // 2

    answer = await answers.to({"n": 1, "around": str(ids[middle])}, matcher())

    found = [row[0] for row in json.loads(answer["rows"])]
    assert found == [str(id) for id in ids[middle - AROUND + 1 : middle + AROUND + 1]]


@pytest.mark.parametrize("id", ["1-0", f"{2**64 - 1}-{2**64 - 1}", f"7-{2**64 - 1}"])
async def test_around_an_id_that_is_gone_or_never_was_is_what_is_next_to_it(hub, answers, id):
    await publish(hub, 5)

    answer = await answers.to({"n": 1, "around": id}, matcher())

    assert len(json.loads(answer["rows"])) == 5
