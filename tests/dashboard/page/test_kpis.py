import pytest

from dashboard.page import kpis
from dashboard.page.kpis import NONE, Trend
from sources import timestamps
from sources.base import Rejected


@pytest.fixture
def figures(hub):
    def figures(agents=(), rejected=()):
        built = kpis.build(hub, agents, rejected, Trend())
        return {kpi["key"]: kpi for kpi in built}

    return figures


def test_before_any_event_there_are_six_figures_without_a_value(figures):
    built = figures()

    assert list(built)[:3] == ["events_per_minute", "error_rate", "active_agents"]
    assert list(built)[3:] == ["response_p95", "delivery_p99", "rejected"]
    assert {kpi["value"] for kpi in built.values()} == {NONE, "0"}


async def test_events_of_the_last_minute_are_counted(figures, publish):
    await publish({}, {}, {}, {"timestamp": "2020-01-01T00:00:00Z"})

    assert figures()["events_per_minute"]["value"] == "3"


async def test_the_error_rate_is_a_share_of_answers(figures, publish):
    await publish(
        *({"event_type": "agent_response"} for _ in range(3)), {"event_type": "agent_error"}
    )

    rate = figures()["error_rate"]

    assert (rate["value"], rate["unit"]) == ("25.00", "%")
    assert rate["chart"]["target"] == 0.25


def test_agents_are_active_unless_quiet_and_trouble_is_named(figures):
    agents = [{"name": "a", "state": ""}, {"name": "b", "state": "x"}, {"name": "c", "state": "o"}]

    active = figures(agents)["active_agents"]

    assert (active["value"], active["unit"]) == ("2", "of 3")
    assert active["note"] == "1 failing: b"
    assert active["chart"]["values"] == ["", "x", "o"]


async def test_the_response_time_is_that_of_the_rollup(figures, publish):
    now_s = timestamps.epoch_ns(timestamps.now()) // 10**9
    await publish(
        {"event_type": "agent_request", "timestamp": timestamps.from_ms((now_s - 2) * 1000)},
        {"event_type": "agent_response", "timestamp": timestamps.from_ms(now_s * 1000)},
    )

    p95 = figures()["response_p95"]

    assert p95["unit"] == "s"
    assert float(p95["value"]) == pytest.approx(2.0, rel=0.06)


@pytest.mark.parametrize(("p99_ms", "tone", "value"), [(4.25, "", "4.2"), (120.4, "bad", "120")])
def test_delivery_is_held_to_its_target(p99_ms, tone, value):
    kpi = kpis.delivery_p99(p99_ms)

    assert (kpi["value"], kpi["tone"]) == (value, tone)


def test_what_was_rejected_lately_is_marked():
    entry = Rejected(None, timestamps.now(), "no", "{}")
    unreadable = Rejected(None, "yesterday", "no", "{}")

    kpi = kpis.rejections(7, [unreadable, entry])

    assert kpi["value"] == "7"
    assert sum(kpi["chart"]["values"]) == 1
    assert kpi["tone"] == "warn"


def test_a_trend_begins_anew_after_a_pause():
    now_s = 0.0
    trend = Trend(lambda: now_s)
    for now_s in (0.0, 1.0, 15.0, 30.0):
        values = trend.note(now_s)
    assert values == [0.0, 15.0, 30.0, 30.0]

    now_s = 600.0

    assert trend.note(5.0) == [5.0, 5.0]
