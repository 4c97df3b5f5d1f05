"""The one filter: what passes, what it says on the wire, and that its two forms agree."""

import param
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.event import PRIORITIES, validate
from sources.filters import EventFilter, InvalidFilter
from sources.ids import EventId
from sources.log import entry_of
from sources.tables import to_frame

NOW_NS = 1_705_314_600_000_000_000  # 2024-01-15T10:30:00Z


def entry(number=1, **keys):
    given = {"event_type": "agent_request", "source": "orchestrator", **keys}
    return entry_of(EventId(number), validate(given, default_time="2024-01-15T10:30:00Z"))


def passes(chosen, **keys):
    return EventFilter.from_json(chosen).compile().matches(entry(**keys), NOW_NS)


def refused(chosen):
    with pytest.raises(InvalidFilter) as error:
        EventFilter.from_json(chosen)
    return {".".join(map(str, fault.loc)): fault.msg for fault in error.value.faults}


def test_an_empty_filter_lets_everything_pass():
    assert passes({})
    assert passes(
        {"event_types": [], "sources": [], "priority": [], "search": "", "time_range": ""}
    )
    assert passes({"event_types": None, "time_range": "all"})


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"event_types": ["agent_request", "test"]}, True),
        ({"event_types": ["test"]}, False),
        ({"sources": ["orchestrator"]}, True),
        ({"sources": ["Orchestrator"]}, False),
        ({"priority": ["high", "normal"]}, True),
        ({"priority": ["high"]}, False),
        ({"sources": ["orchestrator"], "priority": ["high"]}, False),
    ],
)
def test_lists_hold_any_of_their_values(chosen, expected):
    assert passes(chosen) is expected


DATA = {
    "agent": "Billing-Agent",
    "invoice": {"id": "inv_20418", "amount": 1860.0, "paid": False, "lines": [{"sku": "Straße"}]},
    "dotted.key": {"deep": 7},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", True),
        ("billing", True),
        ("BILLING inv_2", True),
        ("billing absent", False),
        ("agent_req", True),
        ("orchestr", True),
        ("normal", True),
        ("invoice", True),
        ("1860.0", True),
        ("false", True),
        ("STRASSE", True),
        ('"billing-agent"', True),
        ('"agent billing"', False),
        ("-billing", False),
        ("-absent", True),
        ('-"billing-agent"', False),
        ("-", True),
        ("type:request", True),
        ("type:orchestrator", False),
        ("source:ORCH", True),
        ("priority:norm", True),
        ("-priority:norm", False),
        ("data.agent:billing", True),
        ("data.agent:inv", False),
        ("data.invoice:inv_20418", True),
        ("data.invoice.id:20418", True),
        ('data.agent:"billing-a"', True),
        ("data.invoice.lines.sku:strasse", True),
        ("data.dotted.key.deep:7", True),
        ("-data.agent:billing", False),
        ("data.absent:x", False),
        ("-data.absent:x", True),
        ("data.nothing:", True),
        ("foo:bar", False),
        ('"unterminated', False),
    ],
)
def test_search(search, expected):
    assert passes({"search": search}, data=DATA) is expected


def test_a_field_that_is_not_known_makes_an_ordinary_term():
    assert passes({"search": "foo:bar"}, data={"text": "a foo:bar b"})


@pytest.mark.parametrize(
    ("time_range", "stamp", "expected"),
    [
        ("15m", "2024-01-15T10:15:00Z", True),
        ("15m", "2024-01-15T10:14:59.999Z", False),
        ("90s", "2024-01-15T10:28:29Z", False),
        ("1h", "2024-01-15T09:30:00Z", True),
        ("7d", "2024-01-08T10:29:59Z", False),
        ("1.5h", "2024-01-15T09:00:00Z", True),
        ({"start": "2024-01-15T10:00:00Z"}, "2024-01-15T10:00:00Z", True),
        ({"start": "2024-01-15T12:00:00+02:00"}, "2024-01-15T09:59:59Z", False),
        ({"end": "2024-01-15T10:00:00Z"}, "2024-01-15T10:00:00Z", True),
        ({"end": "2024-01-15T10:00:00Z"}, "2024-01-15T10:00:00.001Z", False),
        ({}, "1970-01-01T00:00:00Z", True),
    ],
)
def test_time_ranges(time_range, stamp, expected):
    assert passes({"time_range": time_range}, timestamp=stamp) is expected


@pytest.mark.parametrize(
    ("chosen", "where", "says"),
    [
        ([], "", "JSON object"),
        ({"colour": 1}, "colour", "known are event_types, sources, priority, search, time_range"),
        ({"event_types": "test"}, "event_types", "list of strings"),
        ({"sources": [1]}, "sources.0", "string"),
        ({"priority": ["normal", "urgent"]}, "priority.1", "low, normal, high, critical"),
        ({"search": 5}, "search", "string"),
        ({"search": "x" * 1025}, "search", "1024"),
        ({"time_range": "soon"}, "time_range", "15m, 1h, 24h, 7d"),
        ({"time_range": 15}, "time_range", "15m"),
        ({"time_range": {"from": "x"}}, "time_range", "start, end"),
        ({"time_range": {"start": "x"}}, "time_range", "RFC 3339"),
        (
            {"time_range": {"start": "2024-01-02T00:00:00Z", "end": "2024-01-01T00:00:00Z"}},
            "time_range",
            "after end",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_allowed(chosen, where, says):
    assert says in refused(chosen)[where]


def test_every_fault_is_named_at_once():
    assert refused({"a": 1, "search": 5, "priority": ["x"]}).keys() == {"a", "search", "priority.0"}


def test_on_the_wire_stands_only_what_restricts_in_canonical_form():
    chosen = EventFilter.from_json(
        {
            "event_types": ["b", "a", "b"],
            "sources": [],
            "search": "   ",
            "time_range": {"start": "2024-01-15T12:30:00+02:00"},
        }
    )

    assert chosen.to_json() == {
        "event_types": ["b", "a"],
        "time_range": {"start": "2024-01-15T10:30:00Z"},
    }


filters = st.fixed_dictionaries(
    {},
    optional={
        "event_types": st.lists(st.sampled_from(["a", "b", "x y", "ü"]), unique=True),
        "sources": st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=3),
        "priority": st.lists(st.sampled_from(PRIORITIES), unique=True),
        "search": st.lists(
            st.sampled_from(
                [
                    "a",
                    "-b",
                    '"a b"',
                    "type:a",
                    "-source:s",
                    "data.k:1",
                    "data.k.m:a",
                    "-data.k:",
                    "ß",
                ]
            )
        ).map(" ".join),
        "time_range": st.sampled_from(
            ["all", "15m", "1h", {"start": "2024-01-15T10:20:00Z"}, {"end": "2024-01-15T10:20:00Z"}]
        ),
    },
)
entries = st.lists(
    st.builds(
        entry,
        event_type=st.sampled_from(["a", "b", "ab"]),
        source=st.sampled_from(["s", "S", "ü", "a b"]),
        priority=st.sampled_from(PRIORITIES),
        timestamp=st.sampled_from(
            ["2024-01-15T10:19:59Z", "2024-01-15T10:20:00Z", "2024-01-14T00:00:00Z"]
        ),
        data=st.dictionaries(
            st.sampled_from(["k", "m", "a"]),
            st.none() | st.booleans() | st.integers(0, 12) | st.sampled_from(["a b", "A", "SS"])
            | st.lists(st.fixed_dictionaries({"m": st.sampled_from(["a", 1, None])}), max_size=2),
            max_size=3,
        ),
    ),
    max_size=6,
)  # fmt: skip


@given(filters, entries)
def test_one_event_and_a_whole_table_are_decided_alike(chosen, rows):
    numbered = [entry_of(EventId(n + 1), _event(row)) for n, row in enumerate(rows)]
    event_filter = EventFilter.from_json(chosen)

    one_by_one = event_filter.compile().select(numbered, NOW_NS)
    table = event_filter.apply(to_frame(numbered), NOW_NS)

    assert list(table["id"]) == [str(row.id) for row in one_by_one]


@given(filters)
def test_a_filter_survives_the_wire_and_the_url(chosen):
    event_filter = EventFilter.from_json(chosen)
    arguments: dict[str, list[str]] = {}
    for key, value in event_filter.to_query():
        arguments.setdefault(key, []).append(value)

    assert EventFilter.from_json(event_filter.to_json()).to_json() == event_filter.to_json()
    assert EventFilter.from_query(arguments).to_json() == event_filter.to_json()


def _event(row):
    return validate({
        "event_type": row.event_type, "source": row.source, "priority": row.priority,
        "data": row.data, "timestamp": row.json.split(b'"timestamp":"')[1].split(b'"')[0].decode(),
    })  # fmt: skip


def test_what_is_remembered_of_categories_is_bounded_and_never_wrong():
    matcher = EventFilter(sources=["s7"], search="type:test").compile()
    decided = matcher._categories

    for number in range(10_000):
        kind = "test" if number % 3 else "other"
        assert matcher.category(kind, f"s{number % 5000}", "low") is (
            kind == "test" and number % 5000 == 7
        )

    assert len(decided) <= 4096


class TenantFilter(EventFilter):
    tenant = param.List(default=[], item_type=str, doc="Only these tenants.")
    paid = param.Boolean(default=False)
    least = param.Integer(default=0, bounds=(0, 10))
    region: param.Selector = param.Selector(default="any", objects=["any", "eu"])

    def passes(self, entry):
        return not self.tenant or entry.data.get("tenant") in self.tenant


def test_a_platforms_own_filter_adds_a_key_on_the_wire_and_in_the_url():
    chosen = TenantFilter.from_query(
        {"tenant": ["acme", "north"], "least": ["3"], "paid": ["true"], "region": ["eu"]}
    )

    assert chosen.to_json() == {
        "tenant": ["acme", "north"], "paid": True, "least": 3, "region": "eu"
    }  # fmt: skip
    assert dict(chosen.to_query())["least"] == "3"
    assert [p.name for p in chosen.extra_fields()] == ["tenant", "paid", "least", "region"]
    matcher = chosen.compile()
    assert matcher.matches(entry(data={"tenant": "acme"}), NOW_NS)
    assert not matcher.matches(entry(data={"tenant": "other"}), NOW_NS)
    table = chosen.apply(to_frame([entry(data={"tenant": "acme"}), entry(data={})]), NOW_NS)
    assert len(table) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("paid", 1),
        ("least", True),
        ("least", 11),
        ("least", 1.5),
        ("region", "us"),
        ("tenant", "x"),
    ],
)
def test_an_added_key_is_checked_too(key, value):
    with pytest.raises(InvalidFilter) as error:
        TenantFilter.from_json({key: value})

    assert error.value.faults[0].loc[0] == key


def test_a_compiled_filter_does_not_change_with_its_params():
    chosen = TenantFilter(tenant=["acme"])
    matcher = chosen.compile()

    chosen.tenant = ["other"]

    assert matcher.matches(entry(data={"tenant": "acme"}), NOW_NS)


def test_in_python_an_unreadable_range_is_refused_at_once():
    with pytest.raises(ValueError, match="not a time range"):
        EventFilter(time_range="soon")


def test_a_key_that_holds_dots_is_found_at_every_length():
    data = {"a": {"b.c": {"d": "x"}}, "a.b": {"c.d": "y"}, "a.b.c.d": "z", "list": [{"e.f": "w"}]}

    for term in ("data.a.b.c.d:x", "data.a.b.c.d:y", "data.a.b.c.d:z", "data.list.e.f:w"):
        assert passes({"search": term}, data=data) is True
    assert passes({"search": "data.a.b.c:z"}, data=data) is False
