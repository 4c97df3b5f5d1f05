"""RFC 3339 in, UTC with a Z out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import timestamps
from sources.timestamps import InvalidTimestamp, canonical, epoch_ns


@pytest.mark.parametrize(
    ("given_as", "written"),
    [
        ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z"),
        ("2024-01-15T10:30:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15t10:30:00z", "2024-01-15T10:30:00Z"),
        ("2024-01-15 10:30:00+00:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15T12:30:00+02:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15T00:30:00.250-05:30", "2024-01-15T06:00:00.250Z"),
        ("2024-01-15T10:30:00.000Z", "2024-01-15T10:30:00Z"),
        ("2024-01-15T10:30:00.123456789012Z", "2024-01-15T10:30:00.123456789Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_times_are_written_in_utc(given_as, written):
    assert canonical(given_as) == written


@pytest.mark.parametrize(
    "text",
    ["", "now", "2024-01-15", "2024-02-30T00:00:00Z", "2024-01-15T24:00:00Z", "1705314600",
     "2024-01-15T10:30Z", "2024-01-15T10:30:00+25:00", "2024-01-15T10:30:00+01:75",
     "0001-01-01T00:00:00+14:00", "2024-01-15T10:30:00Z\n", "٢٠٢٤-01-15T10:30:00Z"],
)  # fmt: skip
def test_other_texts_are_refused_by_name(text):
    with pytest.raises(InvalidTimestamp, match="not an RFC 3339 time"):
        canonical(text)


def test_a_naive_datetime_is_taken_as_utc():
    assert timestamps.from_datetime(datetime(2024, 1, 15, 10, 30)) == "2024-01-15T10:30:00Z"


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
def test_a_time_keeps_its_instant(naive, zone):
    moment = naive.replace(tzinfo=zone)

    text = canonical(moment.isoformat())

    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert epoch_ns(text) == (since // timedelta(microseconds=1)) * 1000
    assert text.endswith("Z")
    assert canonical(text) == text
