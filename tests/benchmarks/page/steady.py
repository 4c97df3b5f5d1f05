"""1000 events a second, for as long as is asked: what that costs the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from playwright.async_api import Browser

from tests.benchmarks.effort import Effort
from tests.benchmarks.page.chromium import browsing, opened, worst_frame_ms
from tests.benchmarks.page.document import Figure, absences, checks, comparison, failure
from tests.benchmarks.page.subject import OURS, PEERS, Peer, running
from tests.benchmarks.report import Section, at_most

RATE: Final = 1000
SETTLE_S: Final = 5.0
SCROLL_S: Final = 6.0
FLAT: Final = 1.1
"""What may have grown by a tenth: charts fill in the first minutes."""


class Cost(msgspec.Struct):
    """Shares are CPU time of the main thread; memory is what is left after a collection."""

    busy: float
    script: float
    layout: float
    heap_mb: tuple[float, float]
    nodes: tuple[float, float]
    longest_ms: float
    frame_ms: float
    server: float


async def measure(effort: Effort) -> Section:
    seconds = 600.0 if effort.is_full else 25.0
    costs: dict[str, Cost] = {}
    failed: list[str] = []
    async with browsing() as browser:
        for peer in PEERS:
            if peer.absent is not None:
                continue
            effort.quiet.look()
            # What is long is long of us; of the others the ratio is known after a minute.
            length_s = seconds if peer is OURS else min(seconds, 60.0)
            effort.say(f"{peer.name} at {RATE} events/s for {length_s:.0f} s")
            try:
                costs[peer.name] = await _cost_of(browser, peer, length_s)
            except Exception as error:
                if peer is OURS:
                    raise
                failed.append(failure(peer, error))

    figures = _figures(costs)
    ours = costs[OURS.name]
    says = (
        f"{RATE} events/s for {seconds:.0f} s (peers at most 60), after {SETTLE_S:.0f} to settle; "
        "the main thread by its CPU time, heap and DOM nodes after a collection; then "
        f"{SCROLL_S:.0f} s of scrolling by the wheel while it goes on.{absences()}{''.join(failed)}"
    )
    flat = [
        at_most("heap at the end, times the start", ours.heap_mb[1] / ours.heap_mb[0], FLAT),
        at_most("DOM nodes at the end, times the start", ours.nodes[1] / ours.nodes[0], FLAT),
    ]
    title = f"{RATE:,} events a second in a browser"
    return Section(title, says, [comparison(figures)], checks(figures) + flat)


def _figures(costs: dict[str, Cost]) -> list[Figure]:
    def of(value: Callable[[Cost], float]) -> dict[str, float | None]:
        return {name: value(cost) for name, cost in costs.items()}

    return [
        Figure("main thread", "%", of(lambda cost: 100 * cost.busy), 15),
        Figure("of that, script", "%", of(lambda cost: 100 * cost.script)),
        Figure("of that, style and layout", "%", of(lambda cost: 100 * cost.layout)),
        Figure("main thread for an event", "ms", of(lambda cost: 1000 * cost.busy / RATE), 0.15),
        Figure("heap at the start", "MB", of(lambda cost: cost.heap_mb[0])),
        Figure("heap at the end", "MB", of(lambda cost: cost.heap_mb[1]), 20),
        Figure("DOM nodes at the start", "", of(lambda cost: cost.nodes[0])),
        Figure("DOM nodes at the end", "", of(lambda cost: cost.nodes[1])),
        Figure("longest task after the first second", "ms", of(lambda cost: cost.longest_ms), 100),
        Figure("longest frame while scrolling", "ms", of(lambda cost: cost.frame_ms), 150),
        Figure("server, of one core", "%", of(lambda cost: 100 * cost.server)),
    ]


async def _cost_of(browser: Browser, peer: Peer, seconds: float) -> Cost:
    async with (
        running(peer, rate=RATE, filled=1000) as server,
        opened(browser, peer, server.url) as tab,
    ):
        began_ms = await tab.rows_painted_ms()
        await asyncio.sleep(SETTLE_S)
        heap_before, nodes_before = await tab.memory()
        await server.ask("reset")
        before = await tab.metrics()
        # A collection that the measurement asked for is no task of the page.
        settled_ms = max(began_ms + 1000, await tab.now_ms())
        await asyncio.sleep(seconds)
        after, served = await tab.metrics(), await server.ask()
        longest_ms = max(
            await tab.longest_task_ms(began_ms + 1000, began_ms + 1000 * (SETTLE_S - 1)),
            await tab.longest_task_ms(settled_ms, await tab.now_ms()),
        )
        heap, nodes = await tab.memory()
        frame_ms = await worst_frame_ms(tab, peer, SCROLL_S)
    spent_s = after["Timestamp"] - before["Timestamp"]

    def share(*names: str) -> float:
        return sum(after[name] - before[name] for name in names) / spent_s

    return Cost(
        busy=share("TaskDuration"),
        script=share("ScriptDuration"),
        layout=share("LayoutDuration", "RecalcStyleDuration"),
        heap_mb=(heap_before, heap),
        nodes=(nodes_before, nodes),
        longest_ms=longest_ms,
        frame_ms=frame_ms,
        server=served["cpu"],
    )
