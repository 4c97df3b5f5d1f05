"""Ten minutes of everything that comes and goes: ``python -m tests.benchmarks.soak``.

The dashboard publishes 1000 events a second to itself. Clients stay, come back after the last event
they have, read too slowly or not at all; pages are opened and closed. It fails (1) where an event
is missing that no gap told, where one comes twice or out of order, where a client that reads
nothing is kept, or where the memory of the process grows.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Final

from tests.benchmarks import proc, processes, report
from tests.benchmarks.load import Load, Plan
from tests.benchmarks.soak_clients import Tally, comer, page, slow, stalled
from tests.benchmarks.stats import slope

RATE: Final = 1000
HISTORY: Final = 20_000
STEADY: Final = 100
MIX: Final[tuple[tuple[Callable[[int, Tally, random.Random], Awaitable[None]], int], ...]] = (
    (comer, 5),
    (slow, 3),
    (stalled, 2),
    (page, 4),
)
MAX_GROWTH_MB_PER_MIN: Final = 1.0
SAMPLE_S: Final = 2.0
LEAST_MINUTES: Final = 6.0
"""What the process keeps of the past is full after about three."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    if asked.minutes < LEAST_MINUTES:
        parser.error(f"at least {LEAST_MINUTES:.0f} minutes, or memory has not settled")
    proc.allow_many_files()
    port = processes.free_ports()
    command = processes.module("served", "--port", port, "--rate", RATE, "--history", HISTORY)
    with processes.running(command, port) as server:
        tally, steady, memory = asyncio.run(_soak(server, port, asked.minutes, asked.seed))
    text, is_well = judged(tally, steady, memory, asked.minutes)
    print(report.plain(text))
    if asked.write:
        report.write(text, mark=report.SOAK_MARK)
    return 0 if is_well else 1


async def _soak(
    server: subprocess.Popen[str], port: int, minutes: float, seed: int
) -> tuple[Tally, Load, list[tuple[float, float]]]:
    """Return what was seen, and the memory of the process by the minute."""
    tally, rng = Tally(), random.Random(seed)
    memory: list[tuple[float, float]] = []
    start_s = time.monotonic()
    plan = Plan(port, "/ws/steady-{i}", STEADY, 60 * minutes, pids=[server.pid])
    plan.publisher = server.pid
    comings = [
        asyncio.create_task(_again(act, port, tally, random.Random(rng.random())))
        for act, count in MIX
        for _ in range(count)
    ]
    steady = asyncio.create_task(asyncio.to_thread(processes.load, plan))
    while not (await asyncio.wait([steady], timeout=SAMPLE_S))[0]:
        if server.poll() is not None:
            tally.faults.append(f"the dashboard ended with {server.returncode}")
            break
        passed_s = time.monotonic() - start_s
        memory.append((passed_s / 60, proc.rss_mb(server.pid)))
        if len(memory) % 15 == 0:
            print(f"[{passed_s:4.0f} s] {memory[-1][1]:.1f} MB, {tally.says()}", file=sys.stderr)
    for task in comings:
        task.cancel()
    await asyncio.gather(*comings, return_exceptions=True)
    return tally, await steady, memory


async def _again(
    act: Callable[[int, Tally, random.Random], Awaitable[None]],
    port: int,
    tally: Tally,
    rng: random.Random,
) -> None:
    """Play one part again and again; one that breaks is a fault, and is played on."""
    await asyncio.sleep(rng.uniform(0, 3))
    while True:
        try:
            await act(port, tally, rng)
        except (OSError, ValueError, EOFError) as error:
            tally.faults.append(f"{act.__name__}: {error}")
            await asyncio.sleep(1)


def judged(
    tally: Tally, steady: Load, memory: list[tuple[float, float]], minutes: float
) -> tuple[str, bool]:
    """Return what happened, in words, and whether all is well."""
    settled = [point for point in memory if point[0] >= minutes / 2]
    growth = slope(settled) if len(settled) > 2 else float("inf")
    faults = list(tally.faults)
    if steady.error or steady.faults:
        told = steady.error or f"{steady.faults} events missing, doubled, disordered or closed"
        faults.append(f"clients that stay: {told}")
    if growth > MAX_GROWTH_MB_PER_MIN:
        faults.append(f"memory grew by {growth:.2f} MB a minute")
    lines = [
        f"{minutes:g} minutes at {RATE} events/s. {STEADY} clients that stay were given "
        f"{steady.deliveries:,} events at p99 {report.number(steady.p99_ms)} ms; "
        f"meanwhile {tally.says()}.",
        f"Memory: {settled[0][1]:.1f} MB half way, {settled[-1][1]:.1f} MB in the end, "
        f"{growth:+.2f} MB a minute in that half (at most {MAX_GROWTH_MB_PER_MIN:g} allowed)."
        if settled
        else "Memory was not measured.",
        "Nothing was missing that no gap had told, nothing came twice or out of order."
        if not faults
        else "**Not well**: " + "; ".join(faults[:20]),
    ]
    return "\n".join(lines) + "\n", not faults


if __name__ == "__main__":
    sys.exit(main())
