"""Of a page that is gone nothing is kept, whatever Panel forgets to let go of."""

from types import SimpleNamespace

import panel as pn
from bokeh.document import Document
from panel.io.state import state

from dashboard.page import leftovers


def test_the_names_of_roots_go_with_their_pages_and_those_of_open_pages_stay():
    leftovers.clear()
    before = list(state._fake_roots)
    gone, still_open = Document(), Document()
    for document in (gone, still_open):
        pn.Template("{% extends base %}").server_doc(document)
    names = state._fake_roots[len(before) :]
    assert len(names) == 2  # else Panel keeps something else, and this file has lost its subject

    end(gone)
    leftovers.clear()

    assert state._fake_roots == [*before, names[1]]
    assert names[1] in state._views

    end(still_open)
    leftovers.clear()
    assert state._fake_roots == before


def end(document):
    """Call what Bokeh calls when a session is destroyed."""
    for callback in list(document.callbacks.session_destroyed_callbacks):
        callback(SimpleNamespace(_document=document, id=None))
