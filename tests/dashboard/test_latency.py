"""The latency histogram: percentiles within the width of a bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.latency import LatencyHistogram


def test_without_any_delivery_there_is_no_percentile():
    assert LatencyHistogram().percentile_ms(99) is None


@given(st.lists(st.floats(0.2, 60_000), min_size=1, max_size=50), st.sampled_from([50, 95, 99]))
def test_a_percentile_is_right_within_ten_percent(values, q):
    histogram = LatencyHistogram()

    for value in values:
        histogram.observe(value)

    exact = sorted(values)[max(0, -(-len(values) * q // 100) - 1)]
    assert histogram.percentile_ms(q) == pytest.approx(exact, rel=0.1)


def test_deliveries_of_one_moment_count_each():
    together, apart = LatencyHistogram(), LatencyHistogram()

    together.observe(7.0, 3)
    for _ in range(3):
        apart.observe(7.0)

    assert (together.total, together.sum_ms) == (apart.total, apart.sum_ms)


def test_a_clock_that_stepped_back_counts_as_zero():
    histogram = LatencyHistogram()

    histogram.observe(-5)

    assert histogram.percentile_ms(99) == pytest.approx(0, abs=1)
    assert histogram.sum_ms == 0
