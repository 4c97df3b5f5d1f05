"""Requests that wait for their response."""

from __future__ import annotations

from collections import Counter, OrderedDict
from hashlib import blake2b
from typing import Final

MAX_OPEN: Final = 20_000
MAX_AGE_NS: Final = 900_000_000_000
_LONGEST_ID: Final = 128


class _Request:
    """An open request; compared by identity."""

    __slots__ = ("agent", "correlation", "time_ns")

    def __init__(self, agent: str, correlation: str | None, time_ns: int) -> None:
        self.agent, self.correlation, self.time_ns = agent, correlation, time_ns


class OpenRequests:
    """Pairs a response with its request, by correlation id, else by agent in order of arrival.

    At most `MAX_OPEN` are kept (the oldest leave; about 0.6 kB each), and none is paired once it
    is 15 minutes old. A request sent again while it is open is still the same request.
    """

    def __init__(self, max_open: int = MAX_OPEN) -> None:
        self._max_open = max_open
        self._all: OrderedDict[_Request, None] = OrderedDict()
        self._by_agent: dict[str, OrderedDict[_Request, None]] = {}
        # By agent: a thousand requests may share one id, and each is to be found at once.
        self._by_correlation: dict[str, dict[str, _Request]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def open(self, agent: str, correlation: str | None, time_ns: int) -> None:
        if correlation is not None:
            correlation = _bounded(correlation)
            alike = self._by_correlation.setdefault(correlation, {})
            if agent in alike:
                return
        request = _Request(agent, correlation, time_ns)
        if correlation is not None:
            alike[agent] = request
        self._all[request] = None
        self._by_agent.setdefault(agent, OrderedDict())[request] = None
        if len(self._all) > self._max_open:
            self._remove(next(iter(self._all)))

    def close(self, agent: str, correlation: str | None, time_ns: int) -> int | None:
        """Return for how many ns the request was open that this answers, None without one."""
        while (request := self._find(agent, correlation)) is not None:
            self._remove(request)
            age_ns = time_ns - request.time_ns
            if age_ns <= MAX_AGE_NS:
                # The clocks of two agents may differ by more than the answer took.
                return max(0, age_ns)
        return None

    def expire(self, before_ns: int) -> None:
        """Forget requests from before, as far as none that is newer came before them."""
        while self._all and (oldest := next(iter(self._all))).time_ns < before_ns:
            self._remove(oldest)

    def waiting(self, since_ns: int) -> Counter[str]:
        """Count by agent the open requests that are not older."""
        return Counter(request.agent for request in self._all if request.time_ns >= since_ns)

    def _find(self, agent: str, correlation: str | None) -> _Request | None:
        if correlation is None:
            return next(iter(self._by_agent.get(agent, ())), None)
        alike = self._by_correlation.get(_bounded(correlation), {})
        return alike.get(agent) or next(iter(alike.values()), None)

    def _remove(self, request: _Request) -> None:
        del self._all[request]
        of_agent = self._by_agent[request.agent]
        del of_agent[request]
        if not of_agent:
            del self._by_agent[request.agent]
        if request.correlation is not None:
            alike = self._by_correlation[request.correlation]
            del alike[request.agent]
            if not alike:
                del self._by_correlation[request.correlation]


def _bounded(correlation: str) -> str:
    """Stand in for an id of any length, so that many of them cannot fill the memory."""
    if len(correlation) <= _LONGEST_ID:
        return correlation
    return blake2b(correlation.encode(errors="replace"), digest_size=16).hexdigest()
