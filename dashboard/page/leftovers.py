"""What Panel keeps of pages that are gone, taken away; a test fails when Panel changes it."""

from __future__ import annotations

from panel.io.state import state


def clear() -> None:
    """Let go of the names of roots that are no longer there: one for each page ever opened."""
    state._fake_roots[:] = [ref for ref in state._fake_roots if ref in state._views]
