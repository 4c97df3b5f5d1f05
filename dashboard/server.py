"""The server as a program: the page and the API on one port, stopped in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
from typing import TYPE_CHECKING, Final

from bokeh.server.server import Server as BokehServer
from bokeh.server.tornado import BokehTornado
from panel.io.server import get_server
from panel.io.state import state

from dashboard.access import Access
from dashboard.api.base import ApiHandler, NotFoundHandler
from dashboard.api.routes import ROUTES
from dashboard.door import door
from dashboard.hub import Hub
from dashboard.page import assets, garbage
from dashboard.settings import Settings

if TYPE_CHECKING:
    from panel.template import Template

_log = logging.getLogger("dashboard.server")
HISTORY_WAIT_S: Final = 2.0
STOP_TIMEOUT_S: Final = 4.0
SESSION_TOKEN_S: Final = 30 * 86_400
"""How long an open page may be and still reconnect."""
CHECK_SESSIONS_MS: Final = 5000
"""How often those are ended whose page has left 15 s ago; each holds 0.6 MB till then."""


class Server:
    """One hub with its page and API, on the event loop that runs when it starts.

    A ``framed`` one may be shown inside another page.
    """

    def __init__(self, settings: Settings, *, framed: bool = False) -> None:
        self.settings = settings
        self.access = Access(settings, framed=framed)
        self.hub = Hub(settings)
        self._stopped = False

    async def start(self) -> None:
        """Listen once the history is loaded, or without it if the source keeps us waiting."""
        await self.hub.start()
        await self.hub.ready(HISTORY_WAIT_S)
        try:
            with door(
                self.access,
                max_body_bytes=self.settings.max_body_bytes,
                slow_client_s=self.settings.slow_client_timeout,
            ):
                self._server = make_server(self.settings, self.hub)
        except BaseException:
            await self.hub.stop()
            raise
        self._server.start()

    async def stop(self) -> None:
        """Stop listening, close the clients with 1001, stop the source, drop what is left.

        A second call does nothing.
        """
        if self._stopped:
            return
        self._stopped = True
        self._server._http.stop()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self.hub.stop()
                await close_sessions(self._server)
                await self._server._http.close_all_connections()
        except TimeoutError:
            _log.warning("some connections did not close in time")

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        port = self._server.port
        assert port is not None
        return port

    @property
    def url(self) -> str:
        """The address of the server, as a browser on this machine would write it."""
        host = self.settings.host
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(
            host, f"[{host}]" if ":" in host else host
        )
        return f"http://{shown}:{self.port}"

    @property
    def page_url(self) -> str:
        return f"{self.url}/dashboard"


class RootHandler(ApiHandler):
    """Leads to the page."""

    def get(self) -> None:
        self.redirect("/dashboard")

    head = get


def make_server(settings: Settings, hub: Hub) -> BokehServer:
    """Make the Bokeh server, its page at ``/dashboard``; not yet started."""
    interrupt = signal.getsignal(signal.SIGINT)
    try:
        return _made(settings, hub)
    finally:
        # Panel takes SIGINT to stop the loop, which in a notebook is the kernel's.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, interrupt)


def _made(settings: Settings, hub: Hub) -> BokehServer:
    def page() -> Template:
        from dashboard.page.layout import make_page  # the page is not needed to serve the API

        return make_page(hub)

    # Behind a proxy the files of a page may be asked of another process than made it.
    assets.register()
    own = {"hub": lambda: hub}
    return get_server(
        {"dashboard": page},
        port=settings.port,
        address=settings.host,
        title="Event monitor",
        start=False,
        use_index=False,
        redirect_root=False,
        extra_patterns=[
            *((pattern, handler, {**more, **own}) for pattern, handler, more in ROUTES),
            (r"/", RootHandler, own),
        ],
        default_handler_class=NotFoundHandler,
        default_handler_args=own,
        compress_response=True,
        session_token_expiration=SESSION_TOKEN_S,
        check_unused_sessions_milliseconds=CHECK_SESSIONS_MS,
    )


async def close_sessions(server: BokehServer) -> None:
    """End the page sessions and what they run, and let Panel forget the server."""
    for server_id, (known, *_) in list(state._servers.items()):
        if known is server:
            del state._servers[server_id]
    state._server_config.pop(server._tornado, None)
    await close_pages(server._tornado)
    server._tornado.stop()


async def _unheard(fragment: str | bytes) -> None:
    """Let a message of a page pass by."""


async def close_pages(application: BokehTornado) -> None:
    """Close the connections of all pages with 1001, and end their sessions."""
    for connection in tuple(application._clients):
        # Cut from its session first: a session that is gone cannot be left.
        socket = connection._socket
        socket.connection = None
        # Nor has what the browser says till it has heard of the end anyone to be told to.
        socket.on_message = _unheard  # type: ignore[method-assign]
        connection.detach_session()
        socket.close(1001)
    for context in application._applications.values():
        for session in list(context.sessions):
            told = context._session_contexts[session.id]
            session.destroy()
            # As when one page is closed: Panel lets go of it only in these hooks.
            await context.application.on_session_destroyed(told)


def tune_collector() -> None:
    """Keep full collections from holding up deliveries; a page is thousands of objects.

    For a process that is ours: what is frozen is never collected, in a notebook the reader's own.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 1000)
    garbage.collect_seldom()
