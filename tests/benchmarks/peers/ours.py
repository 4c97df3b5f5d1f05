"""This product, whole: validated history, rollup, metrics and page behind the same socket."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.peers.base import Peer, package_version
from tests.benchmarks.processes import module


def command(port: int, rate: float, folder: Path) -> list[str]:
    return module("served", "--port", port, "--rate", rate)


OURS = Peer(
    "**this dashboard**",
    "the whole product, its publisher in the same process",
    command,
    package_version("event-dashboard", "tornado"),
)
