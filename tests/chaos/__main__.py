"""The chaos test by hand: ``python -m tests.chaos --seed 17``, or ``--runs 20`` for any seeds."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
from pathlib import Path

from tests.chaos.play import SECONDS, play


async def main(arguments: argparse.Namespace) -> bool:
    task = asyncio.current_task()
    assert task is not None
    # Else the programs of a run that is ended from outside would stay.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    seeds = arguments.seed or [secrets.randbelow(1_000_000) for _ in range(arguments.runs)]
    held = True
    for seed in seeds:
        result = await play(seed, arguments.seconds, arguments.keep)
        print(result.account() if result.broken else result.line(), flush=True)
        held &= not result.broken
    return held


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", help="the seeds of the runs")
    parser.add_argument("--runs", type=int, default=1, help="how many seeds to draw")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long things break")
    parser.add_argument("--keep", type=Path, help="a folder for what the programs write")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(not asyncio.run(main(_arguments())))
