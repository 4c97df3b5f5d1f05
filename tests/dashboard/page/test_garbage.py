"""Garbage is collected for many ended pages at once, and then it is."""

import gc
import weakref

import pytest
from bokeh.document import Document
from panel.io import document
from panel.io.state import state

from dashboard.page.garbage import LEAST_ENDED, MOST_ENDED, Pages, collect_seldom, pages


class Knot:
    """Something that only a collection takes away."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def knot():
    gc.disable()
    yield weakref.ref(Knot())
    gc.enable()


@pytest.mark.parametrize(
    ("opened", "closed"), [(LEAST_ENDED, LEAST_ENDED), (40, 20), (1000, MOST_ENDED)]
)
def test_as_many_pages_end_as_are_open_before_a_collection_within_bounds(knot, opened, closed):
    counted = Pages()
    for _ in range(opened):
        counted.opened()
    for _ in range(closed - 1):
        counted.closed()
    counted.collect()
    assert knot() is not None

    counted.closed()
    counted.collect()
    assert knot() is None


def test_panel_makes_its_collections_by_the_name_that_is_taken(monkeypatch):
    asked = []
    monkeypatch.setattr(document, "_garbage_collect", document._garbage_collect)
    monkeypatch.setattr(state, "schedule_task", lambda name, task, **_: asked.append(task))
    collect_seldom()

    page = Document()
    # Panel does so, too; it takes the attribute away in the end.
    page.__dict__["destroy"] = lambda session: document._destroy_document(page, session)
    page.destroy(None)

    assert asked == [pages.collect]
