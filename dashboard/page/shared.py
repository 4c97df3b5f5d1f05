"""What all pages of a process have in common, worked out once for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from dashboard.hub import Hub
from dashboard.page import agents, health, kpis
from dashboard.page.fields import describe_fields
from dashboard.page.rows import Rows
from dashboard.page.series import Stacked
from dashboard.page.tally import Tally, stack, tally_of
from dashboard.page.view import View
from sources.base import Rejected
from sources.event import encode
from sources.filters import EventFilter

T = TypeVar("T")

LIFETIME_S: Final = 0.9
REJECTED_PERIOD_S: Final = 5.0
REJECTED_SHOWN: Final = 100
_MANY: Final = 500


class Shared:
    """Views by filter, and figures that are good for about a second."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.rows = Rows(hub.rollup)
        self.fields = describe_fields(hub.filter_class)
        self.rejected: Sequence[Rejected] = ()
        self._rejected_due_s = 0.0
        self._trend = kpis.Trend()
        self._views: dict[str, View] = {}
        self._counted: WeakKeyDictionary[View, tuple[float, Tally, Stacked]] = WeakKeyDictionary()
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def view(self, chosen: EventFilter) -> View:
        """Return the view of a filter, to be given back to `release`."""
        matcher = chosen.compile()
        view = self._views.setdefault(matcher.key, View(self.hub.log, matcher))
        view.users += 1
        return view

    def release(self, view: View) -> None:
        view.users -= 1
        if not view.users:
            self._views.pop(view.matcher.key, None)

    async def count(self, view: View) -> None:
        """Count what a view matches, for `tally` and `stacked`, unless it has just been counted."""
        async with view.counting:
            counted = self._counted.get(view)
            if counted is None or time.monotonic() - counted[0] >= LIFETIME_S:
                # Each begins a turn of its own, after whatever was done before.
                await asyncio.sleep(0)
                tally = await tally_of(self.hub, view)
                await asyncio.sleep(0)
                stacked = await stack(self.hub, view)
                await asyncio.sleep(0)
                self._counted[view] = (time.monotonic(), tally, stacked)

    def tally(self, view: View) -> Tally:
        """Return how many events a view matches, and of what kinds, as last counted."""
        return self._counted[view][1]

    def stacked(self, view: View) -> Stacked:
        """Return a view's counts over time, by priority, as last counted."""
        return self._counted[view][2]

    def kpis(self) -> str:
        return self.text("kpis", self._build_kpis)

    def _build_kpis(self) -> list[dict[str, Any]]:
        return kpis.build(self.hub, self.agents(), self.rejected, self._trend)

    def agents(self) -> list[dict[str, Any]]:
        return self.fresh("agents", lambda: agents.build(self.hub.rollup.agents()))

    def health(self) -> str:
        return self.text("health", lambda: health.build(self.hub, self.rejected))

    async def refresh(self) -> None:
        """Ask the source for what it set aside, now and then."""
        if time.monotonic() >= self._rejected_due_s:
            self._rejected_due_s = time.monotonic() + REJECTED_PERIOD_S
            self.rejected = await health.rejected(self.hub, self.rejected, REJECTED_SHOWN)

    def text(self, key: Hashable, make: Callable[[], Any]) -> str:
        """Return as JSON what ``make`` gave within the last second, else ask it."""
        return self.fresh(key, lambda: encode(make()).decode())

    def fresh(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` gave within the last second, else ask it."""
        now_s = time.monotonic()
        known = self._kept.get(key)
        if known is not None and now_s - known[0] < LIFETIME_S:
            return cast(T, known[1])
        if len(self._kept) > _MANY:
            self._kept.clear()
        value = make()
        self._kept[key] = (now_s, value)
        return value


# Kept alive by the pages, and a hub by what its pages share: neither outlives the last of them.
_shared: WeakValueDictionary[Hub, Shared] = WeakValueDictionary()


def shared_of(hub: Hub) -> Shared:
    """Return what the pages of ``hub`` share."""
    shared = _shared.get(hub)
    if shared is None:
        shared = _shared[hub] = Shared(hub)
    return shared
