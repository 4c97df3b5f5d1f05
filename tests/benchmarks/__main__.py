"""The benchmarks: ``python -m tests.benchmarks [names]``; without names, all of them.

Prints what it found, as Markdown or as JSON, and with ``--write`` puts it into docs/benchmarks.md.
A measurement that fails, or takes too long, says so in its place and does not keep the others
from being made.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

import msgspec

from tests.benchmarks import effort as efforts
from tests.benchmarks import proc, report
from tests.benchmarks.effort import Effort
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.report import Section
from tests.benchmarks.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 where a measurement failed; a promise that was not met is no failure."""
    asked = _parser().parse_args(arguments)
    effort = efforts.full() if asked.full else efforts.short()
    proc.allow_many_files()
    # As by Ctrl-C: what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found = run(
        asked.names or MEASURES,
        effort,
        lambda name: _measured(name, effort),
        _write if asked.write and not asked.names else None,
    )
    if asked.json:
        print(msgspec.json.encode({"about": found.about, "sections": found.sections}).decode())
    else:
        print(report.plain(report.markdown(found.about, found.sections)))
    return int(found.failed)


def _measured(name: str, effort: Effort) -> Section:
    with _at_most(effort.limit_s):
        return MEASURES[name](effort)


def _write(about: Sequence[str], sections: Sequence[Section]) -> None:
    report.write(report.markdown(about, sections))


@contextlib.contextmanager
def _at_most(limit_s: int) -> Iterator[None]:
    """Break the block off in whatever it waits for, so that what it started ends with it."""

    def give_up(*_: object) -> NoReturn:
        raise TimeoutError(f"it took longer than {limit_s} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(limit_s)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", choices=[[], *MEASURES], metavar="name",
                        help=f"what to measure: {', '.join(MEASURES)}")  # fmt: skip
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="a few minutes (the default)")
    length.add_argument("--full", action="store_true", help="about twenty minutes")
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    parser.add_argument(
        "--write", action="store_true", help="write docs/benchmarks.md, when all is measured"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
