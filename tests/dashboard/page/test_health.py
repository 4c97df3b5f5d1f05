from math import isnan
from typing import Any

import param

from dashboard.page import agents, health
from dashboard.page.fields import describe_fields
from dashboard.stats import Sample
from sources.base import Rejected
from sources.filters import EventFilter


def test_a_healthy_process_has_nothing_marked(hub):
    built = health.build(hub, ())

    assert {check["state"] for check in built["checks"]} == {""}
    assert built["clients"] == built["rejected"] == []
    assert built["figures"]["memory_mb"] > 10


def test_a_source_that_is_away_is_marked_with_its_reason(hub):
    hub.source.enter("unreachable", "connection refused")

    source = health.checks(hub)[0]

    assert (source["state"], source["note"]) == ("x", "connection refused")


def test_the_newest_rejected_stands_first(hub):
    refused = [Rejected(f"{n}-0", "2024-01-15T10:30:00Z", "no", "x" * 9999) for n in range(30)]

    built = health.build(hub, refused)["rejected"]

    assert built[0]["source"] == "29-0"
    assert len(built) == health.REJECTED_SHOWN
    assert len(built[0]["raw"]) == health.RAW_SHOWN


def test_a_rejected_message_of_the_channel_is_named_as_one(hub):
    refused = [Rejected(None, "2024-01-15T10:30:00Z", "not JSON", "bad")]

    (built,) = health.build(hub, refused)["rejected"]

    assert built["source"] == "a message of the channel"


def test_a_figure_that_was_not_known_leaves_a_hole():
    samples = health.samples_of([Sample(1.0, 42.0, 0.0, None, 80.0, None)])

    assert isnan(samples.p99_ms[0])
    assert samples.events_in == [42.0]


async def test_an_agent_that_fails_often_is_marked(hub, publish):
    kinds = ["agent_response", "agent_error"]
    await publish(*({"event_type": kind, "source": "billing"} for kind in kinds))

    (agent,) = agents.build(hub.rollup.agents())

    assert (agent["name"], agent["state"], agent["error_rate"]) == ("billing", "x", 0.5)


def test_a_platforms_own_fields_are_described():
    class Own(EventFilter):
        tenant = param.String(doc="Whose events.")
        region: Any = param.Selector(default=None, objects=["eu", "us"])
        tags = param.List(item_type=str)
        billed = param.Boolean(default=False)
        cost = param.Number(default=None)

    described = {field["name"]: field for field in describe_fields(Own)}

    assert {name: field["kind"] for name, field in described.items()} == {
        "tenant": "text", "region": "choice", "tags": "list", "billed": "bool", "cost": "number",
    }  # fmt: skip
    assert described["region"]["choices"] == ["eu", "us"]
    assert described["tenant"]["doc"] == "Whose events."
