"""The rollup against a model that keeps every event and counts them when asked."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.event import Event, validate
from sources.ids import EventId
from sources.log import EventLog, entry_of
from sources.rollup import Rollup
from sources.timestamps import from_ms

NOW_S = 1_705_314_600
DAY_S = 86_400


class Clock:
    def __init__(self, now_s=NOW_S):
        self.now_s = now_s

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rollup(clock):
    return Rollup(clock, answer_age_s=0)


def entry(time_s, kind="test", source="s", priority="normal", seq=0, **data):
    event = Event(kind, data, from_ms(round(time_s * 1000)), source, priority)
    return entry_of(EventId(NOW_S * 1000, seq), event)


def ago(*seconds, **parts):
    return [entry(NOW_S - second, **parts) for second in seconds]


def test_an_event_counts_in_its_own_second_whenever_it_comes(rollup):
    rollup.fold(ago(1, 30, 2, 30))

    series = rollup.series(NOW_S - 40, 10, 5)

    assert series.times_s == [NOW_S - 40, NOW_S - 30, NOW_S - 20, NOW_S - 10, NOW_S]
    assert series.counts["normal"] == [0, 2, 0, 2, 0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([-90_000, -86_400, -3600, -59, -1, 0, 5, 6]),
            st.sampled_from(["agent_request", "agent_response", "test"]),
            st.sampled_from("ab"),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_batch_counts_as_its_events_do_one_by_one(rows):
    entries = [
        entry(NOW_S + shift, kind, source, seq=n, agent=source)
        for n, (shift, kind, source) in enumerate(rows)
    ]
    together, apart = (Rollup(Clock(), answer_age_s=0) for _ in range(2))

    together.fold(entries)
    for one in entries:
        apart.fold([one])

    assert together.totals(DAY_S) == apart.totals(DAY_S)
    assert together.outside == apart.outside
    # Which requests wait long enough to be paired depends on when one looks; counts do not.
    counted = [
        {each.name: (each.events, each.requests, each.responses) for each in rollup.agents()}
        for rollup in (together, apart)
    ]
    assert counted[0] == counted[1]


def test_every_priority_has_its_row_even_without_events(rollup):
    counts = rollup.series(NOW_S, 60, 2).counts

    assert counts == {"low": [0, 0], "normal": [0, 0], "high": [0, 0], "critical": [0, 0]}


def test_types_and_sources_have_a_row_where_they_have_events(rollup):
    rollup.fold([*ago(1, kind="a", source="x"), *ago(1, 2, kind="b", source="x")])

    assert rollup.series(NOW_S - 60, 61, 1, by="type").counts == {"a": [1], "b": [2]}
    assert rollup.series(NOW_S - 60, 61, 1, by="source").counts == {"x": [3]}
    assert rollup.series(NOW_S - 60, 30, 1, by="source").counts == {}


def test_a_predicate_chooses_categories(rollup):
    rollup.fold([*ago(1, kind="a"), *ago(1, 2, kind="b", priority="high")])

    only_b = rollup.totals(60, lambda kind, source, priority: kind == "b")

    assert only_b == {("b", "s", "high"): 2}
    assert rollup.series(NOW_S - 60, 61, 1, where=lambda *_: False).counts["high"] == [0]


def test_beyond_the_seconds_minutes_answer_without_counting_twice(rollup):
    times = range(0, 7200, 7)
    rollup.fold(ago(*times))

    series = rollup.series((NOW_S - 7200) // 60 * 60, 60, 122)

    assert sum(series.counts["normal"]) == len(times)
    assert max(series.counts["normal"]) == 9


def test_time_moves_on_though_no_events_come(rollup, clock):
    rollup.fold(ago(0))

    clock.now_s += 59
    within = rollup.totals(60)
    clock.now_s += 1
    after = rollup.totals(60)
    clock.now_s += DAY_S
    next_day = rollup.totals(DAY_S)

    assert (within, after, next_day) == ({("test", "s", "normal"): 1}, {}, {})


def test_a_clock_that_steps_back_leaves_no_counts_of_another_time(rollup, clock):
    clock.now_s += 3600
    rollup.fold([entry(clock.now_s)])

    clock.now_s -= 3600
    rollup.fold(ago(3))

    assert rollup.series(NOW_S - 900, 1, 900).counts["normal"] == [0] * 897 + [1, 0, 0]


def test_what_is_older_than_a_day_or_far_in_the_future_is_counted_apart(rollup):
    rollup.fold(ago(DAY_S + 1, DAY_S, 0, -5, -6))

    assert rollup.outside == 2
    assert rollup.totals(60) == {("test", "s", "normal"): 2}


def test_beyond_the_most_categories_the_rest_is_other_by_priority(clock):
    rollup = Rollup(clock, max_categories=2, answer_age_s=0)

    rollup.fold([entry(NOW_S, kind=f"t{n}", priority=p) for n in range(4) for p in ("low", "high")])

    assert rollup.totals(60) == {
        ("t0", "s", "low"): 1,
        ("t0", "s", "high"): 1,
        ("other", "other", "low"): 3,
        ("other", "other", "high"): 3,
    }


def test_categories_of_which_nothing_is_left_make_room(clock):
    rollup = Rollup(clock, max_categories=2, answer_age_s=0)
    rollup.fold([entry(NOW_S, kind=f"old{n}") for n in range(9)])

    clock.now_s += DAY_S + 120
    rollup.fold([entry(clock.now_s, kind=f"new{n}") for n in range(2)])

    assert rollup.totals(DAY_S) == {("new0", "s", "normal"): 1, ("new1", "s", "normal"): 1}


def test_counts_are_complete_since_the_oldest_event_that_came_in(clock):
    rollup = Rollup(clock)
    rollup.fold([entry(NOW_S - 500)])
    at_start = rollup.covered_since_s

    event = Event("test", {}, from_ms(NOW_S * 1000), "s")
    rollup.fold([entry_of(EventId((NOW_S - 300) * 1000), event)])
    primed = rollup.covered_since_s
    rollup.cover(0)

    assert at_start == NOW_S
    assert primed == NOW_S - 300
    assert rollup.covered_since_s == NOW_S - DAY_S


def test_an_answer_is_shared_for_a_while_then_made_anew(clock):
    rollup = Rollup(clock)
    asked = []

    def where(*category):
        asked.append(category)
        return True

    rollup.fold(ago(0))
    first = rollup.totals(60, where)
    rollup.fold(ago(0))
    second = rollup.totals(60, where)
    clock.now_s += 0.25
    third = rollup.totals(60, where)

    assert second is first
    assert third == {("test", "s", "normal"): 2}
    assert len(asked) == 2


def test_predicates_that_are_equal_share_an_answer_by_their_key(clock):
    rollup = Rollup(clock)
    rollup.fold([*ago(0, kind="a"), *ago(0, kind="b")])

    first = rollup.totals(60, lambda kind, *_: kind == "a", key="only a")

    assert rollup.totals(60, lambda kind, *_: kind == "a", key="only a") is first
    assert rollup.totals(60, lambda kind, *_: kind == "b", key="only b") != first


def test_a_log_feeds_it(rollup):
    log = EventLog()
    log.listen(rollup.fold)
    event = validate({"event_type": "test", "source": "s", "timestamp": from_ms(NOW_S * 1000)})

    log.append((EventId(NOW_S * 1000, n), event) for n in range(3))

    assert rollup.totals(60) == {("test", "s", "normal"): 3}


steps = st.tuples(
    st.integers(0, 400),
    st.lists(
        st.tuples(
            st.one_of(st.integers(-8, 1000), st.integers(-8, 90_000)),
            st.sampled_from("abc"),
            st.sampled_from("xy"),
            st.sampled_from(["low", "critical"]),
        ),
        max_size=20,
    ),
)


@given(st.lists(steps, max_size=8), st.integers(1, 900), st.integers(1, 60), st.integers(1, 20))
def test_every_count_is_that_of_the_events_in_their_time(steps, span_s, step_s, buckets):
    clock, model, outside = Clock(), [], 0
    rollup = Rollup(clock, answer_age_s=0)
    for elapsed_s, events in steps:
        clock.now_s += elapsed_s
        made = [(clock.now_s - back_s, *parts) for back_s, *parts in events]
        rollup.fold([entry(*parts) for parts in made])
        inside = [m for m in made if clock.now_s - DAY_S <= m[0] <= clock.now_s + 5]
        outside += len(made) - len(inside)
        model += inside

    start_s = max(clock.now_s - step_s * buckets + 1, clock.now_s - 900)
    since_s = (clock.now_s // 60 - 600) * 60
    seconds = rollup.series(start_s, step_s, buckets, by="type")
    minutes = rollup.series(since_s, 60, 602, by="source")

    assert rollup.outside == outside
    assert rollup.totals(span_s) == Counter(
        tuple(m[1:]) for m in model if m[0] > clock.now_s - span_s
    )
    assert seconds.counts == counted(model, 1, start_s, step_s, buckets)
    assert minutes.counts == counted(model, 2, since_s, 60, 602)


def counted(model, part, start_s, step_s, buckets):
    rows: dict[str, list[int]] = {}
    for event in model:
        bucket = (event[0] - start_s) // step_s
        if 0 <= bucket < buckets:
            rows.setdefault(event[part], [0] * buckets)[bucket] += 1
    return rows
