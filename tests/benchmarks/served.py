"""The product as the benchmarks start it: ``python -m tests.benchmarks.served --port N``.

It is what ``python -m dashboard`` runs, and publishes to itself where a rate is given. To each
line it is sent it answers with a `Report` of the time since the line before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from typing import Final

import msgspec

from dashboard.server import Server, tune_collector
from dashboard.settings import Settings
from sources.event import Event
from tests.benchmarks.events import event, paced

LOOK_S: Final = 0.002


class Report(msgspec.Struct):
    """How late the event loop came to a task that looks every 2 ms.

    ``events`` entered the log since the start, ``retained`` are in it.
    """

    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    events: int = 0
    retained: int = 0


async def publish(server: Server, rate: float) -> None:
    async for due in paced(rate):
        await server.hub.publish([Event(**event(number, due_ns)) for number, due_ns in due])


async def watch(late_ms: list[float]) -> None:
    while True:
        due_s = time.perf_counter() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late_ms.append((time.perf_counter() - due_s) * 1000)


def report(late_ms: list[float]) -> Report:
    ordered = sorted(late_ms)
    late_ms.clear()
    if not ordered:
        return Report()
    p50, p99 = (ordered[int(share * len(ordered))] for share in (0.5, 0.99))
    return Report(p50, p99, ordered[-1])


async def answer(server: Server, late_ms: list[float], stop: asyncio.Event) -> None:
    """Answer each line; nobody there to ask is a reason to end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        told = report(late_ms)
        told.events, told.retained = server.hub.log.total, len(server.hub.log)
        line = msgspec.json.encode(told) + b"\n"
        await asyncio.to_thread(os.write, sys.stdout.fileno(), line)
    stop.set()


async def main(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings(
        port=arguments.port,
        max_connections=10_000,
        redis_url=arguments.redis,
        max_history_size=arguments.history,
        max_history_bytes=1 << 30,
    )
    async with Server(settings) as server:
        tune_collector()
        late_ms: list[float] = []
        tasks = [asyncio.create_task(answer(server, late_ms, stop))]
        if arguments.rate:
            tasks.append(asyncio.create_task(publish(server, arguments.rate)))
        if arguments.watch:
            tasks.append(asyncio.create_task(watch(late_ms)))
        await stop.wait()
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--redis")
    parser.add_argument("--history", type=int, default=1000)
    parser.add_argument("--watch", action="store_true")
    asyncio.run(main(parser.parse_args()))
