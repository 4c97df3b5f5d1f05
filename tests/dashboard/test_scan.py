"""Long searches of the log: what they find, and how they share the loop with the others."""

import asyncio
import itertools
from typing import ClassVar

import pytest

from dashboard import scan
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import EventId
from sources.log import entry_of


def entries(count, text=""):
    return [
        entry_of(
            EventId(number),
            validate(
                {"event_type": "t", "source": f"s{number % 7}", "data": {"n": number, "x": text}}
            ),
        )
        for number in range(1, count + 1)
    ]


class Looked(EventFilter):
    """A platform's filter that notes what it was asked about."""

    asked: ClassVar[list[int]] = []

    def passes(self, entry):
        self.asked.append(entry.id.ms)
        return True


@pytest.fixture
def every_part_a_turn(monkeypatch):
    monkeypatch.setattr(scan, "TURN_S", 0.0)


async def work(name, diary, turns=5):
    turn = scan.Turn()
    for _ in range(turns):
        diary.append(name)
        await turn.give_way()


def wake(future):
    if not future.done():
        future.set_result(None)


async def other(diary):
    """Wait again and again as one does for a socket: a callback, its future, and the task."""
    loop = asyncio.get_running_loop()
    while True:
        came = loop.create_future()
        loop.call_soon(wake, came)
        await came
        diary.append("other")


@pytest.mark.usefixtures("every_part_a_turn")
async def test_between_two_turns_of_any_works_the_others_are_served():
    diary: list[str] = []
    others = asyncio.create_task(other(diary))

    await asyncio.gather(work("a", diary), work("b", diary), work("c", diary))
    others.cancel()

    later = diary[diary.index("c") + 1 :]  # all three begin at once
    assert [each for each in later if each != "other"] == ["a", "b", "c"] * 4
    assert all("other" in pair for pair in itertools.pairwise(later))


@pytest.mark.usefixtures("every_part_a_turn")
async def test_a_work_that_ends_while_it_waits_in_line_holds_up_nobody():
    diary: list[str] = []
    works = [asyncio.create_task(work(name, diary, 10_000 if name == "b" else 5)) for name in "abc"]
    await asyncio.sleep(0)

    works[1].cancel()
    await asyncio.wait_for(asyncio.gather(*works, return_exceptions=True), 10)

    assert diary.count("a") == diary.count("c") == 5
    assert diary.count("b") == 1


@pytest.mark.usefixtures("every_part_a_turn")
async def test_of_large_events_few_are_read_in_one_turn():
    matcher = EventFilter(search="needle").compile()
    diary: list[str] = []
    others = asyncio.create_task(other(diary))

    found = await scan.scan(matcher, entries(20, "x" * 60_000), scan.Turn())
    others.cancel()

    assert found == []
    assert diary.count("other") >= 19


@pytest.mark.parametrize("chosen", [{}, {"sources": ["s3"]}, {"search": "t"}, {"search": "s3 17"}])
@pytest.mark.parametrize("count", [1, 7, 40, 5000])
@pytest.mark.parametrize("text", ["", "y" * 5000])
@pytest.mark.usefixtures("every_part_a_turn")
async def test_the_newest_that_pass_are_the_end_of_all_that_pass(chosen, count, text):
    matcher, log = EventFilter(**chosen).compile(), entries(1200 if not text else 100, text)

    found = await scan.scan_newest(matcher, log, count)

    assert found == (await scan.scan(matcher, log, scan.Turn()))[-count:]
    assert found == [entry for entry in log if matcher.matches(entry, 0)][-count:]


async def test_for_the_newest_no_more_is_looked_at_than_is_needed():
    Looked.asked.clear()

    found = await scan.scan_newest(Looked().compile(), entries(10_000), 50)

    assert [entry.id.ms for entry in found] == list(range(9951, 10_001))
    assert min(Looked.asked) > 9900
