import pytest

from dashboard.page.charts.style import round_up
from dashboard.page.series import BUCKETS, Window, window_of
from sources import time_range

NOW_S = 1_705_314_607.5


def window(value, covered_since_s=0.0):
    return window_of(time_range.read(value), NOW_S, covered_since_s)


@pytest.mark.parametrize(
    ("value", "step_s"), [("15m", 15), ("1h", 60), ("24h", 1440), ("7d", 10_080)]
)
def test_a_span_is_shown_in_sixty_whole_steps_that_end_with_now(value, step_s):
    shown = window(value)

    assert shown.step_s == step_s
    assert shown.buckets == BUCKETS
    assert shown.start_s % step_s == 0
    assert shown.end_s - step_s <= NOW_S < shown.end_s


@pytest.mark.parametrize(("known_s", "step_s"), [(10, 15), (1000, 60), (3000, 60), (10**6, 1440)])
def test_all_of_time_is_what_is_counted(known_s, step_s):
    assert window("all", NOW_S - known_s).step_s == step_s


@pytest.mark.parametrize(("known_s", "buckets"), [(10, 60), (1000, 18), (3000, 51), (10**6, 60)])
def test_all_of_time_begins_where_counting_began(known_s, buckets):
    shown = window("all", NOW_S - known_s)

    assert shown.buckets == buckets
    assert abs(NOW_S - min(max(known_s, 900), 86_400) - shown.start_s) < shown.step_s
    assert shown.end_s - shown.step_s <= NOW_S < shown.end_s


def test_an_interval_is_shown_from_its_beginning_to_its_end():
    recent = window({"start": "2024-01-15T10:29:00Z", "end": "2024-01-15T10:29:59.999Z"})

    assert recent == Window(1_705_314_540, 1, 60)


def test_what_is_counted_by_the_minute_is_shown_by_the_minute():
    old = window({"start": "2024-01-15T08:00:00Z", "end": "2024-01-15T08:02:30Z"})

    assert old == Window(1_705_305_600, 60, 3)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.3, 0.3), (1, 1), (2, 2), (2.2, 3), (213, 250), (999, 1000), (14, 15)]
)
def test_an_axis_ends_on_a_plain_number(value, expected):
    assert round_up(value) == pytest.approx(expected)
