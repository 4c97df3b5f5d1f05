"""The event log: bounds, positions, and what is told of what is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.event import validate
from sources.ids import BEGINNING, EventId, InvalidId
from sources.log import EventLog


def event(text=""):
    return validate({"event_type": "test", "source": "s", "data": {"text": text}})


def filled(count, **bounds):
    log = EventLog(**bounds)
    log.append((EventId(1000 + n), event()) for n in range(count))
    return log


def ids(entries):
    return [entry.id.ms - 1000 for entry in entries]


def test_events_are_read_in_order_after_a_position():
    log = filled(5)

    batch = log.read(EventId(1001), limit=2)

    assert ids(batch.entries) == [2, 3]
    assert batch.position == EventId(1003)
    assert batch.missed == 0


def test_older_events_leave_by_count_and_the_reader_is_told_how_many():
    log = filled(10, max_events=4)

    batch = log.read(EventId(1001))

    assert ids(batch.entries) == [6, 7, 8, 9]
    assert batch.missed == 4


def test_older_events_leave_by_bytes_too():
    log = EventLog(max_bytes=3000)

    log.append((EventId(1000 + n), event("x" * 1000)) for n in range(10))

    assert ids(log.newest(100)) == [8, 9]
    assert log.retained_bytes <= 3000


def test_one_event_stays_however_large():
    log = EventLog(max_bytes=10)

    log.append([(EventId(1), event("x" * 1000))])

    assert len(log) == 1


def test_a_live_reader_that_lags_finds_what_the_history_no_longer_shows():
    log = filled(10, max_events=4)

    batch = log.follow(EventId(1001))

    assert ids(batch.entries) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert batch.missed == 0


def test_a_position_from_before_this_log_misses_an_unknown_number():
    assert filled(3).read(EventId(5)).missed is None
    assert EventLog().read(EventId(5)).missed is None


def test_a_position_beyond_the_newest_is_not_of_this_log():
    batch = filled(3).read(EventId(9999))

    assert ids(batch.entries) == [0, 1, 2]
    assert batch.missed is None


def test_the_beginning_is_of_every_log():
    assert EventLog().read(BEGINNING).missed == 0
    assert filled(3).read(BEGINNING).missed == 0
    assert filled(10, max_events=4, lag_events=4).read(BEGINNING).missed == 6


@pytest.mark.parametrize("count", [3, 6, 2000])
def test_a_reader_follows_from_the_predecessor_of_an_event_without_a_gap(count):
    log = filled(count, max_events=4, lag_events=4)

    for entry in log.newest(4):
        batch = log.follow(log.predecessor(entry.id))

        assert (batch.entries[0].id, batch.missed) == (entry.id, 0)


def test_an_id_that_is_already_here_is_not_added_again():
    log = filled(3)

    added = log.append([(EventId(1001), event()), (EventId(1003), event())])

    assert ids(added) == [3]
    assert len(log) == 4


def test_a_listener_gets_what_is_appended_until_it_stops():
    log, heard = EventLog(), []
    stop = log.listen(lambda added: heard.extend(ids(added)))

    log.append([(EventId(1000), event())])
    stop()
    log.append([(EventId(1001), event())])

    assert heard == [0]


def test_older_pages_are_read_backwards():
    log = filled(10, max_events=8)

    assert ids(log.before(EventId(1005), 2)) == [3, 4]
    assert ids(log.before(EventId(1003), 9)) == [2]
    assert log.get(EventId(1004)).id == EventId(1004)
    assert log.get(EventId(1001)) is None


def test_a_log_that_was_cleared_knows_no_old_position():
    log = filled(3)

    log.clear()

    assert len(log) == 0
    assert log.read(EventId(1001)).missed is None
    assert log.generation == 1


def test_what_comes_before_a_counted_gap_is_counted_with_it():
    log = filled(5, max_events=3, lag_events=3)

    log.clear(missed=4)
    log.append([(EventId(2000), event()), (EventId(2001), event())])

    batch = log.read(EventId(1002))
    assert ([entry.id.ms for entry in batch.entries], batch.missed) == ([2000, 2001], 2 + 4)
    assert log.read(EventId(1004)).missed == 4
    assert log.count(EventId(1004), EventId(2001)) == 5
    # One that lies in the gap is ahead of what was read, nobody knows how far.
    assert log.read(EventId(1500)).missed is None
    assert log.predecessor(EventId(2000)) == BEGINNING


def test_gaps_are_kept_with_their_ends_and_two_without_an_event_between_are_one():
    log = filled(3)
    last = log.last_id

    log.clear(missed=4)
    log.clear(missed=2)
    log.append([(EventId(2000), event("next"))])
    log.clear()

    counted, uncounted = log.gaps
    assert (counted.after, counted.resumed_from, counted.missed) == (
        last,
        EventId(2000),
        6,
    )
    assert (uncounted.after, uncounted.resumed_from, uncounted.missed) == (
        EventId(2000),
        None,
        None,
    )


def test_an_entry_holds_its_json_in_its_frame_and_adds_its_id_when_asked():
    (entry,) = EventLog().append([(EventId(7, 1), event("y" * 200))])

    assert entry.frame.endswith(entry.json)
    assert entry.json_with_id == entry.json[:-1] + b',"id":"7-1"}'
    assert entry.data == {"text": "y" * 200}


def test_a_listener_reads_data_without_decoding_it_again_and_the_log_keeps_no_copy():
    log = EventLog()
    heard: list[dict] = []
    log.listen(lambda added: heard.extend(entry.data for entry in added))
    published = event("y")

    (entry,) = log.append([(EventId(7), published)])

    assert heard[0] is published.data
    assert entry.data == published.data
    assert entry.data is not entry.data


def test_the_text_for_a_search_is_built_once_and_never_larger_than_the_frame():
    log = EventLog()

    usual, grown = log.append(
        [(EventId(1), event("Straße, ΟΔΟΣ, 🦊")), (EventId(2), event("ΐ" * 1000))]
    )

    assert "strasse, οδοσ, 🦊".encode() in usual.text
    assert usual.text is usual.text
    # Each of these becomes three letters, so that it is searched but not kept.
    assert grown.text.endswith("ΐ".casefold().encode() * 1000)
    assert grown.text is not grown.text


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "a-b", "1-1-1", "18446744073709551616-0"])
def test_a_text_that_is_no_id_is_refused(text):
    with pytest.raises(InvalidId, match="not an event id"):
        EventId.parse(text)


class Follower:
    """One that goes on after a fixed position."""

    def __init__(self, position):
        self.position = position

    def goes_on_after(self):
        return self.position


def test_frames_beyond_the_history_go_when_no_follower_needs_them():
    log = filled(10, max_events=4)
    follower = Follower(EventId(1002))
    log.followers.add(follower)

    log.release()
    assert ids(log.follow(BEGINNING).entries) == [3, 4, 5, 6, 7, 8, 9]
    follower.position = None
    log.release()

    assert ids(log.follow(BEGINNING).entries) == [6, 7, 8, 9]
    assert ids(log.newest(10)) == [6, 7, 8, 9]
    assert log.follow(EventId(1001)).missed == 4


def test_a_follower_that_is_gone_keeps_nothing():
    log = filled(10, max_events=4)
    log.followers.add(Follower(BEGINNING))

    log.release()

    assert len(log.follow(BEGINNING).entries) == 4


def test_what_is_missed_is_counted_long_after_its_frames_are_gone():
    log = EventLog(max_events=10, lag_events=20_000)
    for first in range(0, 15_000, 500):
        log.append((EventId(1000 + first + n), event()) for n in range(500))
        log.release()

    batch = log.read(EventId(1000))

    assert (ids(batch.entries)[0], batch.missed) == (14_990, 14_989)
    assert log.count(EventId(1000), EventId(1500)) == 499
    assert log.count(EventId(1000), None) == 14_999
    assert log.count(EventId(15_990), EventId(15_995)) == 4
    assert log.count(EventId(5), None) is None


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), max_size=30),
    st.integers(1, 20),
    st.integers(1, 60),
    st.integers(0, 700),
)
def test_missed_is_exact_or_unknown_and_nothing_retained_is_skipped(steps, size, lag, after):
    log, last = EventLog(max_events=size, lag_events=lag), 0
    everything: list[int] = []
    never_here: set[int] = set()
    for step, missed in steps:
        new = [last + 1 + n for n in range(step + missed)]
        if missed:
            log.clear(missed)
            never_here.update(new[:missed])
        log.append((EventId(n), event()) for n in new[missed:])
        everything, last = everything + new, new[-1]

    since = max(never_here, default=0)
    for read, most in ((log.read, size), (log.follow, max(size, lag))):
        kept = min(most, last - since)
        batch = read(EventId(after) if after else BEGINNING)

        got = [entry.id.ms for entry in batch.entries]
        if after > last:
            assert batch.missed is None
            assert got == everything[-kept:]
        else:
            assert got == [n for n in everything[-kept:] if n > after]
            # The beginning is that of the log since its newest gap.
            expected = last - (after or since) - len(got)
            assert batch.missed in (expected, None)
            assert batch.missed == expected or expected > 0 or after in never_here


def test_how_far_a_position_is_behind():
    log = filled(10, max_events=2, lag_events=4)

    assert log.lag(EventId(1009)) == 0
    assert log.lag(EventId(1005)) == 4
    assert log.lag(EventId(1004)) is None
    assert log.lag(EventId(5)) is None
    assert EventLog().lag(BEGINNING) == 0
