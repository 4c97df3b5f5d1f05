import pytest

from dashboard.page.charts.histogram import joined


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
