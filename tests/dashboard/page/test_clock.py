import math
import time

import pytest

from dashboard.page import clock


def test_the_servers_time_comes_beside_what_was_asked():
    before_ms = time.time() * 1000

    answer = clock.answer(1234.5)

    assert answer is not None
    assert answer["sent"] == 1234.5
    assert before_ms - 1 <= answer["server"] <= time.time() * 1000 + 1


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "1",
        True,
        math.nan,
        math.inf,
        pytest.param(10**400, id="a number that no float holds"),
        {},
        [],
    ],
)
def test_what_is_no_time_gets_no_answer(sent):
    assert clock.answer(sent) is None
