"""One page: a bare template of our own, Bokeh's charts in it, and the model that ties them."""

from __future__ import annotations

import secrets
from typing import Any, cast

import panel as pn
from bokeh.models import ColumnDataSource
from bokeh.server.contexts import BokehSessionContext
from bokeh.server.session import ServerSession

from dashboard.hub import Hub
from dashboard.page import assets, leftovers
from dashboard.page.garbage import pages
from dashboard.page.model import LivePage, no_rows
from dashboard.page.session import PageSession
from dashboard.page.shared import shared_of

TITLE = "Event monitor"


def make_page(hub: Hub) -> pn.Template:
    """Build the page of the session that is being made; to be called in its document's scope.

    The roots are Bokeh models and not Panel objects, so that the browser needs none of Panel's
    scripts: the page weighs half as much.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        raise RuntimeError("a page is made for a session: serve app.py, or a function")
    context = cast(BokehSessionContext, document.session_context)
    page = LivePage(name="page", events=ColumnDataSource(no_rows()))

    def server_session() -> ServerSession | None:
        return context.session

    session = PageSession(shared_of(hub), page, server_session)
    document.on_session_destroyed(_closing(session))
    pages.opened()
    with document.models.freeze():
        for root in (page, *session.board.boxes.values()):
            document.add_root(root)
    template = pn.Template(assets.template())
    prefix = f"{pn.state.rel_path}/" if pn.state.rel_path else ""
    template.add_variable("assets", prefix + assets.register())
    template.add_variable("read", assets.read)
    template.add_variable("scripts", [prefix + script for script in assets.scripts()])
    # The page has an icon of its own; defined, these keep the base template from naming Panel's.
    template.add_variable("app_favicon", "")
    template.add_variable("apple_icon", "")
    template.add_variable("nonce", secrets.token_urlsafe(16))
    document.title = TITLE
    return template


def _closing(session: PageSession) -> Any:
    def close(context: object) -> None:
        session.close()
        leftovers.clear()
        pages.closed()

    return close
