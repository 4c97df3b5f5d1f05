"""Pages that open and close, by the hundred: what they leave behind."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any, Final

from tests.benchmarks.effort import Effort
from tests.benchmarks.page.subject import OURS, Program, running
from tests.benchmarks.page_client import open_page
from tests.benchmarks.report import Check, Section, Table, at_most, number
from tests.waiting import until

RATE: Final = 100
PAGES: Final = 500
WARM: Final = 500
"""As many before the first count: they fill what all pages share, and leave the heap with holes."""
AT_ONCE: Final = 5
PER_S: Final = 8
"""Pages a second, always the same: what is open or lingers at once takes room that is kept."""
GONE_S: Final = 60
"""Panel lets go of a session some seconds after its page has."""
MEMORY_MB: Final = 10.0
"""What 500 pages may leave: a fiftieth of what they took; a heap of holes is not a leak."""
COUNTED: Final = ("ServerSession", "Document", "PageSession", "LivePage", "View", "listeners")


async def measure(effort: Effort) -> Section:
    effort.say(f"{PAGES} pages opened and closed")
    async with running(OURS, rate=RATE, filled=1000) as server:
        failed = await _visits(server, WARM)
        before = await _settled(server)
        effort.say(f"{WARM} of them, to warm up")
        failed += await _visits(server, PAGES)
        after = await _settled(server)
    names = ("rss_mb", "blocks", "objects", *COUNTED, "tasks")
    labels = {
        "rss_mb": "memory, MB",
        "blocks": "blocks of memory that Python holds",
        "objects": "objects that can hold others",
        "listeners": "subscribers of the log",
    }
    rows = [[labels.get(name, name), number(before[name]), number(after[name])] for name in names]
    head = ["what is there", f"after {WARM} pages", f"after {PAGES} more"]
    says = (
        f"{PAGES} pages, {PER_S} a second: each opens, is brought up to date and closes, at "
        f"{RATE} events/s. Counted after a collection, once Panel has let go of its sessions; one "
        f"document and some subscribers are the server's own. Pages that failed to open: {failed}."
    )
    return Section("Pages that come and go", says, [Table(head, rows)], _checks(before, after))


def _checks(before: dict[str, Any], after: dict[str, Any]) -> list[Check]:
    left = sum(after[name] - before[name] for name in COUNTED)
    grown = after["rss_mb"] - before["rss_mb"]
    of = f"{PAGES} pages opened and closed leave"
    return [
        at_most(f"{of} sessions, documents, views and subscribers", left, 0),
        at_most(f"{of} memory", grown, MEMORY_MB, " MB"),
    ]


async def _visits(server: Program, count: int) -> int:
    """Open and close so many pages; returns how many failed."""
    now_s = asyncio.get_running_loop().time()
    due_s = iter([now_s + visit / PER_S for visit in range(count)])
    visitors = (_visitor(server, due_s) for _ in range(AT_ONCE))
    return sum(await asyncio.gather(*visitors))


async def _visitor(server: Program, due_s: Iterator[float]) -> int:
    failed, loop = 0, asyncio.get_running_loop()
    for visit_s in due_s:
        await asyncio.sleep(visit_s - loop.time())
        try:
            await _visit(server)
        except Exception as error:
            print(f"a page: {type(error).__name__}: {error}", file=sys.stderr)
            failed += 1
    return failed


async def _visit(server: Program) -> None:
    async with asyncio.timeout(30), open_page(server.port) as page:
        reading = asyncio.create_task(page.read())
        await until(lambda: page.pushes, 30)
        reading.cancel()


async def _settled(server: Program) -> dict[str, Any]:
    """Return what is there once the sessions are gone, or after all the time that they get."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + GONE_S
    while True:
        await server.ask("collect")
        found = await server.ask()
        if not found["ServerSession"] or loop.time() > until_s:
            return found
        await asyncio.sleep(1)
