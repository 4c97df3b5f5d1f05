"""A plain Tornado handler that reads what it is sent and keeps the newest thousand."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from typing import Any

from tornado.web import Application, RequestHandler

kept: deque[dict[str, Any]] = deque(maxlen=1000)


class EventsHandler(RequestHandler):
    """Takes an event, an array, or a line for each event, and checks nothing."""

    def post(self) -> None:
        body = self.request.body
        if self.request.headers["Content-Type"] == "application/x-ndjson":
            events = [json.loads(line) for line in body.splitlines()]
        else:
            value = json.loads(body)
            events = value if isinstance(value, list) else [value]
        kept.extend(events)
        self.set_status(202)
        self.write({"accepted": len(events)})


async def main(port: int) -> None:
    Application([(r"/api/events", EventsHandler)]).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
