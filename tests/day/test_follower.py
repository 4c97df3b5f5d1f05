"""The follower of the day is not to be fooled: made-up streams with one thing wrong in each."""

import random

import pytest

from tests.day.__main__ import AWAY, AWAY_LONG, KILLED, LONG, RESTARTS, plan
from tests.day.follower import Follower


def event(number: int) -> dict:
    return {"source": "agent", "id": f"{number + 1}-0", "data": {"n": number}}


def gap(after: str, resumed_from: str | None, missed: int | None) -> dict:
    data = {"status": "gap", "after": after, "resumed_from": resumed_from, "missed": missed}
    return {"source": "dashboard", "data": data}


def faults_of(*messages: dict) -> list[str]:
    follower = Follower("http://127.0.0.1", 10)
    for message in messages:
        follower._take(message)
    return follower.faults


@pytest.mark.parametrize(
    "messages",
    [
        [event(0), event(1), event(2)],
        [event(0), gap("1-0", "4-0", 2), event(3)],
        [event(0), gap("1-0", None, None), event(3)],
        [event(0), gap("1-0", "3-0", 1), gap("3-0", "4-0", 1), event(3)],
    ],
)
def test_what_is_whole_or_told_holds(messages):
    assert faults_of(*messages) == []


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([event(0), event(2)], "1 before event 2 are missing, and not told"),
        ([event(1)], "1 before event 1 are missing, and not told"),
        ([event(0), event(0)], "event 0 came after event 0"),
        ([event(0), gap("1-0", "4-0", 3), event(3)], "3 were told before 4-0, 2 are missing"),
        ([event(0), gap("2-0", "4-0", 2), event(3)], "a gap was told after 2-0 behind 1-0"),
        ([event(0), gap("1-0", "3-0", 2), event(3)], "a gap that ends at 3-0 ends at 4-0"),
    ],
)
def test_what_is_neither_is_found(messages, says):
    assert faults_of(*messages) == [says]


def test_a_plan_has_every_kind_of_restart_and_fits_the_day():
    restarts = plan(random.Random(1), 1_000_000)

    assert len(restarts) == RESTARTS
    assert sum(restart.killed for restart in restarts) == KILLED
    assert sum(restart.away == AWAY_LONG for restart in restarts) == LONG
    used = sum(restart.after + restart.away + AWAY for restart in restarts)
    assert 0.8e6 < used < 1_000_000
    assert restarts == plan(random.Random(1), 1_000_000)
