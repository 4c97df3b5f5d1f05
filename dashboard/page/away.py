"""What came and went while nobody looked at one page."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final

from dashboard.gaps import Gaps, Lost, lost_after
from dashboard.page.commands import Answer
from sources.base import EventSource, SourceUnreachable
from sources.ids import BEGINNING, EventId

_MOST: Final = 100


class Away:
    """Adds what one page did not see to what is ``gone`` for everyone."""

    def __init__(self, source: EventSource, gone: Gaps) -> None:
        self._source, self._gone = source, gone
        self._lost: deque[Lost] = deque(maxlen=_MOST)
        self._since: EventId | None = None  # what passed after it has yet to be asked for

    def back(self, position: EventId) -> None:
        """Someone looks again, and had seen what is up to ``position``."""
        if self._since is None and position != BEGINNING:
            self._since = position

    def lost(self) -> list[Lost]:
        """Return all that this page cannot show, in the order of the ends."""
        return sorted([*self._gone.known, *self._lost], key=lambda lost: lost.before)

    async def tell(self) -> Answer | None:
        """Return what to say of it, once, as soon as the source can tell."""
        if self._since is None or not self._source.status.is_read:
            return None
        with contextlib.suppress(SourceUnreachable):
            lost = await lost_after(self._source, self._since)
            self._since = None
            if lost is not None:
                self._lost.append(lost)
                return Answer(_words(lost.missed))
        return None


def _words(missed: int | None) -> str:
    many = "Events" if missed is None else f"{missed:,} event{'s' * (missed != 1)}"
    return f"{many} came and went while this page was hidden"
