"""The dashboard as a program of its own, as a person or an init system starts it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
START_S = 30
STOP_S = 10


class Program:
    """A running program with its output so far."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.output = ""

    async def read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.output += line.decode()

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, timeout=START_S) as client:
            return await client.get(path)

    async def answers(self, path: str) -> httpx.Response:
        """Wait until the address is answered."""
        async with asyncio.timeout(START_S):
            while True:
                assert self.process.returncode is None, self.output
                with contextlib.suppress(httpx.TransportError):
                    return await self.get(path)
                await asyncio.sleep(0.05)

    async def is_ready(self) -> None:
        """Wait until its source is connected and its history loaded."""
        async with asyncio.timeout(START_S):
            while (await self.answers("/ready")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; returns the exit status."""
        self.process.send_signal(number)
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def running(
    folder: Path, *command: str, cwd: Path | None = None, port: int = 0, **environ: str
) -> AsyncIterator[Program]:
    """Run a Python program with its own environment; killed with the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=cwd or folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(port), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    program = Program(process, port)
    reading = asyncio.create_task(program.read())
    try:
        yield program
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading
