import asyncio

import pytest

from dashboard.gaps import Gaps, Lost, lost_after
from sources.base import SourceUnreachable
from sources.event import validate
from sources.ids import EventId
from sources.log import Batch, EventLog
from sources.memory import MemorySource
from tests.waiting import until


def events(start, count):
    for number in range(start, start + count):
        yield EventId(number), validate({"event_type": "test", "source": "tester"})


class Source(MemorySource):
    """Tells what was lost once it is back, as Redis does."""

    def __init__(self, log, batches):
        super().__init__(log)
        self.batches = batches

    async def read(self, after, limit):
        batch = self.batches.pop(0)
        if batch is None:
            raise SourceUnreachable("away")
        return batch


@pytest.fixture
def log():
    return EventLog()


@pytest.fixture
async def watching(log):
    """Start to watch a source that will answer with these batches."""
    tasks = []

    def watch(*batches):
        gaps = Gaps(Source(log, list(batches)))
        log.listen(gaps.note)
        tasks.append(asyncio.create_task(gaps.run()))
        return gaps

    yield watch
    for task in tasks:
        task.cancel()


def batch_from(log, id, missed):
    entry = log.get(EventId(id))
    return Batch((entry,), entry.id, missed)


async def test_a_log_made_anew_is_a_gap_of_as_many_as_the_source_says(log, watching):
    later = EventLog()
    later.append(events(90, 3))
    gaps = watching(batch_from(later, 90, 1204))
    log.append(events(1, 5))

    log.clear()
    log.append(events(92, 1))

    await until(lambda: gaps.known)
    assert list(gaps.known) == [Lost(EventId(5), EventId(90), 1204)]


async def test_a_log_made_anew_with_nothing_lost_is_no_gap(log, watching):
    later = EventLog()
    later.append(events(6, 1))
    source = [batch_from(later, 6, 0), batch_from(later, 6, None)]
    gaps = watching(*source)
    log.append(events(1, 5))
    log.clear()
    log.append(events(6, 1))
    log.clear()
    log.append(events(7, 1))

    await until(lambda: gaps.known)

    assert [gap.missed for gap in gaps.known] == [None]


async def test_the_first_events_of_all_are_no_gap(log, watching):
    gaps = watching()
    log.clear()

    log.append(events(1, 5))

    assert gaps._open.empty()


async def test_what_the_log_let_go_of_is_counted():
    log = EventLog(max_events=4)
    source = MemorySource(log)
    log.append(events(1, 10))

    assert await lost_after(source, EventId(2)) == Lost(EventId(2), EventId(7), 4)
    assert await lost_after(source, EventId(6)) is None
    assert await lost_after(source, EventId(10)) is None
