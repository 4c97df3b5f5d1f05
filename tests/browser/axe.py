"""axe-core in a page: what breaks WCAG 2 at A or AA, or its best practices."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Page

from tests.colours import Theme

SCRIPT: Final = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
CONTRAST: Final = "color-contrast"

# The backdrop is drawn by a pseudo-element that axe cannot read: a flat spot of it stands in its
# place. And what lies over the page covers it but for a trace, which is taken to be text in full;
# and hatching is taken to be all line.
_FLAT = """
body { background: %s !important }
body::before { display: none !important }
:root { --glass-pop: %s !important }
[data-kind=gap] { background: color-mix(in srgb, var(--warn) 14%%, transparent) !important }
"""
# Text that is one figure or one sign is text all the same, and the lines that pseudo-elements draw
# hide nothing.
_RUN = """([values, type]) => axe.run(document, {
    runOnly: {type, values},
    resultTypes: ['violations', 'incomplete'],
    checks: {'color-contrast': {options: {
        ignoreLength: true, ignoreUnicode: false, ignorePseudo: true,
        boldValue: 700, boldTextPt: 14, largeTextPt: 18, shadowOutlineEmMax: 0.2,
        contrastRatio: {normal: {expected: 4.5}, large: {expected: 3}},
    }}},
})"""
_HAS_THEME = "theme => document.documentElement.dataset.theme === theme"


@cache
def _source() -> str:
    return SCRIPT.read_text("utf-8")


async def faults(page: Page, theme: str, *, contrast_only: bool = False) -> list[str]:
    """Return what axe finds in the page as it stands, in one line each.

    The backdrop is the spot of it that is hardest to read on.
    """
    scheme: Literal["dark", "light"] = "dark" if theme == "dark" else "light"
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.wait_for_function(_HAS_THEME, arg=theme)
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_source())
    colours = Theme(theme)
    backdrop, pop = colours.hardest_backdrop, colours["glass-pop"].over(colours["ink"])
    flat = await page.add_style_tag(content=_FLAT % (backdrop.css, pop.css))
    chosen = [[CONTRAST], "rule"] if contrast_only else [TAGS, "tag"]
    results = await page.evaluate(_RUN, chosen)
    await flat.evaluate("node => node.remove()")
    return [*_lines(results["violations"]), *_lines(_undecided(results["incomplete"]))]


def _undecided(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the texts whose contrast axe could not tell.

    Text in a drawing is left to the test of the tokens.
    """
    return [
        {**rule, "nodes": [node for node in rule["nodes"] if not node["html"].startswith("<text")]}
        for rule in rules
        if rule["id"] == CONTRAST
    ]


def _lines(rules: list[dict[str, Any]]) -> list[str]:
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node.get('failureSummary', '')}"
        for rule in rules
        for node in rule["nodes"]
    ]
