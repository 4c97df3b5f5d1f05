"""From a changed filter to the repainted table, and how long that holds up the server's loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final

from playwright.async_api import Browser, Page

from tests.benchmarks.effort import Effort
from tests.benchmarks.page.chromium import browsing, opened
from tests.benchmarks.page.subject import OURS, running
from tests.benchmarks.report import Check, Section, Table, at_most, number

RATE: Final = 50
PADDING: Final = 350
"""Makes events of about 800 bytes."""
BUDGET_MS: Final = {1000: 100.0, 100_000: 300.0}
TURN_MS: Final = 10.0
CLEAR: Final = "#chips > button:last-child"


def clicked(selector: str) -> str:
    return f"document.querySelector({selector!r}).click()"


def typed(text: str) -> str:
    return (
        f"const field = document.getElementById('search'); field.value = {text!r};"
        "field.dispatchEvent(new Event('input', { bubbles: true }))"
    )


def chosen(**filters: Any) -> str:
    return f"page.setv({{ filters: {json.dumps(filters)} }})"


CHANGES: Final = {
    "type": [chosen(event_types=["metrics"]), chosen(event_types=["agent_request"])],
    "priority": [clicked("#priorities [data-value=low]")] * 2,
    "range": [clicked(f"#range [data-value='{text}']") for text in ("15m", "all")],
    "word": [typed(word) for word in ("invoice", "ticket", "refund", "queue", "timeout")],
    "rare word": [typed(f"4{digit}7{digit}1") for digit in range(9)],
}
"""Of each kind some, in turn: each gives other rows than the one before."""

# A message posted in a frame comes after that frame was painted. The table's own listener comes
# first, so its rows are in the same frame.
TIMED: Final = """() => new Promise(resolve => {
  const page = Bokeh.documents[0].get_model_by_name('page')
  const { change } = page.events.properties.data
  const began = performance.now()
  const seen = () => {
    change.disconnect(seen)
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => resolve(performance.now() - began)
      channel.port2.postMessage(null)
    })
  }
  change.connect(seen)
  %s
})"""


async def measure(effort: Effort) -> Section:
    rounds = 30 if effort.is_full else 20
    table = Table(
        ["retained", "changed", "p50, ms", "p95, ms", "worst, ms", "budget of p95, ms",
         "loop late at most, ms", "p99, ms", "held at most, CPU ms"],
        [],
    )  # fmt: skip
    checks: list[Check] = []
    async with browsing() as browser:
        for retained in BUDGET_MS:
            effort.quiet.look()
            effort.say(f"filters at {retained:,} retained events")
            checks += await _with_retained(browser, table, retained, rounds)
    says = (
        f"From the event of the control to the frame with the new rows, {rounds} times each, half "
        f"a second or more after the one before, with {RATE} events/s of about 800 bytes coming "
        "in. Each kind is measured from the first time on: the first search finds nothing "
        "prepared. The last columns say how late the server's loop came to a task that looks every "
        "2 ms, and how much CPU time its thread took between two looks at most: what it was held "
        "up by its own work."
    )
    return Section("A changed filter", says, [table], checks)


async def _with_retained(browser: Browser, table: Table, retained: int, rounds: int) -> list[Check]:
    every: list[float] = []
    held_ms = 0.0
    async with (
        running(OURS, rate=RATE, retained=retained, filled=retained, padding=PADDING) as server,
        opened(browser, OURS, server.url) as tab,
    ):
        await tab.rows_painted_ms()
        await asyncio.sleep(2)
        for kind, changes in CHANGES.items():
            await server.ask("reset")
            found = await _spans(tab.page, changes, rounds)
            lag = (await server.ask())["lag"]
            every += found
            held_ms = max(held_ms, lag["cpu_ms"])
            table.rows.append(_line(f"{retained:,}", kind, found, BUDGET_MS[retained], lag))
            if await tab.page.locator(CLEAR).is_visible():
                await tab.page.evaluate(TIMED % clicked(CLEAR))
    claim = f"filter to repainted table, {retained:,} retained"
    return [
        at_most(f"{claim}, p95", _quantile(every, 0.95), BUDGET_MS[retained], " ms"),
        at_most(f"{claim}: the loop is held at most", held_ms, TURN_MS, " ms"),
    ]


async def _spans(page: Page, changes: Sequence[str], rounds: int) -> list[float]:
    found: list[float] = []
    for index in range(rounds):
        async with asyncio.timeout(30):
            found.append(await page.evaluate(TIMED % changes[index % len(changes)]))
        # Its charts follow its rows, and are to be there; never in step with a pump.
        await page.wait_for_timeout(500 + 37 * (index % 7))
    return found


def _line(
    retained: str, kind: str, found: Sequence[float], budget_ms: float, lag: dict[str, float]
) -> list[str]:
    times = [_quantile(found, 0.5), _quantile(found, 0.95), max(found)]
    late = [lag["max_ms"], lag["p99_ms"], lag["cpu_ms"]]
    return [
        retained, kind, *map(number, times), f"< {number(budget_ms)}", *map(number, late)
    ]  # fmt: skip


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
