"""The floor: what the kernel alone takes to send the bytes, in C, compiled when it is needed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.benchmarks.peers.base import Missing, Peer, printed_version

SOURCE = Path(__file__).with_suffix(".c")


def command(port: int, rate: float, folder: Path) -> list[str]:
    program = folder / "floor"
    if not program.exists():
        built = subprocess.run(
            [_compiler(), "-O2", "-o", str(program), str(SOURCE)], capture_output=True, text=True
        )
        if built.returncode:
            raise Missing(f"the C compiler failed: {built.stderr[:200]}")
    return [str(program), str(port), str(rate)]


def version() -> str:
    return f"cc {printed_version(Path(_compiler()))}"


def _compiler() -> str:
    if found := shutil.which("cc"):
        return found
    raise Missing("cc is missing: install a C compiler (Debian: apt-get install gcc)")


FLOOR = Peer(
    "C floor", "epoll, one `send` for each client and tick, nothing else", command, version
)
