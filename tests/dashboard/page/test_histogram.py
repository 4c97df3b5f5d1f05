import pytest

from dashboard.page.charts.histogram import UNFINISHED, Histogram, joined
from dashboard.page.series import Stacked, Window
from sources.event import PRIORITIES


@pytest.mark.parametrize(
    ("intervals", "apart"),
    [
        ([], []),
        ([(1, 2), (3, 4)], [(1, 2), (3, 4)]),
        ([(1, 3), (2, 4)], [(1, 4)]),
        ([(2, 3), (4, 5), (1, 6)], [(1, 6)]),
        ([(1, 2), (1, 2)], [(1, 2)]),
    ],
)
def test_what_overlaps_is_joined(intervals, apart):
    assert joined(intervals) == apart


def test_a_bar_whose_time_is_not_over_is_pale():
    chart = Histogram(lambda start_s, end_s: None)
    counts = {priority: [1, 1, 1] for priority in PRIORITIES}

    chart.show(Stacked(Window(0, 15, 3), counts, covered_since_s=0), now_s=30)

    assert chart._source.data["alpha"] == [1, 1, UNFINISHED]
