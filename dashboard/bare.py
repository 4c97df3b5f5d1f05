"""The page alone, under ``panel serve dashboard/app.py`` without the plugin: Panel's own rules."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache

import bokeh.server.server as bokeh_server

from dashboard.door import DoorApplication
from dashboard.loopback import is_loopback_name

_log = logging.getLogger("dashboard.server")


@cache
def warn_if_open(arguments: Sequence[str]) -> None:
    """Warn, once, when Panel listens beyond loopback and no door of ours stands before it.

    Panel does not tell an app where it listens; its command line does.
    """
    if issubclass(bokeh_server.BokehTornado, DoorApplication):  # type: ignore[attr-defined]
        return
    address = listens_on(arguments)
    if not is_loopback_name(address):
        _log.warning(
            "anyone who reaches this machine sees the page: it listens on %s, without the "
            "dashboard's access rules; add --address 127.0.0.1, or --plugins dashboard.plugin",
            address or "every address",
        )


def listens_on(arguments: Sequence[str]) -> str:
    """Return the value of ``--address`` on a command line; '' where it is not given."""
    for index, argument in enumerate(arguments):
        if argument == "--address":
            return next(iter(arguments[index + 1 : index + 2]), "")
        if argument.startswith("--address="):
            return argument.partition("=")[2]
    return ""
