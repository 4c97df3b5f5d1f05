"""``/docs``: a page that reads ``/openapi.json``; one answer holds all of it."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from dashboard.api.base import ApiHandler

_STATIC: Final = Path(__file__).parent / "static"
_DASHBOARD: Final = Path(__file__).parents[1]
_SHEETS: Final = (
    *(_DASHBOARD / "theme" / f"{name}.css" for name in ("tokens", "base", "controls")),
    _STATIC / "docs.css",
)
_MODULES: Final = (
    *(_DASHBOARD / "client" / f"{name}.js" for name in ("json", "clipboard", "theme")),
    *(_STATIC / f"{name}.js" for name in ("nodes", "schema", "request", "docs")),
)
_LINKS = re.compile(r"^import .*\n|^export (?:default )?", re.M)


class DocsHandler(ApiHandler):
    """The page; its policy lets nothing run but the two scripts that we put in."""

    def get(self) -> None:
        page, policy = made()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", policy)
        self.finish(page)

    head = get


@cache
def made() -> tuple[bytes, str]:
    """Return the page, and the policy that fits it."""
    boot = (_DASHBOARD / "client" / "theme-boot.js").read_text("utf-8")
    style = _joined(_SHEETS)
    # Modules of one page need no names for each other: joined, they see one another.
    script = _LINKS.sub("", _joined(_MODULES))
    page = (_STATIC / "docs.html").read_text("utf-8")
    for name, text in (("boot", boot), ("style", style), ("script", script)):
        page = page.replace(f"/* {name} */", text)
    policy = (
        f"default-src 'none'; script-src {_hash(boot)} {_hash(script)}; style-src {_hash(style)}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return page.encode(), policy


def _joined(files: tuple[Path, ...]) -> str:
    return "\n".join(file.read_text("utf-8") for file in files)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
