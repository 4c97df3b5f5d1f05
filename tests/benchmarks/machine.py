"""The machine of a run, and how quiet it was."""

from __future__ import annotations

import datetime
import hashlib
import os
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_WORK: Final = bytes(1_000_000)


class Quiet:
    """Does the same work again and again, so that it is seen when the machine has less to give."""

    def __init__(self) -> None:
        self.took_ms: list[float] = []

    def look(self) -> None:
        """Do the work once; to be called in every round."""
        start_s = time.perf_counter()
        for _ in range(20):
            hashlib.sha256(_WORK)
        self.took_ms.append((time.perf_counter() - start_s) * 1000)

    def says(self) -> str:
        best, median = min(self.took_ms), statistics.median(self.took_ms)
        worst = max(self.took_ms)
        return (
            f"the same work took {median:.0f} ms (median of {len(self.took_ms)}; {best:.0f} at "
            f"best, {worst:.0f} at worst): the nearer to each other, the quieter was the machine"
        )


def about(quiet: Quiet, effort: str, took_s: float, versions: Sequence[str]) -> list[str]:
    """Return the lines that say where, when and how a run was made."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    today = datetime.datetime.now(datetime.UTC)
    return [
        f"{today:%Y-%m-%d %H:%M} UTC, a {effort} run of {took_s / 60:.0f} min",
        f"{os.cpu_count()} cores of {_processor()}, {memory_gb:.0f} GB, Linux {_kernel()}",
        f"Python {platform.python_version()}; {'; '.join(versions)}",
        f"noise: {quiet.says()}; load at the end {os.getloadavg()[0]:.1f}",
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _kernel() -> str:
    return ".".join(platform.release().split("-")[0].split(".")[:2])
