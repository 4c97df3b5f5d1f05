"""The page beside its peers: ``python -m tests.benchmarks.page [names]``; all of them without.

Each measurement has a time limit and processes of its own; one that fails says so in its place.
With ``--write`` the section of docs/benchmarks.md is written after each.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tests.benchmarks import effort as efforts
from tests.benchmarks import proc
from tests.benchmarks.effort import Effort
from tests.benchmarks.page import cold, document, filters, leaving, many, steady
from tests.benchmarks.page.subject import PEERS
from tests.benchmarks.report import Section, plain
from tests.benchmarks.run import run

MEASURES: Final[dict[str, Callable[[Effort], Awaitable[Section]]]] = {
    "cold": cold.measure,
    "filters": filters.measure,
    "pages": many.measure,
    "leaving": leaving.measure,
    "steady": steady.measure,
}
LIMIT_S: Final = {"short": 420.0, "full": 2700.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 where a measurement failed; a budget that was not met is no failure."""
    asked = _parser().parse_args(arguments)
    effort = efforts.full() if asked.full else efforts.short()
    proc.allow_many_files()
    for peer in PEERS:
        effort.versions[peer.says()] = None
    found = run(
        asked.names or MEASURES,
        effort,
        lambda name: asyncio.run(_limited(MEASURES[name], effort)),
        document.write if asked.write and not asked.names else None,
    )
    print(plain(document.markdown(found.about, found.sections)))
    return int(found.failed)


async def _limited(measure: Callable[[Effort], Awaitable[Section]], effort: Effort) -> Section:
    async with asyncio.timeout(LIMIT_S[effort.name]):
        return await measure(effort)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page")
    parser.add_argument("names", nargs="*", choices=[[], *MEASURES], metavar="name",
                        help=f"what to measure: {', '.join(MEASURES)}")  # fmt: skip
    parser.add_argument("--full", action="store_true", help="10 minutes of streaming for each peer")
    parser.add_argument(
        "--write", action="store_true", help="write docs/benchmarks.md, when all is measured"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
