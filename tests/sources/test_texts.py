"""A search may say "no" by an event's JSON alone, where the text itself would say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.event import validate
from sources.ids import EventId
from sources.log import entry_of
from sources.texts import folded, is_unescaped

# Of few letters, so that what is sought occurs now and then; among them some that casefolding
# makes others, longer or ASCII, and some that JSON escapes.
letters = st.text('aAbB ß\u017f\u212aİΣς1.0-e"\\/\n\t\u2028é🦊', max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | letters
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def entry(data):
    return entry_of(EventId(1), validate({"event_type": "aA", "source": "Straße", "data": data}))


@given(st.dictionaries(letters, values, max_size=3), st.data())
def test_what_the_json_lacks_the_text_lacks_too(data, draw):
    fresh = entry(data)
    text = fresh.text.decode(errors="surrogatepass")
    start = draw.draw(st.integers(0, len(text)))
    sought = draw.draw(letters | st.just(text[start : start + 5])).casefold()
    fresh = entry(data)

    assert fresh.holds(folded(sought), is_unescaped(sought)) is (folded(sought) in fresh.text)


@pytest.mark.parametrize("written", ["a\\b", 'says:"hi', "tab\there", "\\u0041"])
def test_what_json_escapes_is_found_as_it_was_written(written):
    one = entry({"text": f"it {written} it"})

    assert not is_unescaped(written)
    assert one.holds(folded(written), is_unescaped(written))


def test_no_text_is_built_for_an_event_without_a_trace_of_what_is_sought():
    one = entry({"text": "plain"})

    assert not one.holds(b"timeout", True)
    assert one._text is None
    assert one.holds(b"plain", True)
    assert one._text is not None
