"""How much a run takes on, and how it says how far it has come."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from tests.benchmarks.machine import Quiet


@dataclass
class Effort:
    """``seconds`` are measured of one server in one round; rounds are interleaved.

    A measurement that takes longer than ``limit_s`` is broken off.
    """

    name: str
    seconds: float
    rounds: int
    is_full: bool
    limit_s: int
    quiet: Quiet = field(default_factory=Quiet)
    versions: dict[str, None] = field(default_factory=dict)
    """Of what took part, in the order of its appearance."""
    start_s: float = field(default_factory=time.monotonic)

    def say(self, line: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.start_s), 60)
        print(f"[{minutes:2}:{seconds:02}] {line}", file=sys.stderr, flush=True)


def short() -> Effort:
    return Effort("short", seconds=2.0, rounds=2, is_full=False, limit_s=300)


def full() -> Effort:
    return Effort("full", seconds=4.0, rounds=4, is_full=True, limit_s=900)
