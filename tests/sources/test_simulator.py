"""The simulated agents, mostly on a clock of the test's own."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from sources.base import SourceUnreachable
from sources.event import decode_event, encode
from sources.log import EventLog
from sources.memory import MemorySource
from sources.rollup import Rollup
from sources.simulator import MAX_BATCH, InvalidRate, Simulator
from sources.timestamps import epoch_ns

NOW_S = 1_705_314_600.0


async def nowhere(events):
    """Take events and forget them."""


def simulator(rate=50, **options):
    return Simulator(rate, **{"publish": nowhere, **options})


def played(simulator, span_s, step_s=0.25, start_s=NOW_S):
    """Return the events of a time that passes in steps."""
    events = simulator.due(start_s)
    for n in range(1, round(span_s / step_s) + 1):
        events += simulator.due(start_s + n * step_s)
    return events


def at_s(event):
    return epoch_ns(event.timestamp) / 1e9


@pytest.fixture(scope="module")
def ten_minutes():
    return played(simulator(20), 600)


@pytest.mark.parametrize("rate", [0, 0.5, 10_001, -3, float("nan")])
def test_a_rate_out_of_bounds_is_refused(rate):
    with pytest.raises(InvalidRate, match="expected 1 to 10,000"):
        simulator(rate)


@pytest.mark.parametrize(("rate", "span_s"), [(1, 1800), (30, 300), (1000, 20), (10_000, 3)])
def test_the_rate_is_kept_from_the_start(rate, span_s):
    events = played(simulator(rate), span_s, step_s=0.02 if rate > 100 else 0.25)

    assert len(events) / span_s == pytest.approx(rate, rel=0.1)


def test_the_same_seed_tells_the_same_story():
    first, again = played(simulator(seed=3), 30), played(simulator(seed=3), 30, step_s=1)

    assert first == again
    assert played(simulator(seed=4), 30) != first


def test_every_event_is_valid_and_at_its_time(ten_minutes):
    times = [at_s(event) for event in ten_minutes]

    assert [decode_event(encode(event)) for event in ten_minutes] == ten_minutes
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] >= NOW_S
    assert times[-1] <= NOW_S + 600


def test_all_kinds_of_events_come_and_grave_ones_are_rare(ten_minutes):
    kinds = Counter(event.event_type for event in ten_minutes)
    priorities = Counter(event.priority for event in ten_minutes)
    share = {name: count / len(ten_minutes) for name, count in priorities.items()}

    assert set(kinds) == {
        *("agent_request", "agent_response", "agent_error", "system_health", "metrics"),
        *("alerts", "deploy_started", "deploy_finished"),
    }
    assert share["normal"] > share["low"] > 0.15
    assert 0 < share["critical"] < 0.02
    assert share["critical"] < share["high"] < 0.1


def test_an_answer_comes_after_its_request_when_its_time_has_passed(ten_minutes):
    asked, answered = {}, 0
    for event in ten_minutes:
        data = event.data
        if event.event_type == "agent_request":
            asked[data["correlation_id"]] = event
        elif event.event_type in ("agent_response", "agent_error"):
            request = asked.pop(data["correlation_id"])
            answered += 1
            took_ms = (at_s(event) - at_s(request)) * 1000
            assert took_ms == pytest.approx(data["duration_ms"], abs=2)
            assert request.data["agent"] == data["agent"] == event.source
            assert request.source != event.source

    assert answered > 4000
    assert len(asked) < 200


def test_an_incident_is_noticed_and_ends(ten_minutes):
    alerts = [event for event in ten_minutes if event.source == "watchdog"]
    actions = [event.data["action"] for event in alerts]
    noticed, over = (alerts[actions.index(action)] for action in ("error_rate", "recovered"))
    agent = noticed.data["agent"]

    during = error_rate(ten_minutes, agent, at_s(noticed), at_s(over))
    after = error_rate(ten_minutes, agent, at_s(over), at_s(over) + 60)

    assert 0.2 < during < 0.8
    assert after < 0.2
    assert any(event.data.get("headers", {}).get("x-attempt") == 3 for event in ten_minutes)


def error_rate(events, agent, start_s, end_s):
    kinds = Counter(
        event.event_type
        for event in events
        if event.source == agent and start_s <= at_s(event) < end_s
    )
    return kinds["agent_error"] / (kinds["agent_error"] + kinds["agent_response"])


def test_after_a_pause_at_most_one_second_is_caught_up():
    live = simulator(1000)
    played(live, 5)

    burst = live.due(NOW_S + 500)

    assert 800 < len(burst) < 1200
    assert min(at_s(event) for event in burst) >= NOW_S + 499 - 0.001


def test_when_the_clock_is_set_back_it_goes_on_from_there():
    live = simulator(1000)
    played(live, 5)

    at_once = live.due(NOW_S - 3600)
    later = live.due(NOW_S - 3599.5)

    assert at_once == []
    assert 350 < len(later) < 650
    assert at_s(later[-1]) <= NOW_S - 3599.5


@pytest.mark.parametrize("rate", [1, 50, 10_000])
def test_a_past_is_told_before_live_events(rate):
    past = list(simulator(rate).backfill(900, NOW_S))

    times = [at_s(event) for event in past]
    older = sum(time_s < NOW_S - 450 for time_s in times)
    assert 700 < len(past) < 950
    assert 0.2 < older / len(past) < 0.45
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert NOW_S - 900 <= times[0] < NOW_S - 880
    assert NOW_S - 20 < times[-1] <= NOW_S


def test_live_events_go_on_from_the_past():
    live = simulator(seed=1)
    past = list(live.backfill(900, NOW_S))

    present = played(live, 60)

    unanswered = matters(past, "agent_request") - matters(past, "agent_response", "agent_error")
    assert unanswered
    assert unanswered <= matters(present, "agent_response", "agent_error")
    assert at_s(present[0]) >= NOW_S
    assert len(present) / 60 == pytest.approx(50, rel=0.1)


def matters(events, *kinds):
    return {event.data["correlation_id"] for event in events if event.event_type in kinds}


class Turns:
    """A clock that moves when it is slept on, and stops the run at its end."""

    def __init__(self, turns):
        self.now_s, self.turns, self.slept = NOW_S, turns, []

    def clock(self):
        return self.now_s

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now_s += seconds
        self.turns -= 1
        if self.turns == 0:
            raise asyncio.CancelledError


async def test_running_publishes_in_small_batches_until_cancelled():
    batches, turns = [], Turns(100)

    async def publish(events):
        batches.append(len(events))
        if len(batches) == 10:
            turns.now_s += 30

    live = Simulator(10_000, publish=publish, clock=turns.clock, sleep=turns.sleep)
    with pytest.raises(asyncio.CancelledError):
        await live.run()

    assert max(turns.slept) <= 0.02
    assert max(batches) == MAX_BATCH
    assert sum(batches) == pytest.approx(10_000 * (100 * 0.015 + 1), rel=0.1)


async def test_at_a_low_rate_events_come_one_by_one():
    batches, turns = [], Turns(300)

    async def publish(events):
        batches.append(len(events))

    live = Simulator(1, publish=publish, clock=turns.clock, sleep=turns.sleep)
    with pytest.raises(asyncio.CancelledError):
        await live.run()

    assert max(batches) <= 2
    assert max(turns.slept) <= 1


async def test_a_source_that_is_away_is_waited_for():
    taken, turns = [], Turns(60)

    async def publish(events):
        if turns.now_s < NOW_S + 5:
            raise SourceUnreachable("away")
        taken.extend(events)

    live = Simulator(1000, publish=publish, clock=turns.clock, sleep=turns.sleep)
    with pytest.raises(asyncio.CancelledError):
        await live.run()

    assert len(taken) > 500
    assert at_s(taken[0]) >= NOW_S + 4


async def test_its_events_pass_through_a_source_and_add_up():
    log, now_s = EventLog(max_events=20_000), [NOW_S]
    rollup = Rollup(lambda: now_s[0])
    log.listen(rollup.fold)
    source = MemorySource(log, clock=lambda: now_s[0])
    live = simulator(100)

    await source.publish(list(live.backfill(900, NOW_S)))
    for _ in range(200):
        now_s[0] += 0.25
        await source.publish(live.due(now_s[0]))

    agents = {agent.name: agent for agent in rollup.agents()}
    assert sum(rollup.totals(3600).values()) == log.total
    assert rollup.outside == 0
    assert agents["billing_agent"].p50_ms == pytest.approx(1900, rel=0.4)
    assert agents["gateway"].talks_to["orchestrator"] > 100
    assert 0 < agents["coder_agent"].open_requests < 300
    assert 500 < (rollup.response_percentile(0.5) or 0) < 3000
