"""Takes a page in both themes, and keeps the pictures small."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.async_api import Browser, Page

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES: Final = {1440: 900, 820: 1180, 390: 844}
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
REPAINTED_MS: Final = 400


@dataclass(frozen=True)
class Camera:
    """Opens pages of one browser, and writes what they show."""

    browser: Browser

    async def page(self, width: int) -> Page:
        """Open an empty page of this width; a phone has a finger instead of a mouse."""
        is_phone = width < 640
        context = await self.browser.new_context(
            viewport={"width": width, "height": SIZES[width]},
            color_scheme="light",
            reduced_motion="reduce",
            has_touch=is_phone,
            is_mobile=is_phone,
        )
        return await context.new_page()

    async def take(self, page: Page, name: str, width: int) -> None:
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            # Canvases follow the theme a frame later.
            await page.wait_for_timeout(REPAINTED_MS)
            save(await page.screenshot(), f"{name}-{width}-{theme}")


def save(picture: bytes, name: str) -> None:
    """Write a picture of 256 colours: a quarter of the size, and the eye hardly sees it."""
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    # Not the median cut: it takes the rare and loud colours from a quiet page.
    small = whole.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{name}.png", optimize=True)
