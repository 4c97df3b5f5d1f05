"""Pages without a browser: each opens the dashboard as BokehJS does and reads what it is sent.

``python -m tests.benchmarks.page_client PORT PAGES`` holds so many open, in a process of its own.
It answers each line with a `Pages` of the time since the line before.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import websockets

_TOKEN = re.compile(rb'"token":"([^"]+)"')
_PUSH = '"msgtype": "PATCH-DOC"'


class Pages(msgspec.Struct):
    """How many pages are open, and how often each was brought up to date, at least and in the mean.

    ``longest_s`` is the longest time that a page was sent nothing.
    """

    pages: int = 0
    least_per_s: float = 0.0
    mean_per_s: float = 0.0
    longest_s: float = 0.0
    received_mb: float = 0.0


class Page:
    """One open page."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self.pushes = self.received = 0
        self.longest_s = 0.0
        self._last_s = time.monotonic()

    async def show(self) -> None:
        """Fetch the document, and say that it is drawn, as the page's own script does."""
        await self._message()  # the greeting
        await self._send("PULL-DOC-REQ", {})
        reply = await self._message()
        model = _find(reply["doc"], "LivePage")
        request = {"n": 1, "kind": "ready", "value": ""}
        change = {"kind": "ModelChanged", "model": {"id": model}, "attr": "request", "new": request}
        await self._send("PATCH-DOC", {"events": [change]})

    async def read(self) -> None:
        """Count what comes, until the connection ends."""
        async for part in self._socket:
            self.received += len(part)
            if isinstance(part, str) and _PUSH in part:
                now_s = time.monotonic()
                self.pushes += 1
                self.longest_s = max(self.longest_s, now_s - self._last_s)
                self._last_s = now_s

    async def _message(self) -> dict[str, Any]:
        """Return the content of the next message: the last of three parts."""
        parts = [await self._socket.recv() for _ in range(3)]
        content: dict[str, Any] = json.loads(parts[2])
        return content

    async def _send(self, kind: str, content: dict[str, Any]) -> None:
        for part in ({"msgid": os.urandom(8).hex(), "msgtype": kind}, {}, content):
            await self._socket.send(json.dumps(part))


@asynccontextmanager
async def open_page(port: int) -> AsyncIterator[Page]:
    """Open the dashboard as a browser does: its HTML, then the session that this names."""
    address = f"127.0.0.1:{port}/dashboard"
    html = await asyncio.to_thread(_fetch, f"http://{address}")
    token = _TOKEN.search(html)
    if token is None:
        raise ValueError("the page names no session")
    protocols = [websockets.Subprotocol(word) for word in ("bokeh", token[1].decode())]
    # A browser sends no pings of its own.
    async with websockets.connect(
        f"ws://{address}/ws",
        subprotocols=protocols,
        max_size=None,
        proxy=None,
        compression=None,
        ping_interval=None,
    ) as socket:
        page = Page(socket)
        await page.show()
        yield page


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        html: bytes = answer.read()
    return html


def _find(value: Any, name: str) -> str | None:
    """Return the id of the first model of this name in a document's JSON."""
    if isinstance(value, dict):
        if str(value.get("name")).endswith(f".{name}") and "id" in value:
            return str(value["id"])
        children = list(value.values())
    else:
        children = value if isinstance(value, list) else []
    return next((found for child in children if (found := _find(child, name))), None)


def _report(pages: list[Page], seconds: float) -> Pages:
    rates = [page.pushes / seconds for page in pages]
    report = Pages(
        len(pages),
        min(rates),
        sum(rates) / len(rates),
        max(page.longest_s for page in pages),
        sum(page.received for page in pages) / 1e6,
    )
    for page in pages:
        page.pushes = page.received = 0
        page.longest_s = 0.0
    return report


async def _hold(port: int, pages: list[Page]) -> None:
    async with open_page(port) as page:
        pages.append(page)
        await page.read()


async def main(port: int, count: int) -> None:
    pages: list[Page] = []
    async with asyncio.TaskGroup() as tasks:
        held = []
        for number in range(count):
            held.append(tasks.create_task(_hold(port, pages)))
            while len(pages) <= number:
                if held[-1].done():
                    return  # and its error ends the group
                await asyncio.sleep(0.005)
        print(msgspec.json.encode(Pages(count)).decode(), flush=True)
        since_s = time.monotonic()
        while await asyncio.to_thread(sys.stdin.readline):
            now_s = time.monotonic()
            line = msgspec.json.encode(_report(pages, now_s - since_s)).decode()
            since_s = now_s
            print(line, flush=True)
        for task in held:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
