"""What a measured server runs in its process: it says where it is, and answers questions.

One line in, one line of JSON out: ``reset`` begins a measurement, ``report`` gives what was seen
since, ``collect`` collects what nobody holds. It ends when nobody is left to ask.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from tests.benchmarks import proc
from tests.benchmarks.lag import Lag


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--retained", type=int, default=1000)
    parser.add_argument("--filled", type=int, default=0)
    parser.add_argument("--padding", type=int, default=0)
    return parser.parse_args()


async def answer(url: str, more: Callable[[], dict[str, Any]] = dict) -> None:
    """Print ``url`` and answer until the other end is closed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    lag, cpu_s, since_s = Lag(), time.process_time(), time.monotonic()
    watching = loop.create_task(lag.watch())
    _say({"url": url})
    while line := (await reader.readline()).strip():
        said: dict[str, Any] = {}
        if line == b"reset":
            lag.take()
            cpu_s, since_s = time.process_time(), time.monotonic()
        elif line == b"collect":
            collect()
        else:
            share = (time.process_time() - cpu_s) / (time.monotonic() - since_s)
            said = {"cpu": share, "rss_mb": proc.rss_mb(os.getpid()), "lag": lag.take(), **more()}
        _say(said)
    watching.cancel()


def collect() -> None:
    """Let go of all that nobody holds, and give the freed memory back to the system."""
    gc.unfreeze()
    for _ in range(3):
        gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def _say(said: dict[str, Any]) -> None:
    print(msgspec.json.encode(said).decode(), flush=True)


def one_core() -> None:
    """Keep to the first core, so that browser and clients have the other."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
