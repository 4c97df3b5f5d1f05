"""What may become an event, and how it is written."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.event import (
    PRIORITIES,
    Event,
    InvalidEvent,
    NotJson,
    decode_event,
    decode_json,
    encode,
    validate,
)

MINIMAL = {"event_type": "agent_request", "source": "orchestrator"}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
published = st.fixed_dictionaries(
    {
        "event_type": st.from_regex(r"[A-Za-z0-9_.:-]{1,128}", fullmatch=True),
        "source": st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=128),
    },
    optional={
        "data": st.dictionaries(st.text(), json_values, max_size=4),
        "priority": st.sampled_from(PRIORITIES),
        "timestamp": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        "id": st.text(),
    },
)


def faults(value):
    with pytest.raises(InvalidEvent) as refused:
        validate(value)
    return {".".join(map(str, fault.loc)): fault.msg for fault in refused.value.faults}


def test_what_is_left_out_is_filled_in():
    event = validate(MINIMAL, default_time="2024-01-15T10:30:00Z")

    assert event == Event("agent_request", {}, "2024-01-15T10:30:00Z", "orchestrator", "normal")


def test_an_event_is_written_with_the_five_documented_keys_and_no_more():
    event = validate({**MINIMAL, "id": "the publisher's own", "data": {"b": 1, "a": 1860.0}})

    written = encode(event)

    assert list(json.loads(written)) == ["event_type", "data", "timestamp", "source", "priority"]
    assert b'{"b":1,"a":1860.0}' in written


def test_every_fault_is_named_at_once():
    found = faults({"data": [], "priority": "urgent", "timestamp": "soon", "colour": 1})

    assert found.keys() == {"event_type", "source", "data", "priority", "timestamp", "colour"}
    assert "low, normal, high, critical" in found["priority"]
    assert "known are event_type, data" in found["colour"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event_type", ""),
        ("event_type", "a b"),
        ("event_type", "a\n"),
        ("event_type", "ä"),
        ("event_type", "x" * 129),
        ("event_type", 7),
        ("event_type", None),
        ("source", ""),
        ("source", "x" * 129),
        ("source", "a\x00"),
        ("source", "a\n"),
        ("source", "\x85"),
        ("data", None),
        ("data", "text"),
        ("priority", "HIGH"),
        ("priority", None),
        ("timestamp", 1705314600),
        ("timestamp", "2024-13-01T00:00:00Z"),
        ("timestamp", "2024-01-15"),
    ],
)
def test_a_value_out_of_its_rule_is_refused_through_both_readers(key, value):
    given = {**MINIMAL, key: value}

    assert list(faults(given)) == [key]
    with pytest.raises(InvalidEvent):
        decode_event(json.dumps(given).encode())


def test_the_servers_own_word_is_refused_from_anyone_else():
    own = {"event_type": "connection", "source": "dashboard"}

    assert list(faults(own)) == ["event_type"]
    assert list(faults({**own, "priority": "bad"})) == ["priority", "event_type"]
    with pytest.raises(InvalidEvent):
        decode_event(json.dumps(own).encode())
    assert validate({**own, "source": "elsewhere"}).event_type == "connection"


def nested(levels):
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@pytest.mark.parametrize("levels", [33, 100, 500])
def test_data_nests_to_32_levels(levels):
    head = b'{"event_type":"t","source":"s","data":'

    assert decode_event(head + nested(32) + b"}").event_type == "t"
    with pytest.raises(InvalidEvent, match="deeper than 32"):
        decode_event(head + nested(levels) + b"}")


def test_absurd_nesting_is_not_json_that_can_be_read():
    with pytest.raises(NotJson, match="nested too deeply"):
        decode_event(b'{"data":' + b"[" * 100_000)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":NaN}',
        b"Infinity",
        b"1e400",
        b'"\\ud800"',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{} x",
    ],
)
def test_what_is_not_strict_json_is_refused(raw):
    with pytest.raises(NotJson):
        decode_json(raw)


def test_of_a_doubled_key_the_last_one_counts():
    event = decode_event(b'{"source":"a","event_type":"t","source":"b"}')

    assert event.source == "b"


def test_an_event_over_its_size_is_refused_with_both_numbers():
    with pytest.raises(InvalidEvent, match=r"70,\d\d\d bytes encoded, 65,536 allowed"):
        decode_event(encode({**MINIMAL, "data": {"a": "x" * 70_000}}))


def test_the_size_counts_as_written_again():
    grows = b'{"event_type":"t","source":"s","data":{"a":[' + b",".join([b"1e15"] * 6000) + b"]}}"

    assert len(grows) < 65_536
    with pytest.raises(InvalidEvent, match="bytes encoded"):
        decode_event(grows)


@given(published)
def test_both_readers_agree_and_what_is_written_reads_back(value):
    stamp = "2024-01-15T10:30:00Z"

    event = decode_event(encode(value), default_time=stamp)

    assert event == validate(decode_json(encode(value)), default_time=stamp)
    assert decode_event(encode(event)) == event


def test_of_many_unknown_keys_only_the_first_are_named():
    assert len(faults({**MINIMAL, **{f"key{n}": n for n in range(600)}})) == 20
