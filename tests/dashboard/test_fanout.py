"""Delivery by position: to readers that are quick, slow, filtered, or that lost their place."""

import time

import pytest

from dashboard.fanout import Fanout, Reader
from sources.event import validate
from sources.filters import EventFilter
from sources.ids import BEGINNING, EventId
from sources.log import EventLog
from tests.waiting import until

EVENT = {"event_type": "test", "source": "s", "data": {"text": ""}}


def plain(entry):
    return entry.json + b"\n"


class Recorder(Reader):
    """A reader whose connection is a list."""

    via = "test"

    def __init__(self, chosen=None):
        super().__init__(EventFilter.from_json(chosen or {}).compile(), plain, 0.0)
        self.id = "recorder"
        self.writing = False
        self.sends = []
        self.told = []
        self.failed = False
        self.fault: Exception | None = None

    def is_writing(self):
        return self.writing

    def progress(self):
        return len(self.sends)

    def send(self, data):
        if self.fault is not None:
            raise self.fault
        self.sends.append(data)

    def fail(self):
        self.failed = True

    def send_gap(self, gap):
        self.told.append((len(self.sends), gap))

    @property
    def texts(self):
        return [line.split(b'"text":"')[1].split(b'"')[0].decode()
                for send in self.sends for line in send.splitlines()]  # fmt: skip


class Bench:
    """A log with its fan-out."""

    def __init__(self, **bounds):
        self.log = EventLog(**bounds)
        self.fanout = Fanout(self.log, slow_client_timeout_s=30)
        self.count = 0

    def publish(self, *texts, **keys):
        given = {"event_type": "test", "source": "s", **keys}
        events = [validate({**given, "data": {"text": text}}) for text in texts]
        ids = [EventId(1000 + self.count + n) for n in range(len(texts))]
        self.count += len(texts)
        self.log.append(zip(ids, events, strict=True))
        return ids

    def join(self, reader):
        self.fanout.join(reader, self.log.last_id or BEGINNING, self.log.generation)
        return reader


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.fanout.close()


async def test_what_is_published_together_is_sent_at_once(bench):
    reader = bench.join(Recorder())

    bench.publish("a", "b", "c")
    await until(lambda: reader.sends)

    assert len(reader.sends) == 1
    assert reader.texts == ["a", "b", "c"]


async def test_readers_with_equal_filters_share_the_same_bytes(bench):
    first, second = bench.join(Recorder({"search": "a"})), bench.join(Recorder({"search": "a"}))

    bench.publish("a", "b")
    await until(lambda: second.sends and first.sends)

    assert first.sends[0] is second.sends[0]


async def test_an_event_that_passes_nobody_still_moves_the_position(bench):
    reader = bench.join(Recorder({"sources": ["nobody"]}))

    (id,) = bench.publish("a")
    await until(lambda: reader.position == id)

    assert reader.sends == []
    assert bench.fanout.behind(reader) == 0


async def test_a_reader_that_is_still_writing_is_skipped_and_gets_all_of_it_later(bench):
    slow, quick = bench.join(Recorder()), bench.join(Recorder())
    slow.writing = True

    bench.publish("a")
    await until(lambda: quick.sends)
    bench.publish("b")
    await until(lambda: len(quick.sends) == 2)
    assert slow.sends == []
    assert bench.fanout.behind(slow) == 2
    slow.writing = False
    await until(lambda: slow.sends)

    assert slow.texts == ["a", "b"]


async def test_a_reader_left_behind_is_told_exactly_what_it_misses_before_what_follows():
    bench = Bench(max_events=2, lag_events=4)
    slow = bench.join(Recorder())
    (position,) = bench.publish("first")
    await until(lambda: slow.sends)
    slow.writing = True

    ids = bench.publish(*"abcdefghij")
    slow.writing = False
    await until(lambda: len(slow.sends) == 2)

    ((sends_before, gap),) = slow.told
    assert sends_before == 1
    assert (gap.after, gap.resumed_from, gap.missed) == (str(position), str(ids[6]), 6)
    assert slow.texts == ["first", "g", "h", "i", "j"]
    bench.fanout.close()


async def test_a_log_made_anew_is_a_gap_that_cannot_be_counted(bench):
    reader = bench.join(Recorder())
    bench.publish("old")
    await until(lambda: reader.sends)

    bench.log.clear()
    bench.count = -900  # the ids of the new stream step back
    bench.publish("new")
    await until(lambda: len(reader.sends) == 2)

    assert [gap.missed for _, gap in reader.told] == [None]
    assert reader.texts == ["old", "new"]


async def test_a_reader_at_the_head_is_told_how_many_the_log_could_not_have(bench):
    reader = bench.join(Recorder())
    bench.publish("old")
    await until(lambda: reader.sends)

    bench.log.clear(missed=4)
    bench.count += 4
    bench.publish("new")
    await until(lambda: len(reader.sends) == 2)

    assert [gap.missed for _, gap in reader.told] == [4]


async def test_a_reader_that_lagged_is_told_all_that_it_misses_on_both_sides_of_a_gap():
    bench = Bench(max_events=2, lag_events=2)
    slow = bench.join(Recorder())
    bench.publish("a")
    await until(lambda: slow.sends)
    slow.writing = True
    bench.publish("b", "c")

    bench.log.clear(missed=4)
    bench.count += 4
    bench.publish("h", "i", "j")
    slow.writing = False
    bench.fanout.wake()
    await until(lambda: len(slow.sends) == 2)

    assert [gap.missed for _, gap in slow.told] == [2 + 4 + 1]
    assert slow.texts == ["a", "i", "j"]
    bench.fanout.close()


async def test_a_reader_ahead_of_a_log_that_missed_events_waits_for_what_follows_it(bench):
    ids = bench.publish("1", "2", "3")
    reader = Recorder()
    ahead = EventId(ids[-1].ms + 7)
    bench.fanout.join(reader, ahead, bench.log.generation)

    bench.log.clear(missed=4)
    bench.count += 4
    bench.publish("8", "9", "10")
    bench.publish("11", "12")
    await until(lambda: reader.sends)

    assert reader.texts == ["11", "12"]
    assert reader.told == []


async def test_another_filter_holds_for_everything_not_yet_sent(bench):
    reader = bench.join(Recorder())
    reader.writing = True
    bench.publish("a", "b")

    bench.fanout.change_filter(reader, EventFilter(search="b").compile())
    reader.writing = False
    await until(lambda: reader.sends)

    assert reader.texts == ["b"]


async def test_large_events_are_sent_in_parts(bench):
    reader = bench.join(Recorder())

    bench.publish(*("x" * 60_000 for _ in range(30)))
    await until(lambda: len(reader.texts) == 30)

    assert len(reader.sends) > 1
    assert max(map(len, reader.sends)) < 600_000


async def test_much_for_many_readers_is_given_in_several_flushes(bench):
    readers = [bench.join(Recorder()) for _ in range(1000)]
    texts = [f"{number} {'x' * 230}" for number in range(1000)]

    bench.publish(*texts)
    await until(lambda: all(len(reader.texts) == 1000 for reader in readers[::100]))

    assert max(len(send) for reader in readers for send in reader.sends) < 40_000
    assert readers[0].texts == readers[-1].texts == texts


async def test_one_that_left_gets_nothing_more(bench):
    gone, here = bench.join(Recorder()), bench.join(Recorder())

    bench.fanout.leave(gone)
    bench.publish("a")
    await until(lambda: here.sends)

    assert gone.sends == []


def test_a_reader_is_stuck_once_it_took_nothing_for_the_time_allowed(bench):
    reader = Recorder()
    reader.writing = True

    assert not bench.fanout.is_stuck(reader, now_s=100)
    assert not bench.fanout.is_stuck(reader, now_s=101)
    assert not bench.fanout.is_stuck(reader, now_s=130)
    assert bench.fanout.is_stuck(reader, now_s=131)
    reader.sends.append(b"took a little")
    assert not bench.fanout.is_stuck(reader, now_s=140)


async def test_a_filter_that_fails_closes_its_own_readers_and_no_other(bench, error_log):
    class Failing(EventFilter):
        def passes(self, entry):
            return entry.data["missing"]

    error_log.expect("delivery failed")
    failing, other = Recorder(), Recorder()
    failing.matcher = Failing(sources=["s"]).compile()
    for reader in (failing, other):
        bench.join(reader)

    bench.publish("a")
    await until(lambda: other.sends)

    assert (failing.failed, other.failed, other.texts) == (True, False, ["a"])
    assert bench.fanout.readers == [other]


async def test_a_connection_that_fails_is_closed_and_the_others_with_its_filter_go_on(
    bench, error_log
):
    error_log.expect("sending failed")
    broken, *others = (bench.join(Recorder()) for _ in range(3))
    broken.fault = RuntimeError("broken")

    bench.publish("a")
    await until(lambda: all(other.sends for other in others))
    bench.publish("b")
    await until(lambda: all(len(other.sends) == 2 for other in others))

    assert (broken.failed, [other.failed for other in others]) == (True, [False, False])
    assert bench.fanout.behind(others[0]) == 0
    assert broken not in bench.fanout.readers


async def test_frames_beyond_the_history_are_kept_only_for_one_that_lags():
    bench = Bench(max_events=2)
    slow, quick = bench.join(Recorder()), bench.join(Recorder())
    slow.writing = True

    bench.publish(*"abcdef")
    await until(lambda: quick.sends)
    bench.log.release()
    assert len(bench.log.follow(BEGINNING).entries) == 6
    slow.writing = False
    await until(lambda: slow.sends)
    bench.log.release()

    assert slow.texts == list("abcdef")
    assert len(bench.log.follow(BEGINNING).entries) == 2
    bench.fanout.close()


async def test_frames_are_kept_for_one_that_is_on_its_way_to_the_log():
    bench = Bench(max_events=2)

    with bench.fanout.catching_up():
        bench.publish(*"abcdef")
        bench.log.release()
        assert len(bench.log.follow(BEGINNING).entries) == 6
    bench.log.release()

    assert len(bench.log.follow(BEGINNING).entries) == 2
    bench.fanout.close()


async def test_what_was_there_before_a_reader_says_nothing_about_the_latency(bench):
    now_ms = int(time.time() * 1000)
    bench.log.append(
        [(EventId(now_ms - 60_000), validate(EVENT)), (EventId(now_ms), validate(EVENT))]
    )
    late = Recorder()

    bench.fanout.join(late, BEGINNING, bench.log.generation)
    await until(lambda: late.sends)
    bench.log.append([(EventId(now_ms + 1000), validate(EVENT))])
    await until(lambda: len(late.sends) == 2)

    assert bench.fanout.latency.percentile_ms(99) < 1000
