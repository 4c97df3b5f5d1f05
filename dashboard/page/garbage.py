"""When what pages leave behind is collected: a full collection holds up every reader.

Panel makes one 5 s after any page has ended. With 100 others open that takes 80 to 400 ms, for it
looks at what those hold; so here one is made for as many ended pages as there are open ones, or
for 32, since each holds up to 1 MB till then.
"""

from __future__ import annotations

import gc
from typing import Final

from panel.io import document

LEAST_ENDED: Final = 8
MOST_ENDED: Final = 32


class Pages:
    """How many are open, and have ended since the last collection."""

    def __init__(self) -> None:
        self.open = self.ended = 0

    def opened(self) -> None:
        self.open += 1

    def closed(self) -> None:
        self.open -= 1
        self.ended += 1

    def collect(self) -> None:
        """Collect, if it is worth it."""
        if self.ended >= max(LEAST_ENDED, min(self.open, MOST_ENDED)):
            self.ended = 0
            gc.collect()


pages: Final = Pages()


def collect_seldom() -> None:
    """Put this in the place of Panel's own; for a process that is ours."""
    document._garbage_collect = pages.collect
