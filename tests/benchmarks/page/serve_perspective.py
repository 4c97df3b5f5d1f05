"""The peer made for streams: a Perspective table in the server, its viewer in the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import perspective
from perspective.handlers.tornado import PerspectiveTornadoHandler
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

from sources.event import Event
from tests.benchmarks.page import program, traffic
from tests.benchmarks.page.serve_tabulator import COLUMNS, row_of
from tests.benchmarks.page.subject import SCRIPTS

PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>Events</title>
<link rel="stylesheet" href="/npm/viewer/dist/css/pro.css">
<style>perspective-viewer { position: absolute; inset: 0 }</style></head>
<body><perspective-viewer></perspective-viewer>
<script type="module">
import perspective from '/npm/client/dist/cdn/perspective.js'
import '/npm/viewer/dist/cdn/perspective-viewer.js'
import '/npm/viewer-datagrid/dist/cdn/perspective-viewer-datagrid.js'
const socket = await perspective.websocket(`ws://${location.host}/websocket`)
const viewer = document.querySelector('perspective-viewer')
await viewer.load(socket)
await viewer.restore({ table: 'events', plugin: 'Datagrid', columns: %s, sort: [['time', 'desc']] })
</script></body></html>"""


class PageHandler(RequestHandler):
    def get(self) -> None:
        self.write(PAGE % json.dumps(COLUMNS))


async def main() -> None:
    given = program.arguments()
    program.one_core()
    server = perspective.Server()
    schema = dict.fromkeys(COLUMNS, "string")
    table = server.new_local_client().table(schema, name="events", limit=given.retained)

    async def publish(events: Sequence[Event]) -> None:
        table.update([row_of(event) for event in events])

    await traffic.fill(publish, given.filled)

    routes: list[tuple[Any, ...]] = [
        (r"/", PageHandler),
        (r"/websocket", PerspectiveTornadoHandler, {"perspective_server": server}),
        (r"/npm/(.*)", StaticFileHandler, {"path": str(SCRIPTS)}),
    ]
    sockets = bind_sockets(0, "127.0.0.1")
    http = HTTPServer(Application(routes, compress_response=True))
    http.add_sockets(sockets)
    playing = asyncio.create_task(traffic.play(publish, given.rate))
    await program.answer(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/")
    playing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
