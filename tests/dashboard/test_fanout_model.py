"""The log and its fan-out against a model that forgets nothing, in every order of what can happen.

Readers with several filters come, fall behind, change their filter and leave while the log trims,
lets go of frames and misses events; what each was given is held against the law of the seam.
"""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import fanout
from dashboard.fanout import Fanout, Reader
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import BEGINNING, EventId
from sources.log import Entry, EventLog, entry_of
from tests.seam import FILTERS, Applied, Got, Law, Record, Told
from tests.waiting import until

steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 30)),
        st.tuples(st.just("join"), st.integers(0, 2)),
        st.tuples(st.just("stall"), st.integers(0, 3)),
        st.tuples(st.just("go on"), st.integers(0, 3)),
        st.tuples(st.just("filter"), st.integers(0, 3)),
        st.tuples(st.just("leave"), st.integers(0, 3)),
        st.tuples(st.just("break"), st.integers(0, 3)),
        st.tuples(st.just("turn"), st.integers(1, 3)),
        st.tuples(st.just("release"), st.just(0)),
        st.tuples(st.just("miss"), st.integers(1, 9)),
    ),
    min_size=8,
    max_size=40,
).map(lambda script: [("join", 0), *script])


def id_line(entry):
    return b"%s\n" % str(entry.id).encode()


class Recorder(Reader):
    """A reader that writes down what it is given, and may fail to."""

    via, id = "test", "recorder"

    def __init__(self, number, record):
        super().__init__(EventFilter.from_json(FILTERS[number]).compile(), id_line, 0.0)
        self.record = record
        self.is_stalled = self.is_broken = self.is_closed = False

    def is_writing(self):
        return self.is_stalled

    def send(self, data):
        if self.is_broken:
            raise RuntimeError("broken")
        self.record.items += [Got(EventId.parse(line.decode())) for line in data.splitlines()]

    def send_gap(self, gap):
        first = gap.resumed_from and EventId.parse(gap.resumed_from)
        self.record.items.append(Told(EventId.parse(gap.after), first, gap.missed))

    def fail(self):
        self.is_closed = True


class Stage:
    """A log with its fan-out, everything that ever entered it, and every reader there ever was."""

    def __init__(self):
        self.log = EventLog(max_events=5, lag_events=20)
        self.fanout = Fanout(self.log, slow_client_timeout_s=30)
        self.entries: dict[EventId, Entry] = {}
        self.readers = []
        self.log.listen(lambda added: self.entries.update((each.id, each) for each in added))

    def play(self, step, number):
        here = [each for each in self.readers if each in self.fanout.readers]
        reader = here[number % len(here)] if here else None
        if step == "publish":
            self.publish(number)
        elif step == "join" and (self.log.last_id or not self.entries):
            self.readers.append(
                Recorder(number, Record(number, max(self.entries, default=BEGINNING)))
            )
            self.fanout.join(self.readers[-1], self.log.last_id or BEGINNING, self.log.generation)
        elif step == "release":
            self.log.release()
        elif step == "miss":
            self.entries.update((id, entry_of(id, event)) for id, event in self.next_events(number))
            self.log.clear(missed=number)
        elif reader is not None:
            self.change(reader, step, number)

    def publish(self, count):
        self.log.append(self.next_events(count))

    def next_events(self, count):
        first = len(self.entries) + 1
        return [
            (EventId(n), validate({
                "event_type": "test", "source": "s", "priority": ("low", "high", "critical")[n % 3],
                # A critical one passes every filter.
                "data": {"mark": "x" if n % 2 and n % 3 != 2 else "y"},
            })) for n in range(first, first + count)
        ]  # fmt: skip

    def change(self, reader, step, number):
        if step in ("stall", "go on"):
            reader.is_stalled = step == "stall"
        elif step == "filter":
            reader.record.items.append(Applied(number % 3))
            chosen = EventFilter.from_json(FILTERS[number % 3])
            self.fanout.change_filter(reader, chosen.compile())
        elif step == "break":
            reader.is_broken = True
        else:
            self.fanout.leave(reader)

    async def end(self):
        """Let everyone who is left come to the end of the log."""
        for reader in self.readers:
            reader.is_stalled = False
        self.publish(3)
        await until(lambda: all(each.position == self.log.last_id for each in self.fanout.readers))
        self.log.release()
        self.fanout.close()


@settings(deadline=None)
@given(steps)
@pytest.mark.filterwarnings("default")
def test_each_reader_is_given_what_passes_or_told_what_it_misses(script):
    async def play():
        stage = Stage()
        for step, number in script:
            if step == "turn":
                for _ in range(number):
                    await asyncio.sleep(0)
            else:
                stage.play(step, number)
        await stage.end()
        return stage

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fanout, "PACE_S", 0.0)
        patch.setattr(fanout, "_PACE_PER_READER_S", 0.0)
        patch.setattr(fanout, "_RETRY_S", 0.0)
        patch.setattr(fanout._log, "disabled", True)
        stage = asyncio.run(play())

    law = Law(stage.entries)
    for reader in stage.readers:
        assert law.faults(reader.record) == []
        if reader in stage.fanout.readers:
            passing = [e.id for e in reader.matcher.select(stage.log.newest(3))]
            assert passing
            assert all(reader.record.has(id) for id in passing)
            assert not reader.is_broken
    # No one lags any more, so that nothing is kept beyond the history.
    assert len(stage.log.follow(BEGINNING).entries) == min(5, stage.log.total)
