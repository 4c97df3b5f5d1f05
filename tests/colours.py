"""The colours of ``tokens.css`` as one sees them, laid over each other, and their contrast."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import NamedTuple

TOKENS = Path(__file__).parents[1] / "dashboard/theme/tokens.css"
THEMES = ("light", "dark")
BACKDROP = ("bg", "bg-a", "bg-b", "bg-c", "bg-d")
SATURATION = 1.5
"""What the glass does to the colours behind it, besides blurring them."""

_BLOCK = re.compile(r'^:root\[data-theme="(\w+)"\] \{(.*?)^\}', re.M | re.S)
_DECLARATION = re.compile(r"--([\w-]+):\s*([^;]+);")
_RGB = re.compile(r"rgb\((\d+) (\d+) (\d+)(?: / ([\d.]+))?\)")


class Colour(NamedTuple):
    """Channels from 0 to 255, and how much of what lies below it covers."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, below: Colour) -> Colour:
        """Lay this colour over an opaque one."""
        pairs = zip(self[:3], below[:3], strict=True)
        return Colour(*(top * self.alpha + low * (1 - self.alpha) for top, low in pairs))

    def at(self, alpha: float) -> Colour:
        return self._replace(alpha=alpha)

    @property
    def luminance(self) -> float:
        red, green, blue = (_linear(channel / 255) for channel in self[:3])
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    @property
    def css(self) -> str:
        return f"rgb({self.red:.0f} {self.green:.0f} {self.blue:.0f})"


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((one.luminance, other.luminance))
    return (high + 0.05) / (low + 0.05)


def stacked(layers: Iterable[Colour], backdrop: Colour) -> Colour:
    """Lay ``layers`` over the backdrop, the lowest first."""
    return reduce(lambda below, layer: layer.over(below), layers, backdrop)


class Theme:
    """The colours of one theme by their names, and the extremes of its backdrop."""

    def __init__(self, name: str) -> None:
        declared = dict(_DECLARATION.findall(_blocks()[name]))
        self.name = name
        self.tint = float(declared["tint"].rstrip("%")) / 100
        self._colours = {key: found for key, text in declared.items() if (found := parsed(text))}

    def __getitem__(self, name: str) -> Colour:
        return self._colours[name]

    @property
    def backdrops(self) -> tuple[Colour, Colour]:
        """Return the darkest and the lightest spot: the blobs blend, so all others lie between."""
        spots = [self[name] for name in BACKDROP]
        spots += [_saturated(spot) for spot in spots]
        return min(spots, key=_luminance), max(spots, key=_luminance)

    @property
    def hardest_backdrop(self) -> Colour:
        """Return the spot on which this theme's text has the least contrast."""
        darkest, lightest = self.backdrops
        return darkest if self.name == "light" else lightest


def parsed(text: str) -> Colour | None:
    if match := re.fullmatch(r"#(\w{2})(\w{2})(\w{2})", text):
        return Colour(*(int(channel, 16) for channel in match.groups()))
    if match := _RGB.fullmatch(text):
        red, green, blue, alpha = match.groups("1")
        return Colour(int(red), int(green), int(blue), float(alpha))
    return None


def _blocks() -> dict[str, str]:
    return dict(_BLOCK.findall(TOKENS.read_text()))


def _luminance(colour: Colour) -> float:
    return colour.luminance


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _saturated(colour: Colour) -> Colour:
    """Apply ``saturate()`` of CSS: each channel moves away from the grey of the colour."""
    grey = 0.213 * colour.red + 0.715 * colour.green + 0.072 * colour.blue
    moved = (grey + (channel - grey) * SATURATION for channel in colour[:3])
    return Colour(*(min(255.0, max(0.0, channel)) for channel in moved))
