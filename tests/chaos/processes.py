"""A dashboard as a program of its own, which may be killed, stopped and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx

from tests.fixtures.redis import unused_port

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 40.0
ENDS_WITHIN_S = 10.0


class Dashboard:
    """Keeps its port and its log over every restart."""

    def __init__(self, folder: Path, name: str, redis_url: str, **environ: str) -> None:
        self.port = unused_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{name}.log"
        self._environ = {
            **os.environ,
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
            **environ,
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        with self._appended() as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "dashboard"),
                cwd=ROOT,
                env=self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait until it is connected to Redis and has loaded the history."""
        await self._answers("/ready", within_s)

    async def listening(self) -> None:
        await self._answers("/health", READY_WITHIN_S)

    async def _answers(self, path: str, within_s: float) -> None:
        async with asyncio.timeout(within_s), httpx.AsyncClient(base_url=self.url) as http:
            while not await _is_success(http, path):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def kill(self) -> None:
        if self._process is not None:
            self.signal(signal.SIGKILL)
            await self._process.wait()

    async def end(self) -> float:
        """Ask it to end; returns how long it took, in seconds.

        Raises
        ------
        RuntimeError
            If it ends with another status than 0.
        TimeoutError
        """
        began_s = time.monotonic()
        self.signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_WITHIN_S):
            status = await self.process.wait()
        if status != 0:
            raise RuntimeError(f"it ended with {status}")
        return time.monotonic() - began_s

    def errors(self) -> list[str]:
        """Return what it logged as an error, and what is not of its log at all."""
        with self.log.open() as lines:
            return [line.strip() for line in lines if _is_error(line)]

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text().splitlines()[-lines:])

    def _appended(self) -> IO[bytes]:
        return self.log.open("ab")


async def _is_success(http: httpx.AsyncClient, path: str) -> bool:
    with suppress(httpx.TransportError):
        return (await http.get(path)).is_success
    return False


def _is_error(line: str) -> bool:
    try:
        return bool(json.loads(line)["level"] in ("ERROR", "CRITICAL"))
    except ValueError:
        # The last line of a process that was killed may be cut.
        return not line.startswith("{")
