"""The publishing rate limit."""

import pytest

from dashboard.limits import PublishLimit, TooFast


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_a_second_s_worth_passes_at_once_and_then_no_more(clock):
    limit = PublishLimit(10, clock)

    limit.take("a", 10)

    with pytest.raises(TooFast, match="10 events a second") as refused:
        limit.take("a", 1)
    assert refused.value.retry_after_s == pytest.approx(0.1)


def test_it_fills_again_with_time_and_each_address_has_its_own(clock):
    limit = PublishLimit(10, clock)
    limit.take("a", 10)

    limit.take("b", 10)
    clock.now_s += 0.5
    limit.take("a", 5)

    with pytest.raises(TooFast):
        limit.take("a", 1)


def test_a_large_batch_passes_when_full_and_is_paid_for_afterwards(clock):
    limit = PublishLimit(10, clock)

    limit.take("a", 100)
    clock.now_s += 9

    with pytest.raises(TooFast):
        limit.take("a", 1)
    clock.now_s += 0.2
    limit.take("a", 1)


def test_none_is_no_limit():
    PublishLimit(0).take("a", 10**9)
