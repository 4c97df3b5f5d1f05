"""Agents, their response times, and the pairing of requests with what answers them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.event import Event
from sources.histogram import Histogram
from sources.ids import EventId
from sources.log import entry_of
from sources.pairing import OpenRequests
from sources.rollup import Rollup
from sources.timestamps import from_ms

NOW_S = 1_705_314_600
SECOND_NS = 1_000_000_000


@pytest.fixture
def rollup():
    return Rollup(lambda: NOW_S, answer_age_s=0)


class Story:
    """Events in order, written as what happens to one agent."""

    def __init__(self, rollup):
        self.rollup, self.count = rollup, 0

    def tell(self, kind, ago_s, source, **data):
        self.count += 1
        id = EventId(NOW_S * 1000, self.count)
        event = Event(kind, data, from_ms(round((NOW_S - ago_s) * 1000)), source)
        self.rollup.fold([entry_of(id, event)])
        return id

    def ask(self, ago_s, source, agent, **data):
        return self.tell("agent_request", ago_s, source, agent=agent, **data)

    def answer(self, ago_s, source, kind="agent_response", **data):
        return self.tell(kind, ago_s, source, **data)


@pytest.fixture
def story(rollup):
    return Story(rollup)


def test_an_agent_is_told_by_its_requests_answers_and_times(story, rollup):
    for n in range(4):
        story.ask(100, "orchestrator", "billing", correlation_id=f"c{n}")
    for n in range(3):
        story.answer(98, "billing", correlation_id=f"c{n}")
    story.answer(90, "billing", "agent_error", correlation_id="c3")
    story.ask(5, "gateway", "billing", correlation_id="c9")

    billing = rollup.agents()[0]

    assert (billing.name, billing.events, billing.requests) == ("billing", 9, 5)
    assert (billing.responses, billing.errors, billing.error_rate) == (3, 1, 0.2)
    assert billing.p50_ms == pytest.approx(2000, rel=0.05)
    assert billing.p95_ms == pytest.approx(10_000, rel=0.05)
    assert billing.last_seen_ms == (NOW_S - 5) * 1000
    assert billing.open_requests == 1
    assert (len(billing.trend), sum(billing.trend)) == (30, 9)


def test_who_asks_whom_is_told_of_the_one_who_asks(story, rollup):
    story.ask(10, "orchestrator", "billing")
    story.ask(10, "orchestrator", "billing")
    story.ask(10, "orchestrator", "qa")
    story.tell("agent_request", 10, "alone")

    talks = {agent.name: agent.talks_to for agent in rollup.agents()}

    assert talks == {
        "billing": {},
        "qa": {},
        "alone": {},
        "orchestrator": {"billing": 2, "qa": 1},
    }


def test_an_agent_not_heard_of_lately_stays_known_without_counts(story, rollup):
    story.tell("metrics", 3600, "sleeper")
    story.tell("metrics", 86_500, "gone")

    (sleeper,) = rollup.agents()

    assert (sleeper.name, sleeper.events, sleeper.trend) == ("sleeper", 0, [0] * 30)
    assert sleeper.last_seen_ms == (NOW_S - 3600) * 1000


def test_a_request_without_an_agent_is_paired_by_its_correlation(story, rollup):
    story.tell("agent_request", 10, "orchestrator", correlation_id="c")
    id = story.answer(7, "billing", correlation_id="c")

    assert rollup.duration_ms(id) == 3000


def test_agents_that_share_a_correlation_each_have_their_own_request(story, rollup):
    story.ask(10, "orchestrator", "architect", correlation_id="c")
    story.ask(9, "architect", "coder", correlation_id="c")

    coder = story.answer(4, "coder", correlation_id="c")
    architect = story.answer(3, "architect", correlation_id="c")

    assert rollup.duration_ms(coder) == 5000
    assert rollup.duration_ms(architect) == 7000


def test_without_a_correlation_the_oldest_open_request_is_answered(story, rollup):
    story.ask(10, "orchestrator", "billing")
    story.ask(8, "orchestrator", "billing")

    first, second = story.answer(5, "billing"), story.answer(5, "billing")

    assert (rollup.duration_ms(first), rollup.duration_ms(second)) == (5000, 3000)


def test_what_an_answer_says_of_itself_counts_only_without_a_request(story, rollup):
    story.ask(10, "orchestrator", "billing", correlation_id="c")

    paired = story.answer(8, "billing", correlation_id="c", duration_ms=5)
    alone = story.answer(8, "billing", correlation_id="d", duration_ms=5)
    in_seconds = story.answer(8, "billing", duration=0.5)

    assert rollup.duration_ms(paired) == 2000
    assert rollup.duration_ms(alone) == 5
    assert rollup.duration_ms(in_seconds) == 500


@pytest.mark.parametrize("value", [-1, "5", True, None, [5], {"ms": 5}])
def test_a_duration_that_is_none_is_ignored(story, rollup, value):
    id = story.answer(1, "billing", duration_ms=value, correlation_id=value)

    assert rollup.duration_ms(id) is None
    assert rollup.response_percentile(0.5) is None


def test_a_request_is_not_paired_after_a_quarter_of_an_hour(story, rollup):
    story.ask(1000, "orchestrator", "billing", correlation_id="c")

    id = story.answer(10, "billing", correlation_id="c")

    assert rollup.duration_ms(id) is None
    assert [agent.open_requests for agent in rollup.agents()] == [0, 0]


def test_a_pair_from_before_the_charts_still_has_its_duration(story, rollup):
    story.ask(200_000, "orchestrator", "billing", correlation_id="c")

    id = story.answer(199_999, "billing", correlation_id="c")

    assert rollup.duration_ms(id) == 1000
    assert rollup.agents() == []


def test_percentiles_are_those_of_all_agents_in_the_span(story, rollup):
    for n in range(1, 101):
        story.answer(5, f"agent{n % 7}", duration_ms=n * 10)
    story.answer(600, "slow", duration_ms=60_000)

    assert rollup.response_percentile(0.5, 60) == pytest.approx(500, rel=0.05)
    assert rollup.response_percentile(0.95, 60) == pytest.approx(950, rel=0.05)
    assert rollup.response_percentile(1) == pytest.approx(60_000, rel=0.05)


def test_a_percentile_is_asked_for_by_a_share(rollup):
    with pytest.raises(ValueError, match="from 0 to 1, not 95"):
        rollup.response_percentile(95)


def test_beyond_the_most_agents_the_rest_is_other(story, rollup):
    for n in range(1010):
        story.ask(1, "orchestrator", f"agent{n}")
    story.answer(0, "agent1009")

    names = {agent.name: agent for agent in rollup.agents()}

    assert len(names) == 1001
    assert names["other"].requests == 11
    assert names["other"].responses == 1
    assert names["other"].open_requests == 10


def test_open_requests_are_bounded_and_the_oldest_leaves():
    requests = OpenRequests(max_open=3)
    for n in range(5):
        requests.open("a", "x" * 5000 + str(n), n)

    assert len(requests) == 3
    assert requests.close("a", "x" * 5000 + "1", 10) is None
    assert requests.close("a", "x" * 5000 + "2", 10) == 8


class Name(str):
    """Counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_thousand_agents_asked_under_one_correlation_id_are_not_compared_with_each_other():
    requests = OpenRequests()
    agents = [Name(f"agent{n}") for n in range(1000)]
    for agent in agents:
        requests.open(agent, "one for all", 0)

    answered = [requests.close(agent, "one for all", 5) for agent in reversed(agents)]

    assert answered == [5] * 1000
    assert Name.compared < 20_000


names = st.sampled_from("ab")
correlations = st.sampled_from([None, "c", "d"])
moments = st.tuples(st.sampled_from(["open", "close"]), names, correlations, st.integers(0, 1200))


@settings(deadline=None)
@given(st.lists(moments, max_size=40), st.integers(1, 6))
def test_pairing_is_that_of_a_plain_list(moments, max_open):
    requests = OpenRequests(max_open)
    plain: list[tuple] = []
    for verb, agent, correlation, time_s in moments:
        if verb == "open":
            requests.open(agent, correlation, time_s * SECOND_NS)
            plain_open(plain, agent, correlation, time_s, max_open)
        else:
            took_ns = requests.close(agent, correlation, time_s * SECOND_NS)
            took_s = plain_close(plain, agent, correlation, time_s)
            assert took_ns == (None if took_s is None else took_s * SECOND_NS)

    assert len(requests) == len(plain)
    for agent in "ab":
        expected = sum(each[0] == agent and each[2] >= 600 for each in plain)
        assert requests.waiting(600 * SECOND_NS)[agent] == expected


def plain_open(plain, agent, correlation, time_s, max_open):
    if correlation is None or all(each[:2] != (agent, correlation) for each in plain):
        plain.append((agent, correlation, time_s))
        del plain[:-max_open]


def plain_close(plain, agent, correlation, time_s):
    while True:
        if correlation is None:
            alike = [each for each in plain if each[0] == agent]
        else:
            alike = [each for each in plain if each[1] == correlation]
            alike = [each for each in alike if each[0] == agent] or alike
        if not alike:
            return None
        plain.remove(alike[0])
        if time_s - alike[0][2] <= 900:
            return max(0, time_s - alike[0][2])


@given(st.lists(st.floats(0.1, 3_600_000), min_size=1), st.floats(0, 1))
def test_a_percentile_is_at_most_five_percent_off(durations_ms, rank):
    histogram = Histogram(900)
    histogram.advance(NOW_S)
    for ms in durations_ms:
        histogram.add(NOW_S, ms)

    (found,) = histogram.percentiles([rank], NOW_S)

    exact = sorted(durations_ms)[max(1, math.ceil(rank * len(durations_ms))) - 1]
    assert found == pytest.approx(exact, rel=0.05)
