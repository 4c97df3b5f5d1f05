"""Who is measured, each in a process of its own that ends with its block, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from tests.benchmarks.processes import ROOT

SCRIPTS: Final = Path(__file__).parent / "node_modules" / "@perspective-dev"
ANSWER_S: Final = 240
END_S: Final = 10


class Peer(msgspec.Struct, frozen=True):
    """What is measured: its module, what a filled row and its table are in the browser."""

    name: str
    module: str
    row: str
    table: str
    packages: tuple[str, ...]
    scripts: Path | None = None

    @property
    def absent(self) -> str | None:
        """What is missing for it to run, None where nothing is."""
        for package in self.packages:
            if importlib.util.find_spec(package.partition("-")[0]) is None:
                return f"the Python package {package} is not installed"
        if self.scripts and not self.scripts.exists():
            return f"its {self.scripts.name} is not installed from npm"
        return None

    def says(self) -> str:
        """Return its version, or why it is not there."""
        if self.absent:
            return f"{self.name} absent: {self.absent}"
        return ", ".join(f"{package} {version(package)}" for package in self.packages)


# What is drawn inside a shadow root is looked for there.
DEEP: Final = """selector => {
  const look = root => {
    const found = root.querySelector(selector)
    if (found) return found
    for (const node of root.querySelectorAll('*')) {
      const inner = node.shadowRoot && look(node.shadowRoot)
      if (inner) return inner
    }
    return null
  }
  return look(document)
}"""

OURS: Final = Peer("this page", "serve_ours", "#events .ev:not([hidden])", "#events", ("bokeh",))
TABULATOR: Final = Peer(
    "Panel, Tabulator", "serve_tabulator", ".tabulator-row", ".tabulator-tableholder", ("panel",)
)
PERSPECTIVE: Final = Peer(
    "Perspective",
    "serve_perspective",
    "regular-table tbody td",
    "regular-table",
    ("perspective-python",),
    SCRIPTS,
)
PEERS: Final = (OURS, TABULATOR, PERSPECTIVE)


class Program:
    """A program of the benchmarks that answers each line by one of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.url = ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    async def ask(self, question: str = "report") -> dict[str, Any]:
        """Put a question, '' for none; returns the next line.

        Raises
        ------
        RuntimeError
            If the program has ended.
        TimeoutError
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if question:
            self._process.stdin.write(f"{question}\n".encode())
        async with asyncio.timeout(ANSWER_S):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a measured program ended; its error stands above")
        said: dict[str, Any] = msgspec.json.decode(line)
        return said


@asynccontextmanager
async def program(module: str, *arguments: object) -> AsyncIterator[Program]:
    """Run a module of the benchmarks until the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.benchmarks.{module}",
        *map(str, arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # So that what it started in turn can be ended with it.
        start_new_session=True,
    )
    try:
        yield Program(process)
    finally:
        await _end(process)


@asynccontextmanager
async def running(
    peer: Peer, rate: float = 0, retained: int = 1000, filled: int = 0, padding: int = 0
) -> AsyncIterator[Program]:
    """Serve a peer, fed ``rate`` events a second after ``filled`` at once."""
    given = {"rate": rate, "retained": retained, "filled": filled, "padding": padding}
    arguments = [text for name, value in given.items() for text in (f"--{name}", value)]
    async with program(f"page.{peer.module}", *arguments) as served:
        served.url = (await served.ask(""))["url"]
        yield served


async def _end(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()
                return
