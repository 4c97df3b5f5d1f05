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


def test_a_few_ended_pages_are_not_worth_a_collection_and_more_are(knot):
    few = Pages()
    for _ in range(LEAST_ENDED):
        few.opened()
    for _ in range(LEAST_ENDED - 1):
        few.closed()
    few.collect()
    assert knot() is not None

    few.closed()
    few.collect()
    assert knot() is None


@pytest.mark.parametrize(("opened", "closed"), [(40, 20), (1000, MOST_ENDED)])
def test_where_many_are_open_as_many_have_to_end_first_but_not_too_many(knot, opened, closed):
    many = Pages()
    for _ in range(opened):
        many.opened()
    for _ in range(closed - 1):
        many.closed()
    many.collect()
    assert knot() is not None

    many.closed()
    many.collect()
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
