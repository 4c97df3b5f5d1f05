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

import msgspec

from dashboard.server import Server, tune_collector
from dashboard.settings import Settings
from sources.event import Event
from tests.benchmarks.events import event, paced
from tests.benchmarks.lag import Lag, Lateness


class Report(msgspec.Struct):
    """How late its loop was; ``events`` entered the log since the start, ``retained`` are in it."""

    lateness: Lateness
    events: int
    retained: int


async def publish(server: Server, rate: float) -> None:
    async for due in paced(rate):
        await server.hub.publish([Event(**event(number, due_ns)) for number, due_ns in due])


async def answer(server: Server, lag: Lag, stop: asyncio.Event) -> None:
    """Answer each line; nobody there to ask is a reason to end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        log = server.hub.log
        line = msgspec.json.encode(Report(lag.take(), log.total, len(log))) + b"\n"
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
        lag = Lag()
        tasks = [asyncio.create_task(answer(server, lag, stop))]
        if arguments.rate:
            tasks.append(asyncio.create_task(publish(server, arguments.rate)))
        if arguments.watch:
            tasks.append(asyncio.create_task(lag.watch()))
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
