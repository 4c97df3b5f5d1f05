import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.summary import MAX_ACTION, MAX_TEXT, Summary, agent_of, summarise, title


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"action": "charge_invoice", "message": "inv_20418 failed", "attempt": 3},
            Summary("charge_invoice", "inv_20418 failed"),
        ),
        ({"method": "GET", "operation": "list", "text": "all"}, Summary("GET", "all")),
        ({"action": 7, "name": "backup"}, Summary("backup", "")),
        ({"error": "no route"}, Summary("", "no route")),
        ({"error": {"kind": "Timeout", "message": "no answer"}}, Summary("", "no answer")),
        ({"error": {"kind": "Timeout"}}, Summary("", "Timeout")),
        ({"message": " ", "reason": "late"}, Summary("", "late")),
        (
            {
                "agent": "a",
                "correlation_id": "c",
                "duration_ms": 5,
                "cpu": 0.4,
                "ok": True,
                "x": None,
            },
            Summary("", "cpu: 0.4, ok: true"),
        ),
        ({"cpu": 0.4, "status": "degraded"}, Summary("", "degraded, cpu: 0.4")),
        ({"invoice": {"id": 1}, "lines": [1, 2]}, Summary("", "invoice, lines")),
        ({}, Summary("", "")),
        (["a"], Summary("", "")),
        ("said", Summary("", "said")),
        (None, Summary("", "")),
    ],
)
def test_any_data_is_summed_up_in_a_line(data, expected):
    assert summarise("test", data) == expected


def test_an_action_that_repeats_the_type_is_left_out():
    assert summarise("deploy", {"event": "deploy", "text": "done"}) == Summary("", "done")


def test_line_breaks_and_control_characters_become_spaces():
    data = {"action": "a\tb", "message": "one\r\n\x00two\u2028three\u202efour\x1b[31m"}

    assert summarise("test", data) == Summary("a b", "one two three four [31m")


def test_what_is_too_long_is_cut():
    summary = summarise("test", {"action": "a" * 999, "message": "m" * 9999})

    assert summary.action == "a" * (MAX_ACTION - 1) + "…"
    assert summary.text == "m" * (MAX_TEXT - 1) + "…"


def test_a_title_is_the_summary_or_what_stands_for_it():
    assert title(Summary("charge", "inv_1 failed")) == "charge inv_1 failed"
    assert title(Summary("", ""), "agent_error") == "agent_error"


@pytest.mark.parametrize(
    ("data", "agent"),
    [
        ({"agent": "billing"}, "billing"),
        ({"agent": ""}, "s"),
        ({"agent": ["billing"]}, "s"),
        ({}, "s"),
        (None, "s"),
        ({"agent": "x" * 500}, "x" * 128),
    ],
)
def test_an_event_concerns_the_agent_it_names_else_its_source(data, agent):
    assert agent_of(data, "s") == agent


known = st.sampled_from(["action", "name", "message", "error", "status", "reason", "agent"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(known | st.text(), inner),
)


@given(json_values)
def test_no_json_is_too_strange(data):
    summary = summarise("test", data)

    assert len(summary.action) <= MAX_ACTION
    assert len(summary.text) <= MAX_TEXT
    assert not set(title(summary)) & set("\r\n\t\x00\x1b\x85\u2028\u202e")
    assert agent_of(data, "s")
