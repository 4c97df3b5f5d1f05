"""The documents and what stands in them: fenced blocks, tables, links."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
API = ROOT / "docs" / "api.md"
REDIS = ROOT / "docs" / "redis.md"
DOCUMENTS = (
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    API,
    REDIS,
    ROOT / "docs/design.md",
    ROOT / "docs/benchmarks.md",
)
ADDRESS = "127.0.0.1:8000"
"""The server's address in every example."""

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
_EXAMPLE = re.compile(
    r"^```sh\n(?P<command>.*?)^```\n\nAnswers `(?P<status>\d{3})`:\n\n"
    r"^```(?P<language>json|text)\n(?P<answer>.*?)^```$",
    re.M | re.S,
)


class Block(NamedTuple):
    language: str
    text: str


class Example(NamedTuple):
    """A command of ``docs/api.md`` and what it is said to answer."""

    command: str
    status: str
    language: str
    answer: str


def blocks(document: Path) -> list[Block]:
    return [Block(m["language"], m["text"]) for m in _BLOCK.finditer(document.read_text())]


def block(document: Path, language: str, holding: str) -> str:
    """Return the one block of this language in which ``holding`` stands."""
    (found,) = [b.text for b in blocks(document) if b.language == language and holding in b.text]
    return found


def examples() -> Iterator[Example]:
    return (Example(**match.groupdict()) for match in _EXAMPLE.finditer(API.read_text()))


def row_names(document: Path) -> set[str]:
    """Return what stands in code in the first cells of all tables."""
    first_cells = re.findall(r"^\|([^|]*)\|", document.read_text(), re.M)
    return {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}


def links(document: Path) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text())


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", document.read_text()), re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}
