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
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import NoReturn

import msgspec

from tests.benchmarks import effort as efforts
from tests.benchmarks import machine, proc, report
from tests.benchmarks.effort import Effort
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.report import Check, Section
from tests.provision import Missing


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 where a measurement failed; a promise that was not met is no failure."""
    asked = _parser().parse_args(arguments)
    effort = efforts.full() if asked.full else efforts.short()
    proc.allow_many_files()
    # As by Ctrl-C: what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sections: list[Section] = []
    failed = False
    for name in asked.names or MEASURES:
        section, error = _measured(name, effort)
        failed |= error
        sections.append(section)
        about = machine.about(
            effort.quiet, effort.name, time.monotonic() - effort.start_s, list(effort.versions)
        )
        if asked.write and not asked.names:
            # After each one, so that a run cut short keeps what it found.
            report.write(report.markdown(about, sections))
    if asked.json:
        print(msgspec.json.encode({"about": about, "sections": sections}).decode())
    else:
        print(report.plain(report.markdown(about, sections)))
    return int(failed)


def _measured(name: str, effort: Effort) -> tuple[Section, bool]:
    effort.say(f"{name} ...")
    effort.quiet.look()
    try:
        with _at_most(effort.limit_s):
            return MEASURES[name](effort), False
    except Missing as missing:
        return Section(name, f"absent: {missing}"), False
    except Exception as error:
        traceback.print_exc()
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        return Section(name, f"This measurement failed: {line}", [], [_failed(name, line)]), True


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


def _failed(name: str, line: str) -> Check:
    return Check(f"{name} is measured", "", line, False)


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
