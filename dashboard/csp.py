"""The Content-Security-Policy of the page: the second wall behind escaping.

Scripts run from our own files, and inline only with the nonce that the page carries in its head.
Styles are allowed inline, for Bokeh sets them so; nothing is evaluated, framed or sent elsewhere.
"""

from __future__ import annotations

import re
from typing import Final

# The head stands before everything that an event could ever bring into the page.
_NONCE: Final = re.compile(rb'<meta name="csp-nonce" content="([A-Za-z0-9_-]{16,64})">')
_DIRECTIVES: Final = (
    "default-src 'none'",
    "script-src 'self' 'nonce-{nonce}'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
)


def page_policy(html: bytes) -> str | None:
    """Return the policy of a page that names its nonce; None for any other answer."""
    found = _NONCE.search(html)
    return "; ".join(_DIRECTIVES).format(nonce=found[1].decode()) if found else None
