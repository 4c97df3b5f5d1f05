"""What a run says: sections with tables for a reader, and checks against what was promised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
MARK: Final = "<!-- What follows is written by make bench and make bench-full. -->"
SOAK_MARK: Final = "<!-- What follows, up to the next mark, is written by make soak. -->"


class Table(msgspec.Struct):
    head: list[str]
    rows: list[list[str]]


class Check(msgspec.Struct):
    """One thing that was promised, in words, and whether it was met; None if it was not tried."""

    claim: str
    target: str
    measured: str
    met: bool | None


class Section(msgspec.Struct):
    """What one measurement found; ``figures`` are for programs."""

    title: str
    says: str = ""
    tables: list[Table] = []
    checks: list[Check] = []
    figures: dict[str, Any] = {}


def at_most(claim: str, measured: float | None, limit: float, unit: str = "") -> Check:
    return _check(claim, measured, f"≤ {number(limit)}", unit, lambda value: value <= limit)


def at_least(claim: str, measured: float | None, limit: float, unit: str = "") -> Check:
    return _check(claim, measured, f"≥ {number(limit)}", unit, lambda value: value >= limit)


def _check(claim: str, measured: float | None, target: str, unit: str, is_met: Any) -> Check:
    if measured is None:
        return Check(claim, f"{target}{unit}", "not measured", None)
    return Check(claim, f"{target}{unit}", f"{number(measured)}{unit}", is_met(measured))


def number(value: float | None) -> str:
    """Return a figure as a reader wants it: three digits that count, and no more."""
    if value is None:
        return "-"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def lines(table: Table) -> Iterable[str]:
    yield _row(table.head)
    yield _row(["---"] * len(table.head))
    yield from map(_row, table.rows)


def markdown(about: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the whole: what was promised first, then how it came about."""
    parts = ["## This run", "\n".join(f"- {line}" for line in about)]
    if checks := [check for section in sections for check in section.checks]:
        parts += ["## What was promised", "\n".join(lines(_checklist(checks)))]
    for section in sections:
        parts.append(f"## {section.title}")
        if section.says:
            parts.append(section.says)
        parts += ["\n".join(lines(table)) for table in section.tables]
    return "\n\n".join(parts) + "\n"


def write(text: str, document: Path = DOCUMENT, mark: str = MARK) -> None:
    """Put ``text`` between a mark and the next; what stands elsewhere stays."""
    head, found, rest = document.read_text().partition(f"{mark}\n")
    if not found:
        raise ValueError(f"{document} has no line {mark!r}")
    after = rest.find("<!-- What follows")
    document.write_text(f"{head}{found}\n{text}" + (f"\n{rest[after:]}" if after >= 0 else ""))


def plain(text: str) -> str:
    """Return Markdown as a terminal shows it best: without bold, code and mark-up."""
    return re.sub(r"\*\*|`", "", text)


def _checklist(checks: Sequence[Check]) -> Table:
    met = {True: "met", False: "**not met**", None: "not tried"}
    rows = [[check.claim, check.target, check.measured, met[check.met]] for check in checks]
    return Table(["claim", "target", "measured", ""], rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
