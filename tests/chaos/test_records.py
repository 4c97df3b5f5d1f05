"""The judge of the chaos test can find fault: histories made up, with one thing wrong in each."""

from __future__ import annotations

import pytest

from sources.ids import EventId
from tests.chaos.records import Diary, Evidence, faults
from tests.seam import Got, Record, Resumed, Told

EVENTS = 9


def id(number: int) -> EventId:
    return EventId(1000 + number, 0)


def event(number: int, priority: str = "critical") -> dict[str, object]:
    data = {"n": f"rest:{number}", "mark": "y"}
    return {"event_type": "test", "source": "rest", "priority": priority, "data": data}


def evidence(*numbers: int, filter: int = 0) -> Evidence:
    """A stream of nine, the third of low priority, and a client that received ``numbers``."""
    stream = {id(n): event(n, "low" if n == 3 else "critical") for n in range(1, EVENTS + 1)}
    diary = Diary("reader", Record(filter, id(0)))
    for number in numbers:
        diary.got(id(number), f"rest:{number}")
    acknowledged = {id(n): f"rest:{n}" for n in range(1, EVENTS + 1)}
    return Evidence(stream, acknowledged, [diary])


def judged(evidence: Evidence) -> list[str]:
    return faults(evidence, id(EVENTS))


def with_gap(after: int, before: int | None, missed: int | None, *received: int) -> Evidence:
    """Received in part, told a gap, then ``received``."""
    made = evidence(*range(1, after + 1))
    (diary,) = made.diaries
    diary.record.items.append(Told(id(after), id(before) if before else None, missed))
    for number in received:
        diary.got(id(number), f"rest:{number}")
    return made


def test_one_that_received_everything_is_in_order():
    assert judged(evidence(*range(1, 10))) == []


def test_what_the_filter_keeps_back_is_not_lost():
    assert judged(evidence(1, 2, 4, 5, 6, 7, 8, 9, filter=1)) == []


def test_what_lies_in_a_told_gap_is_not_lost():
    assert judged(with_gap(3, 7, 3, 7, 8, 9)) == []
    assert judged(with_gap(3, 7, None, 7, 8, 9)) == []


def test_a_gap_that_had_no_end_yet_holds_what_it_counts():
    assert judged(with_gap(3, None, 2, 6, 7, 8, 9)) == []
    assert judged(with_gap(3, None, None, 7, 8, 9)) == []


def test_a_gap_is_told_again_to_one_that_resumes_where_it_was():
    made = with_gap(3, 5, 1)
    (diary,) = made.diaries
    diary.record.items += [Resumed(id(3)), Told(id(3), id(8), 4)]
    for number in (8, 9):
        diary.got(id(number), f"rest:{number}")

    assert judged(made) == []


@pytest.mark.parametrize(
    ("received", "fault"),
    [
        ((1, 2, 3, 4, 6, 7, 8, 9), "1005-0 was lost"),
        ((2, 3, 4, 5, 6, 7, 8, 9), "1001-0 was lost"),
        ((1, 2, 3, 4, 5, 5, 6, 7, 8, 9), "1005-0 came after 1005-0"),
        ((1, 2, 3, 5, 4, 6, 7, 8, 9), "1004-0 came after 1005-0"),
        ((1, 2, 3, 4, 5, 6, 7, 8, 9, 2), "1002-0 came after 1009-0"),
        ((1, 2, 3, 4, 5, 6, 7, 8), "stays at 1008-0"),
    ],
    ids=["lost", "lost first", "doubled", "falling", "again at the end", "the end never came"],
)
def test_what_was_received_is_judged(received, fault):
    found = judged(evidence(*received))

    assert any(fault in one for one in found), found


def test_an_event_that_is_not_in_the_stream_is_found():
    made = evidence(*range(1, 10))
    del made.stream[id(5)]
    del made.acknowledged[id(5)]

    assert judged(made) == ["reader: 1005-0 is not in the log"]


def test_an_event_with_the_content_of_another_is_found():
    made = evidence(*range(1, 10))
    made.diaries[0].marks[id(5)] = "rest:6"

    assert judged(made) == ["reader: 1005-0 came with another event"]


def test_an_event_that_the_filter_should_have_kept_back_is_found():
    found = judged(evidence(*range(1, 10), filter=1))

    assert found == ["reader: 1003-0 does not pass filter 1"]


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (with_gap(3, 7, 2, 7, 8, 9), "misses 3"),
        (with_gap(3, 6, 2, 7, 8, 9), "1006-0 was lost"),
        (with_gap(3, None, 1, 6, 7, 8, 9), "1005-0 was lost"),
        (with_gap(3, None, 4, 6, 7, 8, 9), "misses 2"),
        (with_gap(3, 7, 3, 6, 7, 8, 9), "1006-0 came after"),
    ],
    ids=["miscounted", "too short", "open and short", "open and long", "received all the same"],
)
def test_a_gap_is_judged(made, fault):
    found = judged(made)

    assert any(fault in one for one in found), found


def test_a_gap_that_was_told_too_late_is_found():
    made = evidence(1, 2, 3, 7)
    made.diaries[0].record.items += [Told(id(3), id(7), 3), Got(id(8)), Got(id(9))]

    assert any("was lost" in one for one in judged(made))


def test_an_acknowledged_event_that_the_stream_does_not_have_is_found():
    made = evidence(*range(1, 10))
    made.acknowledged[EventId(5000, 0)] = "rest:10"

    assert judged(made) == ["rest:10 was acknowledged as 5000-0, which is not in the stream"]


def test_an_event_that_was_published_twice_is_found():
    made = evidence(*range(1, 10))
    made.stream[id(4)] = made.stream[id(5)]
    del made.acknowledged[id(4)]
    made.diaries[0].marks[id(4)] = "rest:5"

    assert judged(made) == ["rest:5 is 2 times in the stream"]


def test_what_an_actor_met_is_told():
    made = evidence(*range(1, 10))
    made.troubles.append("process 0 logged: Traceback")

    assert judged(made) == ["process 0 logged: Traceback"]
