"""What a peer is: a server that sends each of a stream of events to each of its clients."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.provision import Missing

__all__ = ["Missing", "Peer", "package_version", "printed_version"]


@dataclass(frozen=True)
class Peer:
    """How to start one, with the events of `tests.benchmarks.events` at a rate, and listen to it.

    ``command`` is given a port, a rate and a folder for files; it raises `Missing` where the
    machine has not what it takes. Where events come from elsewhere, ``publisher`` gives the program
    of ours that publishes them, for the same port and rate.
    """

    name: str
    does: str
    command: Callable[[int, float, Path], Sequence[str]]
    version: Callable[[], str]
    path: str = "/ws/{i}"
    hello: str = ""
    subprotocol: str = ""
    publisher: Callable[[int, float], Sequence[str]] | None = None


def package_version(*names: str) -> Callable[[], str]:
    """Return what gives the versions of Python packages, in words."""

    def versions() -> str:
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)

    return versions


def printed_version(program: Path, option: str = "--version") -> str:
    """Return the version that a program prints of itself."""
    done = subprocess.run([program, option], capture_output=True, text=True, timeout=20)
    found = re.search(r"\d+\.\d+[\w.]*", done.stdout + done.stderr)
    return found[0] if found else "unknown"
