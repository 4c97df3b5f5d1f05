"""The dashboard inside Jupyter: served from the kernel's own loop, shown in the cell.

>>> from dashboard.notebook import open_dashboard
>>> monitor = await open_dashboard()
>>> monitor
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dashboard.hub import Hub
from dashboard.server import Server
from dashboard.settings import Settings
from sources.event import validate

if TYPE_CHECKING:
    import pandas as pd

_open: Monitor | None = None


class Monitor:
    """A running dashboard; as the last value of a cell it shows its page."""

    def __init__(self, server: Server, height_px: int) -> None:
        self._server, self._height_px = server, height_px

    @property
    def url(self) -> str:
        """The address of the page; where a token is needed, with it."""
        token = self._server.settings.api_token
        if token is None:
            return self._server.page_url
        # By this name a notebook on localhost is of the same site, so that the cookie is kept.
        query = urlencode({"token": token})
        return f"http://localhost:{self._server.port}/dashboard?{query}"

    @property
    def hub(self) -> Hub:
        return self._server.hub

    async def publish(self, event: dict[str, Any]) -> str:
        """Publish an event as the API takes it; returns its id.

        Raises
        ------
        sources.event.InvalidEvent, sources.base.SourceUnreachable
        """
        (id,) = await self.hub.publish([validate(event)])
        return str(id)

    def frame(self, **chosen: Any) -> pd.DataFrame:
        """Return the retained events that pass a filter, given by its fields, as a table."""
        from sources.tables import to_frame

        event_filter = self.hub.filter_class.from_json(chosen)
        entries = self.hub.log.newest(self.hub.settings.max_history_size)
        return to_frame(event_filter.compile().select(entries))

    async def stop(self) -> None:
        """Close the page's connections and free the port."""
        global _open
        if _open is self:
            _open = None
            await self._server.stop()

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{escape(self.url)}" title="Event monitor" '
            f'style="width:100%;height:{self._height_px}px;border:0"></iframe>'
        )


async def open_dashboard(height_px: int = 860, **settings: Any) -> Monitor:
    """Start the dashboard in this kernel, on a free port of this machine.

    Further keywords are settings in lower case, over those of the environment. Running the cell
    again stops the one before, so that its port and its hub are not left behind.
    """
    global _open
    if _open is not None:
        await _open.stop()
    server = Server(replace(Settings.load(), port=0, **settings), framed=True)
    await server.start()
    _open = Monitor(server, height_px)
    return _open
