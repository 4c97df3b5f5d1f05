"""How fast one address may publish: a token bucket for each."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MAX_ADDRESSES: Final = 10_000


class TooFast(RuntimeError):
    """An address published faster than it may; ``retry_after_s`` says when it may again."""

    def __init__(self, rate: float, retry_after_s: float) -> None:
        super().__init__(
            f"more than {rate:g} events a second from one address; retry in {retry_after_s:.1f} s"
        )
        self.retry_after_s = retry_after_s


class PublishLimit:
    """Lets ``rate`` events a second through from each address, a second's worth at once.

    A batch larger than that passes when the bucket is full, and is paid for afterwards.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, events: int) -> None:
        """Count ``events`` from ``address``.

        Raises
        ------
        TooFast
            If they are over the rate; they are not counted then.
        """
        if not self._rate:
            return
        now_s, full = self._clock(), max(1.0, self._rate)
        level, filled_s = self._buckets.pop(address, (full, now_s))
        level = min(full, level + (now_s - filled_s) * self._rate)
        allowed = level >= min(events, full)
        self._buckets[address] = (level - events if allowed else level, now_s)
        if len(self._buckets) > _MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooFast(self._rate, (min(events, full) - level) / self._rate)
