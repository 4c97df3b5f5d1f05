"""The dashboard as ``python -m dashboard`` runs it, fed by `traffic`."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from typing import Any

from bokeh.document import Document
from bokeh.server.session import ServerSession
from panel.io.state import state

from dashboard.page.model import LivePage
from dashboard.page.session import PageSession
from dashboard.page.shared import shared_of
from dashboard.page.view import View
from dashboard.server import Server, tune_collector
from dashboard.settings import Settings
from tests.benchmarks.page import program, traffic

COUNTED = (Document, ServerSession, LivePage, PageSession, View)


def counts(server: Server) -> dict[str, Any]:
    """Return what pages leave behind if they leave anything."""
    kinds = [type(thing) for thing in gc.get_objects()]
    found: dict[str, Any] = {kind.__name__: kinds.count(kind) for kind in COUNTED}
    found["listeners"] = len(server.hub.log._listeners)
    found["views"] = len(shared_of(server.hub)._views)
    found["fake_roots"] = len(state._fake_roots)
    found["tasks"] = len(asyncio.all_tasks())
    found["objects"] = len(kinds)
    found["blocks"] = sys.getallocatedblocks()
    return found


async def main() -> None:
    given = program.arguments()
    program.one_core()
    # Whatever its settings are elsewhere: enough bytes for what is to be retained.
    settings = Settings(
        port=0, max_history_size=given.retained, max_history_bytes=1 << 30, max_connections=1000
    )
    async with Server(settings) as server:
        # Pages that close while something is on its way to them are the point here.
        logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)
        await traffic.fill(server.hub.publish, given.filled, "x" * given.padding)
        tune_collector()
        playing = asyncio.create_task(
            traffic.play(server.hub.publish, given.rate, first=given.filled)
        )
        await program.answer(server.page_url, lambda: counts(server))
        playing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
