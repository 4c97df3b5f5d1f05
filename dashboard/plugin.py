"""The API beside the page under ``panel serve dashboard/app.py --plugins dashboard.plugin``.

Importing this module puts the door before every route of the server that Panel is about to make,
starts the hub with the server, and stops it in order on SIGTERM and SIGINT.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import Any, Final

from tornado.web import RedirectHandler

from dashboard.access import Access
from dashboard.api.base import NotFoundHandler
from dashboard.api.routes import ROUTES as API_ROUTES
from dashboard.door import DoorApplication, install_door
from dashboard.hub import get_hub
from dashboard.logs import setup_logging
from dashboard.page import assets
from dashboard.server import SESSION_TOKEN_S, STOP_TIMEOUT_S, close_pages, tune_collector
from dashboard.settings import InvalidSetting, Settings
from dashboard.workers import SIGNALS, Lifeline


class PluginApplication(DoorApplication):
    """The application that Panel runs: it carries the hub with it."""

    def start(self) -> None:
        super().start()
        # Once the loop runs, or Panel's own handlers would take the place of these.
        asyncio.get_event_loop().call_soon(self._begin)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._hub_start = loop.create_task(get_hub().start())
        self._stopping: asyncio.Task[None] | None = None
        self._is_told = False
        tune_collector()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._end)
        _lifeline.watch(self._stop_once)

    def _end(self) -> None:
        """Take a signal; a terminal and an init system send it to the parent of workers as well."""
        if self._is_told:
            os._exit(1)
        self._is_told = True
        self._stop_once()

    def _stop_once(self) -> None:
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(self._stop())

    async def _stop(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await get_hub().stop()
                await close_pages(self)
        asyncio.get_running_loop().stop()


def _routes() -> list[tuple[str, Any, dict[str, Any]]]:
    try:
        settings = Settings.load()
        get_hub()
    except InvalidSetting as error:
        sys.exit(f"cannot start: {error}")
    setup_logging(settings)
    # Behind a proxy the files of a page may be asked of another process than made it.
    assets.register()
    install_door(
        Access(settings),
        max_body_bytes=settings.max_body_bytes,
        slow_client_s=settings.slow_client_timeout,
        application=PluginApplication,
        app_settings={
            "default_handler_class": NotFoundHandler,
            "compress_response": True,
            "session_token_expiration": SESSION_TOKEN_S,
        },
    )
    # Panel names a page after its file; the documented address leads there.
    page = (r"/dashboard/?", RedirectHandler, {"url": "app", "permanent": False})
    return [*API_ROUTES, page]


_lifeline = Lifeline()
ROUTES: Final = _routes()
