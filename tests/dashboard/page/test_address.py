import pytest

from dashboard.page import address
from sources.filters import EventFilter


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", {}),
        ("?event_types=a&event_types=b&search=x+y", {"event_types": ["a", "b"], "search": "x y"}),
        ("?time_range=15m&priority=high", {"time_range": "15m", "priority": ["high"]}),
    ],
)
def test_the_filter_of_an_address(search, expected):
    said = address.parse(search, EventFilter)

    assert said.filter.to_json() == expected
    assert said.fault == ""


def test_tab_and_event_of_an_address():
    said = address.parse("?tab=health&event=1-0", EventFilter)

    assert (said.tab, said.event) == ("health", "1-0")


@pytest.mark.parametrize(
    ("search", "named", "kept"),
    [
        ("?priority=urgent&sources=a", "urgent", {"sources": ["a"]}),
        ("?nonsense=1&sources=a", "nonsense", {"sources": ["a"]}),
        ("?time_range=soon&sources=a", "soon", {"sources": ["a"]}),
        ("?time_range={&sources=a", "time_range", {"sources": ["a"]}),
        ("?tab=secret&sources=a", "secret", {"sources": ["a"]}),
        ("?" + "x" * 20_000, "too long", {}),
        (None, "too long", {}),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_kept(search, named, kept):
    said = address.parse(search, EventFilter)

    assert named in said.fault
    assert said.filter.to_json() == kept
    assert said.tab == "events"


def test_a_token_is_no_part_of_a_view():
    assert address.parse("?token=secret", EventFilter).fault == ""


@pytest.mark.parametrize(
    "search",
    [
        "",
        "?event_types=a&sources=b+c&tab=agents&event=5-1",
        "?time_range=%7B%22start%22%3A%222024-01-15T10%3A30%3A00Z%22%7D",
        "?search=%3Cimg%3E+%26+%22a+b%22",
    ],
)
def test_an_address_that_was_written_reads_the_same(search):
    said = address.parse(search, EventFilter)

    assert address.write(said.filter, said.tab, said.event) == search
