"""The contact sheet: docs/screenshots/README.md."""

from __future__ import annotations

from collections.abc import Iterable

from tests.screenshots.camera import FOLDER, SIZES, THEMES
from tests.screenshots.views import View

HEAD = """# Screenshots

Every state of the page at 1440, 820 and 390 px, light and dark: taken by `make screenshots` in a
real Chromium, from a real server with simulated agents. A picture opens in full at a click.
"""
SHOWN_PX = {1440: 300, 820: 190, 390: 110}


def write(views: Iterable[View]) -> None:
    (FOLDER / "README.md").write_text(sheet(views), "utf-8")


def sheet(views: Iterable[View]) -> str:
    """Show all pictures that are there, a row a state."""
    said: dict[str, str] = {}
    for view in views:
        said.setdefault(view.name, view.says)
    rows = (f"| **{name}**: {says} | {_pictures(name)} |" for name, says in said.items())
    table = "\n".join(("| state | pictures |", "|---|---|", *rows))
    return f"{HEAD}\n{table}\n"


def _pictures(name: str) -> str:
    files = [(f"{name}-{width}-{theme}", SHOWN_PX[width]) for width in SIZES for theme in THEMES]
    return " ".join(
        f'<a href="{file}.png"><img src="{file}.png" width="{width}" alt="{file}"></a>'
        for file, width in files
        if (FOLDER / f"{file}.png").exists()
    )
