"""Text that would run, load, hide or turn around, and a browser context that notices if it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page

ELSEWHERE: Final = "http://elsewhere.test/x"
RUN: Final = "window.ran=1"

TEXTS: Final = {
    "a script": f"<script>{RUN}</script>",
    "an image": f"<img src=x onerror=\"{RUN};fetch('/ran')\">",
    "a drawing": f'"><svg onload={RUN}>',
    "a way out of an attribute": f"' autofocus onfocus={RUN} x='",
    "a way out of text": f"</bdi></script><script>{RUN}</script>",
    "a frame": f'<iframe srcdoc="<script>parent.ran=1</script>" src={ELSEWHERE}></iframe>',
    "a style from elsewhere": f"</style><link rel=stylesheet href={ELSEWHERE}>",
    "a picture from elsewhere": f"<img src={ELSEWHERE}><video poster={ELSEWHERE}>",
    "a form": f"<form action={ELSEWHERE}><input name=q><button>Go</button></form>",
    "an address": f"javascript:{RUN}",
    "a link": f'<a href="javascript:{RUN}">click</a>',
    "a template": "${" + RUN + "} {{constructor.constructor('" + RUN + "')()}} <%= " + RUN + " %>",
    "a formula of mathematics": "$$\\href{javascript:" + RUN + "}{x}$$ \\(\\unicode{x}\\)",
    "a formula of a sheet": f'=HYPERLINK("{ELSEWHERE}?"&A1,"open")',
    "a command of a sheet": "@SUM(1+1)*cmd|' /C calc'!A0",
    "entities": f"&lt;img src=x onerror={RUN}&gt; &#60;b&#62;",
    "a mark that turns text around": "invoice_\u202egnp.exe\u202c_end",
    "right to left": "فاتورة رقم ١٢ مرفوضة",
    "joined emoji": "👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 e\u0301",
    "no width at all": "a\u200bb\u2060c\ufeffd",
    "nothing": "null",
    "a prototype": "__proto__",
    "a constructor": "constructor",
    "a very long name": "name_" * 25 + "end",
}
"""What stands in the fields; a source takes 128 characters, and no control characters."""

TYPES: Final = ("__proto__", "constructor", "toString", "a" * 128, "data:text.html", "javascript:1")
"""A type has a closed set of characters, so these are the worst that there are."""

_WATCH = """
window.policy = []
document.addEventListener('securitypolicyviolation', e => window.policy.push(e.effectiveDirective))
"""

# What text must not become: elements that load or run, and attributes that do.
_BORN = """() => [...document.querySelectorAll('*')].filter(node =>
    node.matches('img, iframe, object, embed, video, base, form[action], a[href^="java" i]') ||
    [...node.attributes].some(({name}) => name.startsWith('on'))
).map(node => node.outerHTML.slice(0, 200))"""


class Watched:
    """A context, and what its pages did that they may not."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.hosts: set[str] = set()
        self.paths: set[str] = set()
        self.dialogs: list[str] = []
        self.windows = -1
        context.on("request", self._asked)
        context.on("page", self._opened)
        context.on("dialog", lambda dialog: self.dialogs.append(dialog.message))

    def _asked(self, request: object) -> None:
        url = urlsplit(request.url)  # type: ignore[attr-defined]
        self.hosts.add(url.netloc)
        self.paths.add(url.path)

    def _opened(self, page: Page) -> None:
        self.windows += 1
        page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))

    async def check(self, page: Page, host: str) -> None:
        """Fail where content of an event did anything but stand there."""
        assert await page.evaluate("window.ran") is None
        assert await page.evaluate(_BORN) == []
        assert await page.evaluate("window.policy") == []
        assert self.dialogs == []
        assert self.windows == 0
        assert self.hosts <= {host, ""}
        assert not {"/ran", "/x"} & self.paths


@asynccontextmanager
async def watched(browser: Browser, *, bypass_csp: bool) -> AsyncIterator[Watched]:
    """Open a context; with ``bypass_csp`` the page has its own care alone, and no policy."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 1600}, bypass_csp=bypass_csp
    )
    await context.add_init_script(_WATCH)
    watched = Watched(context)
    try:
        yield watched
    finally:
        await context.close()
