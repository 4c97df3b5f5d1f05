import json

import pytest

from dashboard.page import detail, trace
from sources.base import SourceUnreachable
from sources.event import validate
from sources.ids import EventId
from sources.log import Entry, EventLog
from sources.timestamps import from_ms


def step(second, kind, agent="billing", source="orchestrator", correlation="c-1"):
    return {
        "event_type": kind,
        "source": source,
        "timestamp": f"2024-01-15T10:30:{second:02}Z",
        "data": {"agent": agent, "correlation_id": correlation, "action": f"{kind} {agent}"},
    }


async def test_a_request_and_its_response_share_a_scale(hub, publish):
    _, _, answer = await publish(
        step(0, "agent_request"),
        step(1, "agent_request", correlation="another"),
        step(4, "agent_response", source="billing"),
    )

    steps = await trace.follow(hub.log, hub.rollup, answer)

    assert [(s["start_ms"], s["dur_ms"], s["open"], s["current"]) for s in steps] == [
        (0.0, None, False, False),
        (0.0, 4000.0, False, True),
    ]
    assert [s["who"] for s in steps] == ["orchestrator", "billing"]
    assert trace.total(steps) == "2 events, 4.0 s"


async def test_a_request_without_an_answer_is_open(hub, publish):
    (request,) = await publish(step(0, "agent_request"))

    shown = await detail.load(hub, str(request.id))

    assert shown is not None
    assert [(s["open"], s["since_ms"]) for s in shown["trace"]] == [(True, 1705314600000.0)]
    assert shown["trace_total"] == "1 event, open"
    assert detail.waiting(hub.log, shown, request.id) is not None


async def test_each_answer_closes_the_request_of_its_own_agent(hub, publish):
    _, inner, _ = await publish(
        step(0, "agent_request", agent="billing"),
        step(1, "agent_request", agent="mailer"),
        step(2, "agent_error", agent="billing", source="billing"),
    )

    steps = await trace.follow(hub.log, hub.rollup, inner)

    assert [s["open"] for s in steps] == [False, True, False]


@pytest.mark.parametrize("correlation", [None, "", 7, ["c-1"]])
async def test_an_event_that_belongs_to_no_request_has_no_trace(hub, publish, correlation):
    (alone,) = await publish({"data": {"correlation_id": correlation}})

    assert await trace.follow(hub.log, hub.rollup, alone) == []


async def test_data_is_shown_as_it_was_written(hub, publish):
    (entry,) = await publish({"data": {"big": 9007199254740993, "price": 1860.0}})

    shown = await detail.load(hub, str(entry.id))

    assert shown is not None
    assert shown["event"]["data"] == '{"big":9007199254740993,"price":1860.0}'


async def test_large_data_stays_at_the_server_until_it_is_asked_for(hub, publish):
    text = "x" * detail.LARGE_BYTES
    (small,) = await publish({"data": {"text": text[: -len('{"text":""}')]}})
    (large,) = await publish({"data": {"text": text, "correlation_id": "c-1"}})

    whole = await detail.load(hub, str(small.id))
    cut = await detail.load(hub, str(large.id))

    assert whole is not None
    assert cut is not None
    assert len(whole["event"]["data"]) == detail.LARGE_BYTES
    assert "cut" not in whole
    assert cut["event"]["data"] is None
    assert cut["cut"]["bytes"] == len('{"text":"","correlation_id":"c-1"}') + len(text)
    assert cut["cut"]["beginning"] == f'{{"text":"{text}'[: detail.BEGINNING_CHARS]
    assert cut["correlation"] == "c-1"


@pytest.mark.parametrize(
    ("selected", "reason"),
    [("1-0", "gone"), ("0-0", "gone"), ("no id", "unknown"), ("9" * 60, "unknown")],
)
async def test_what_is_not_retained_is_said_to_be_missing(hub, publish, selected, reason):
    await publish({})

    shown = await detail.load(hub, selected)

    assert shown is not None
    assert (shown["missing"], shown["event"], shown["reason"]) == (True, {"id": selected}, reason)


async def test_what_is_gone_says_when_it_came_and_since_when_there_are_events(hub, publish):
    (oldest, *_) = await publish({})

    shown = await detail.load(hub, "1705314600250-0")

    assert shown is not None
    assert (shown["at"], shown["since"]) == ("2024-01-15T10:30:00.25Z", from_ms(oldest.id.ms))


async def test_an_id_that_nothing_had_is_not_said_to_have_been_here(hub, publish):
    (entry,) = await publish({})

    shown = await detail.load(hub, f"{entry.id.ms}-7")
    beyond = await detail.load(hub, f"{2**64 - 1}-{2**64 - 1}")

    assert shown is not None
    assert beyond is not None
    assert shown["reason"] == beyond["reason"] == "unknown"
    assert beyond["at"] is None


async def test_a_source_that_is_away_is_why_an_event_cannot_be_shown(hub, publish, monkeypatch):
    async def away(after, limit):
        raise SourceUnreachable("away")

    await publish({})
    monkeypatch.setattr(hub.source, "read", away)

    shown = await detail.load(hub, "5-0")

    assert shown is not None
    assert shown["reason"] == "away"


async def test_no_event_is_decoded_anew_for_each_other_event(hub, publish, monkeypatch):
    await publish(*(step(9, "agent_request") for _ in range(5)))
    answers = await publish(*(step(1, "agent_response") for _ in range(5)))
    looks = []

    def look(entry):
        looks.append(entry.id)
        return json.loads(entry.json)["data"]

    monkeypatch.setattr(Entry, "data", property(look))

    await trace.follow(hub.log, hub.rollup, answers[0])

    assert len(looks) <= 4 * 10


async def test_of_many_that_share_an_id_no_more_are_decoded_than_are_shown(hub, monkeypatch):
    log = EventLog()
    log.append(
        (EventId(n + 1), validate(step(0, "agent_request", agent=f"agent{n}"))) for n in range(500)
    )
    looks = []

    def look(entry):
        looks.append(entry.id)
        return json.loads(entry.json)["data"]

    monkeypatch.setattr(Entry, "data", property(look))

    steps = await trace.follow(log, hub.rollup, log.newest(1)[0])

    assert [s["id"] for s in steps] == [str(entry.id) for entry in log.newest(trace.MAX_STEPS)]
    assert len(looks) < 5 * trace.MAX_STEPS
