"""Node's ``ws``, which the project's own ``package.json`` brings for its tests."""

from __future__ import annotations

import json
from pathlib import Path

from tests import provision
from tests.benchmarks.peers.base import Missing, Peer, printed_version
from tests.benchmarks.processes import ROOT

PROGRAM = Path(__file__).with_suffix(".mjs")
PACKAGE = ROOT / "node_modules" / "ws" / "package.json"


def command(port: int, rate: float, folder: Path) -> list[str]:
    if not PACKAGE.exists():
        raise Missing("ws is missing: npm ci")
    return [str(provision.node()), str(PROGRAM), str(port), str(rate)]


def version() -> str:
    package = json.loads(PACKAGE.read_text())["version"]
    return f"ws {package} on Node {printed_version(provision.node())}"


NODE_WS = Peer("Node ws", "each event encoded once, `client.send(text)`", command, version)
