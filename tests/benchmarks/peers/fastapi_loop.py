"""FastAPI as its tutorial does it: a list of connections, and a loop of ``await send_json``."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tests.benchmarks.peers.base import Missing, Peer, package_version
from tests.benchmarks.processes import module


def command(port: int, rate: float, folder: Path) -> list[str]:
    for name in ("fastapi", "uvicorn", "uvloop"):
        if importlib.util.find_spec(name) is None:
            raise Missing(f"{name} is missing: pip install -e '.[test,bench]'")
    return module("peers.fastapi_app", port, rate)


FASTAPI = Peer(
    "FastAPI loop",
    "`for ws in clients: await ws.send_json(event)`, on uvicorn with uvloop",
    command,
    package_version("fastapi", "uvicorn", "uvloop"),
)
