"""How the page's own files are served: as a Bokeh extension, in every way of running the server.

Bokeh serves the folders it knows as extensions below ``static/extensions/``, under ``panel serve``,
``pn.serve`` and in a notebook alike, so the page needs no route of its own. The name holds a digest
of the files: a new version has new addresses, whatever a browser or a proxy has kept.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from bokeh.embed.bundle import extension_dirs
from bokeh.server.views.static_handler import StaticHandler
from panel.io.resources import _env

PACKAGE: Final = Path(__file__).parents[1]
FOLDERS: Final = ("client", "theme")


@cache
def register() -> str:
    """Make the files known to Bokeh; return what their addresses begin with."""
    # Some systems map .js to a type of text that browsers refuse for a module.
    mimetypes.add_type("text/javascript", ".js")
    prefix = f"dashboard-{_digest()}-"
    for folder in FOLDERS:
        extension_dirs[prefix + folder] = PACKAGE / folder
    return f"static/extensions/{prefix}"


@cache
def scripts() -> tuple[str, ...]:
    """Return the addresses of Bokeh's scripts that the page needs: its core alone."""
    return (f"static/{StaticHandler.append_version('js/bokeh.min.js')}",)


@cache
def read(name: str) -> str:
    """Return one of the page's own files, to stand within it."""
    return (PACKAGE / name).read_text("utf-8")


@cache
def template() -> jinja2.Template:
    made: jinja2.Template = _env.from_string(read("theme/page.html"))
    return made


def _digest() -> str:
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((PACKAGE / folder).iterdir()):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
