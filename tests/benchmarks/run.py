"""One run of several measurements: one that fails says so, and the others are made."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tests.benchmarks import machine
from tests.benchmarks.effort import Effort
from tests.benchmarks.report import Check, Section
from tests.provision import Missing

Write = Callable[[Sequence[str], Sequence[Section]], None]


class Run(NamedTuple):
    """What was found; ``about`` says where and how, a line each."""

    about: Sequence[str]
    sections: Sequence[Section]
    failed: bool


def run(
    names: Iterable[str], effort: Effort, measure: Callable[[str], Section], write: Write | None
) -> Run:
    """Make the measurements in turn; ``write`` gets all so far: a run cut short keeps them."""
    sections: list[Section] = []
    about: Sequence[str] = ()
    failed = False
    for name in names:
        effort.say(f"{name} ...")
        effort.quiet.look()
        try:
            sections.append(measure(name))
        except Missing as missing:
            sections.append(Section(name, f"absent: {missing}"))
        except Exception as error:
            traceback.print_exc()
            sections.append(_failure(name, error))
            failed = True
        about = _about(effort)
        if write is not None:
            write(about, sections)
    return Run(about, sections, failed)


def _failure(name: str, error: Exception) -> Section:
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    check = Check(f"{name} is measured", "", line, False)
    return Section(name, f"This measurement failed: {line}", [], [check])


def _about(effort: Effort) -> Sequence[str]:
    took_s = time.monotonic() - effort.start_s
    return machine.about(effort.quiet, effort.name, took_s, list(effort.versions))
