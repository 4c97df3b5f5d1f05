"""How the page's measurements are written down: figures beside the budget and the peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks import report
from tests.benchmarks.page.subject import OURS, PEERS, Peer
from tests.benchmarks.report import DOCUMENT, Check, Section, Table, at_most, number

PAGE_MARK: Final = "<!-- What follows, up to the next mark, is written by make bench-page. -->"


class Figure(NamedTuple):
    """One thing that was measured of everyone, by name; ``budget`` is for ours, 0 for none."""

    name: str
    unit: str
    measured: Mapping[str, float | None]
    budget: float = 0.0

    @property
    def ours(self) -> float | None:
        return self.measured.get(OURS.name)

    @property
    def check(self) -> Check:
        return at_most(self.name, self.ours, self.budget, f" {self.unit}".rstrip())


def comparison(figures: Sequence[Figure]) -> Table:
    """Return a line for each figure: ours, its budget, and each peer's with its ratio to ours."""
    others = [peer.name for peer in PEERS if peer is not OURS]
    head = ["", OURS.name, "budget"]
    for name in others:
        head += [name, "times ours"]
    return Table(head, [_line(figure, others) for figure in figures])


def checks(figures: Sequence[Figure]) -> list[Check]:
    return [figure.check for figure in figures if figure.budget]


def _line(figure: Figure, others: Sequence[str]) -> list[str]:
    unit = f", {figure.unit}" if figure.unit else ""
    budget = f"< {number(figure.budget)}" if figure.budget else ""
    line = [f"{figure.name}{unit}", number(figure.ours), budget]
    for name in others:
        value = figure.measured.get(name)
        times = value / figure.ours if value is not None and figure.ours else None
        line += [number(value), number(times)]
    return line


def absences() -> str:
    """Say which peers are not there, and why; nothing where all are."""
    return "".join(
        f" **{peer.name} is absent: {peer.absent}.**" for peer in PEERS if peer.absent is not None
    )


def failure(peer: Peer, error: Exception) -> str:
    """Say that a peer could not be measured, and why."""
    return f" **{peer.name} failed: {type(error).__name__}: {error}.**"


def markdown(about: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the part of the page; its headings lie one level below the document's own."""
    text = report.markdown(about, sections)
    return "## The page in a browser\n\n" + f"\n{text}".replace("\n## ", "\n### ").lstrip()


def write(about: Sequence[str], sections: Sequence[Section], document: Path = DOCUMENT) -> None:
    """Put the part of the page between its mark and the next."""
    report.write(markdown(about, sections), document, PAGE_MARK)
