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
from typing import Final, NamedTuple

import msgspec

from dashboard.server import Server, tune_collector
from dashboard.settings import Settings
from sources.event import Event
from tests.benchmarks.events import event, paced

LOOK_S: Final = 0.002


class Report(msgspec.Struct):
    """How late the event loop came to a task that looks every 2 ms.

    ``cpu_ms`` is the most CPU time that the thread took between two looks: what the loop was held
    up by its own work, whatever else the machine had to do. ``events`` entered the log since the
    start, ``retained`` are in it.
    """

    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    cpu_ms: float = 0.0
    events: int = 0
    retained: int = 0


async def publish(server: Server, rate: float) -> None:
    async for due in paced(rate):
        await server.hub.publish([Event(**event(number, due_ns)) for number, due_ns in due])


class Look(NamedTuple):
    late_ms: float
    cpu_ms: float


async def watch(looks: list[Look]) -> None:
    while True:
        due_s, cpu_ns = time.perf_counter() + LOOK_S, time.thread_time_ns()
        await asyncio.sleep(LOOK_S)
        late_s, took_ns = time.perf_counter() - due_s, time.thread_time_ns() - cpu_ns
        looks.append(Look(late_s * 1000, took_ns / 1e6))


def report(looks: list[Look]) -> Report:
    ordered = sorted(look.late_ms for look in looks)
    cpu_ms = max((look.cpu_ms for look in looks), default=0.0)
    looks.clear()
    if not ordered:
        return Report()
    p50, p99 = (ordered[int(share * len(ordered))] for share in (0.5, 0.99))
    return Report(p50, p99, ordered[-1], cpu_ms)


async def answer(server: Server, looks: list[Look], stop: asyncio.Event) -> None:
    """Answer each line; nobody there to ask is a reason to end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        told = report(looks)
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
        looks: list[Look] = []
        tasks = [asyncio.create_task(answer(server, looks, stop))]
        if arguments.rate:
            tasks.append(asyncio.create_task(publish(server, arguments.rate)))
        if arguments.watch:
            tasks.append(asyncio.create_task(watch(looks)))
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
