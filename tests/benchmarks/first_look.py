"""How soon an event is seen: ``python -m tests.benchmarks.first_look``.

Measures, on a real redis-server and a real Chromium, from XADD to a WebSocket client and to the
painted page, and how long a cold page takes. The peer is the floor that nobody can beat: a bare
``XREAD BLOCK`` on the same stream at the same time.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import redis.asyncio as redis
import websockets
from playwright.async_api import Page, async_playwright

from dashboard.server import Server
from dashboard.settings import Settings
from tests.fixtures.browser import CHROMIUM_ARGUMENTS
from tests.fixtures.redis import running_redis
from tests.provision import chromium

SAMPLES = 200
PAINTED = 30
LOADS = 5
# The page shows the text of the newest event in its first row.
SEEN = "text => document.querySelector('[role=grid]')?.textContent.includes(text)"


async def publish(client: redis.Redis, number: int) -> None:
    event = {"event_type": "agent_request", "source": "bench", "data": {"message": f"no {number}."}}
    await client.xadd("events", {"event": json.dumps(event)})


async def bare_reader(client: redis.Redis, arrived: dict[int, float]) -> None:
    last = "$"
    while True:
        answer: Any = await client.xread({"events": last}, block=1000)
        now = time.perf_counter()
        for _, entries in answer:
            for id, fields in entries:
                last = id
                message = json.loads(fields[b"event"])["data"]["message"]
                arrived[int(message[3:-1])] = now


async def ws_reader(url: str, arrived: dict[int, float]) -> None:
    async with websockets.connect(url, proxy=None) as socket:
        async for text in socket:
            now = time.perf_counter()
            event = json.loads(text)
            if event["event_type"] != "connection":
                arrived[int(event["data"]["message"][3:-1])] = now


async def to_client(server: Server, url: str) -> tuple[list[float], list[float]]:
    """Return ms from XADD to a WebSocket client, and to the bare reader."""
    writer, reader = redis.Redis.from_url(url), redis.Redis.from_url(url, protocol=2)
    ours: dict[int, float] = {}
    bare: dict[int, float] = {}
    address = server.url.replace("http", "ws") + "/ws/bench"
    tasks = [
        asyncio.create_task(ws_reader(address, ours)),
        asyncio.create_task(bare_reader(reader, bare)),
    ]
    await asyncio.sleep(0.5)
    sent: dict[int, float] = {}
    for number in range(SAMPLES):
        sent[number] = time.perf_counter()
        await publish(writer, number)
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await writer.aclose()
    await reader.aclose()
    assert len(ours) == len(bare) == SAMPLES
    return (
        [(ours[n] - sent[n]) * 1000 for n in sent],
        [(bare[n] - sent[n]) * 1000 for n in sent],
    )


async def to_page(page: Page, url: str) -> list[float]:
    """Return ms from XADD to the row that Chromium painted."""
    writer = redis.Redis.from_url(url)
    spans = []
    for number in range(10_000, 10_000 + PAINTED):
        seen = asyncio.create_task(
            page.wait_for_function(SEEN, arg=f"no {number}.", polling="raf", timeout=10_000)
        )
        await asyncio.sleep(0.4)
        started = time.perf_counter()
        await publish(writer, number)
        await seen
        spans.append((time.perf_counter() - started) * 1000)
    await writer.aclose()
    return spans


def row(name: str, values: list[float]) -> str:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    return f"| {name} | {statistics.median(values):.1f} | {p99:.1f} | {max(values):.1f} |"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as server_redis:
        async with Server(Settings(port=0, redis_url=server_redis.url)) as server:
            ours, bare = await to_client(server, server_redis.url)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=str(chromium()), args=CHROMIUM_ARGUMENTS
                )
                loads = []
                for _ in range(LOADS):
                    context = await browser.new_context()
                    page = await context.new_page()
                    started = time.perf_counter()
                    await page.goto(f"{server.url}/dashboard")
                    await page.wait_for_selector("[role=grid] [role=row]")
                    loads.append((time.perf_counter() - started) * 1000)
                    if len(loads) < LOADS:
                        await context.close()
                painted = await to_page(page, server_redis.url)
                await browser.close()
    print("| ms | median | p99 | max |\n|---|---|---|---|")
    print(row("XADD to a WebSocket client", ours))
    print(row("XADD to a bare XREAD (the floor)", bare))
    print(row("XADD to a painted row", painted))
    print(row("cold page to its first row", loads))
    print(f"\nratio to the floor: {statistics.median(ours) / statistics.median(bare):.1f}")


if __name__ == "__main__":
    asyncio.run(main())
