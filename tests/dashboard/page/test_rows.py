import json

from dashboard.page.model import no_rows
from dashboard.page.rows import SLOW_MS, Rows
from sources.event import validate
from sources.ids import EventId
from sources.log import entry_of


async def test_an_event_as_a_row(hub, publish):
    (entry,) = await publish(
        {
            "event_type": "agent_request",
            "source": "orchestrator",
            "priority": "high",
            "timestamp": "2024-01-15T10:30:00.250Z",
            "data": {"agent": "billing", "action": "charge", "message": "inv_1"},
        }
    )

    columns = Rows(hub.rollup).columns([entry])

    id = str(entry.id)
    said = ["high", "agent_request", "orchestrator", "billing", "charge", "inv_1"]
    assert json.loads(columns["row"][0]) == [id, 1705314600250.0, *said, None, 0]


async def test_an_answer_says_how_long_it_took(hub, publish):
    slow = SLOW_MS / 1000 + 1
    _, quick_answer, _, slow_answer = await publish(
        {"event_type": "agent_request", "timestamp": "2024-01-15T10:30:00Z"},
        {"event_type": "agent_response", "timestamp": "2024-01-15T10:30:02Z"},
        {"event_type": "agent_request", "timestamp": "2024-01-15T10:31:00Z"},
        {"event_type": "agent_error", "timestamp": f"2024-01-15T10:31:{slow:.0f}Z"},
    )

    columns = Rows(hub.rollup).columns([quick_answer, slow_answer])

    took = [json.loads(row)[-2:] for row in columns["row"]]
    assert took == [[2000.0, 0], [slow * 1000, 1]]


def test_no_events_have_all_columns(hub):
    assert Rows(hub.rollup).columns([]) == no_rows()


async def test_an_id_that_a_stream_made_anew_gave_to_another_event_has_a_row_of_its_own(hub):
    rows = Rows(hub.rollup)
    texts = []
    for text in ("before", "after"):
        event = validate({"event_type": "test", "source": "tester", "data": {"message": text}})
        columns = rows.columns([entry_of(EventId(5), event)])
        texts.append(json.loads(columns["row"][0])[7])

    assert texts == ["before", "after"]
