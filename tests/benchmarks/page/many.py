"""Many open pages at 1000 events a second: what each gets, costs, and does to the programs."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

import msgspec

from tests.benchmarks.effort import Effort
from tests.benchmarks.load import Load, Plan
from tests.benchmarks.page.subject import OURS, Program, program, running
from tests.benchmarks.report import Check, Section, Table, at_least, at_most, number

RATE: Final = 1000
CLIENTS: Final = 100
PAGES: Final = (0, 20, 100)
DELIVERY_MS: Final = {20: 25.0, 100: 50.0}
UPDATES_PER_S: Final = 2.0
PAGE_MB: Final = 1.5
WARM: Final = 3
"""Pages that were open before memory is looked at: the first makes what all share."""


class Found(msgspec.Struct):
    pages: dict[str, Any]
    lag: dict[str, float]
    load: Load
    page_mb: float | None


async def measure(effort: Effort) -> Section:
    seconds = 30.0 if effort.is_full else 8.0
    table = Table(
        ["pages", "updates a page and s, mean", "least", "longest without, s", "MB a page",
         "server, % of one core", "delivery p50, ms", "p99, ms", "missing",
         "loop late p99, ms", "at most, ms"],
        [],
    )  # fmt: skip
    checks: list[Check] = []
    for count in PAGES:
        effort.quiet.look()
        effort.say(f"{count} pages and {CLIENTS} clients at {RATE} events/s")
        found = await _with_pages(count, seconds)
        table.rows.append(_line(count, found))
        checks += _checks(count, found)
    says = (
        f"The server keeps to one core and publishes {RATE} events/s to itself; {CLIENTS} "
        "WebSocket clients meanwhile take each of them. A page here opens the dashboard and "
        "reads what it is sent as BokehJS does, without drawing. Memory is what a page adds once "
        "others have been open."
    )
    return Section("Many pages", says, [table], checks)


async def _with_pages(count: int, seconds: float) -> Found:
    async with running(OURS, rate=RATE, filled=1000) as server:
        if not count:
            return Found({}, *await _loaded(server, seconds), page_mb=None)
        async with program("page_client", server.port, WARM) as first:
            await first.ask("")
            await server.ask("collect")
            before = await server.ask()
        async with program("page_client", server.port, count) as pages:
            await pages.ask("")
            await asyncio.sleep(2)
            await pages.ask()
            lag, load = await _loaded(server, seconds)
            got = await pages.ask()
            await server.ask("collect")
            after = await server.ask()
            # The clients have left by now, so that what is added is the pages'.
            added = (after["rss_mb"] - before["rss_mb"]) / (count - WARM)
            return Found(got, lag, load, added)


async def _loaded(server: Program, seconds: float) -> tuple[dict[str, float], Load]:
    """Let the clients run; returns what the server and what they have to say."""
    port = server.port
    plan = Plan(port, "/ws/load-{i}", CLIENTS, seconds, warm_s=1.0, pids=[server.pid])
    async with program("load", msgspec.json.encode(plan).decode()) as clients:
        _leave_first_core(clients.pid)
        await asyncio.sleep(1)
        await server.ask("reset")
        load = msgspec.convert(await clients.ask(""), Load)
    if load.error:
        raise RuntimeError(load.error)
    lag: dict[str, float] = (await server.ask())["lag"]
    return lag, load


def _leave_first_core(pid: int) -> None:
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(pid, cores - {min(cores)})


def _line(count: int, found: Found) -> list[str]:
    pages, lag, load = found.pages, found.lag, found.load
    told = ("mean_per_s", "least_per_s", "longest_s")
    return [
        str(count), *(number(pages.get(name)) for name in told), number(found.page_mb),
        number(load.cpu_percent), number(load.p50_ms), number(load.p99_ms), str(load.faults),
        number(lag["p99_ms"]), number(lag["max_ms"]),
    ]  # fmt: skip


def _checks(count: int, found: Found) -> list[Check]:
    if not count:
        return []
    of = f"{count} pages at {RATE} events/s"
    least = found.pages["least_per_s"]
    return [
        at_least(f"{of}: updates of each page", least, UPDATES_PER_S, " a second"),
        at_most(f"{of}: delivery to clients, p99", found.load.p99_ms, DELIVERY_MS[count], " ms"),
        at_most(f"{of}: memory of a page", found.page_mb, PAGE_MB, " MB"),
    ]
