"""Pages that open and close, by the hundred: what they leave behind."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from tests.benchmarks.effort import Effort
from tests.benchmarks.page.subject import OURS, Program, running
from tests.benchmarks.page_client import open_page
from tests.benchmarks.report import Check, Section, Table, at_most, number
from tests.waiting import until

RATE: Final = 100
PAGES: Final = 500
WARM: Final = 100
"""Pages before the first count: they fill what all pages share, and widen the heap."""
AT_ONCE: Final = 5
GONE_S: Final = 60
"""Panel lets go of a session some seconds after its page has."""
MEMORY_MB: Final = 10.0
"""What 500 pages may leave: a fiftieth of what they took; a heap of holes is not a leak."""
COUNTED: Final = ("ServerSession", "Document", "PageSession", "LivePage", "View", "listeners")


async def measure(effort: Effort) -> Section:
    effort.say(f"{PAGES} pages opened and closed")
    async with running(OURS, rate=RATE, filled=1000) as server:
        await _visits(server, WARM)
        before = await _settled(server)
        effort.say(f"{WARM} of them, to warm up")
        await _visits(server, PAGES)
        after = await _settled(server)
    names = ("rss_mb", "objects", *COUNTED, "tasks")
    labels = {"rss_mb": "memory, MB", "objects": "objects", "listeners": "subscribers of the log"}
    rows = [[labels.get(name, name), number(before[name]), number(after[name])] for name in names]
    head = ["what is there", f"after {WARM} pages", f"after {PAGES} more"]
    says = (
        f"{PAGES} pages, {AT_ONCE} at a time: each opens, is brought up to date and closes, at "
        f"{RATE} events/s. Counted after a collection, once Panel has let go of its sessions."
    )
    return Section("Pages that come and go", says, [Table(head, rows)], _checks(before, after))


def _checks(before: dict[str, Any], after: dict[str, Any]) -> list[Check]:
    left = sum(after[name] for name in COUNTED)
    grown = after["rss_mb"] - before["rss_mb"]
    of = f"{PAGES} pages opened and closed leave"
    return [
        at_most(f"{of} sessions, documents, views and subscribers", left, 0),
        at_most(f"{of} memory", grown, MEMORY_MB, " MB"),
    ]


async def _visits(server: Program, count: int) -> None:
    numbers = iter(range(count))
    async with asyncio.TaskGroup() as visitors:
        for _ in range(AT_ONCE):
            visitors.create_task(_visitor(server, numbers))


async def _visitor(server: Program, numbers: Any) -> None:
    port = server.port
    for _ in numbers:
        async with asyncio.timeout(30), open_page(port) as page:
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
