"""Text on glass: no tool sees through a blur, so its contrast is computed from the tokens.

Each pair is laid over the darkest and the lightest spot of the backdrop, as it may scroll there.
"""

import re

import pytest

from tests.colours import THEMES, TOKENS, Colour, Theme, contrast, stacked

AA_TEXT = 4.5
AA_SHAPE = 3.0
STATES = ("ok", "warn", "bad", "accent")
KINDS = (
    "request",
    "response",
    "error",
    "health",
    "metrics",
    "alerts",
    "connection",
    "test",
    "other",
)
PRIORITIES = ("low", "normal", "high", "critical")
INKS = ("ink", "ink-2", "ink-3")
SURFACES = {
    "glass": ("glass",),
    "data": ("glass-data",),
    "pop": ("glass-pop",),
    "fallback": ("glass-solid",),
    "hovered row": ("glass-data", "hover"),
    "selected row": ("glass-data", "sel"),
    "well": ("glass-data", "well"),
    "control on glass": ("glass", "ctl-bg"),
    "control on data": ("glass-data", "ctl-bg"),
    "well on glass": ("glass", "well"),
}
TEXTS = (*INKS, *STATES, *(f"pt-{name}" for name in PRIORITIES))


@pytest.fixture(params=THEMES)
def theme(request):
    return Theme(request.param)


def worst(theme: Theme, text: Colour, *layers: Colour) -> float:
    return min(contrast(text, stacked(layers, spot)) for spot in theme.backdrops)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_surface(theme, text, surface):
    layers = [theme[name] for name in SURFACES[surface]]

    assert worst(theme, theme[text], *layers) >= AA_TEXT


@pytest.mark.parametrize("text", ["ink", "ink-2"])
def test_text_can_be_read_on_the_bare_backdrop(theme, text):
    assert worst(theme, theme[text]) >= AA_TEXT
    assert worst(theme, theme[text], theme["tab"]) >= AA_TEXT
    assert worst(theme, theme[text], theme["well"]) >= AA_TEXT


@pytest.mark.parametrize("row", ["plain", "hover", "sel", "critical"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_type_can_be_read_on_its_own_tint(theme, kind, row):
    colour, rows = theme[f"t-{kind}"], {"plain": [], "critical": [theme["p-critical"].at(0.055)]}
    below = rows[row] if row in rows else [theme[row]]
    layers = [theme["glass-data"], *below, colour.at(theme.tint)]

    assert worst(theme, colour, *layers) >= AA_TEXT


@pytest.mark.parametrize("state", ["ok", "warn", "bad", "ink-2"])
def test_the_pill_can_be_read_on_its_tint(theme, state):
    for text in ("ink", "ink-2"):
        assert worst(theme, theme[text], theme["glass"], theme[state].at(theme.tint)) >= AA_TEXT


def test_a_primary_button_can_be_read(theme):
    assert contrast(theme["on-accent"], theme["accent"]) >= AA_TEXT


@pytest.mark.parametrize("surface", ["glass", "data", "pop", "fallback"])
def test_focus_can_be_seen(theme, surface):
    layers = [theme[name] for name in SURFACES[surface]]

    assert worst(theme, theme["focus"], *layers) >= AA_SHAPE
    assert worst(theme, theme["focus"]) >= AA_SHAPE


def test_both_themes_name_the_same_colours():
    blocks = re.findall(r"^:root\[data-theme=\"\w+\"\] \{(.*?)^\}", TOKENS.read_text(), re.M | re.S)
    light, dark = (set(re.findall(r"--([\w-]+):", block)) for block in blocks)

    assert light == dark
