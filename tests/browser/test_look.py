"""The page as its reader's system wants it: theme, contrast, transparency, motion, size."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.states import STATES, publish_examples
from tests.colours import Colour, Theme

TABS = ("events", "analytics", "agents", "health")
# 320 is what remains of 1280 at 400 %, 720 of 1440 at 200 %.
WIDTHS = (320, 390, 720, 820, 1024, 1240, 1440)

# Whether a chart has drawn in a colour, edges of letters included.
DRAWN = """([chart, wanted]) => {
    const canvases = node => [...node.querySelectorAll('*')].flatMap(child =>
        child.matches('canvas') ? [child] : child.shadowRoot ? canvases(child.shadowRoot) : [])
    const has = canvas => {
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] > 120 && wanted.every((value, n) => Math.abs(value - data[i + n]) < 5))
                return true
        return false
    }
    return canvases(document.querySelector(chart)).some(canvas => canvas.width && has(canvas))
}"""
# What lies behind each surface, and whether it is blurred.
SURFACES = """() => [...document.querySelectorAll('.glass, .pop')].map(node => {
    const {backgroundColor, backdropFilter} = getComputedStyle(node)
    return [backgroundColor, backdropFilter]
})"""
BLURRED = """() => [...document.querySelectorAll('body *')]
    .filter(node => !node.matches('.pop') && getComputedStyle(node).backdropFilter !== 'none')
    .map(node => node.className)"""
MOVING = "document.getAnimations().filter(a => a.playState === 'running').length"
THEME = "document.documentElement.dataset.theme"
WITHOUT_FILTER = """() => {
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    const rule = rules.find(rule => rule.conditionText?.includes('not ((backdrop-filter'))
    document.head.append(Object.assign(document.createElement('style'), {
        textContent: [...rule.cssRules].map(inner => inner.cssText).join(''),
    }))
}"""
INKS = (
    "['--ink', '--ink-2', '--ink-3'].map(n => getComputedStyle(document.body).getPropertyValue(n))"
)


async def has_drawn(page: Page, chart: str, colour: Colour) -> None:
    await page.wait_for_function(DRAWN, arg=[chart, list(colour[:3])])


async def feature(page: Page, name: str, value: str) -> None:
    """Tell the page a wish of its reader that Playwright knows nothing of."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setEmulatedMedia", {"features": [{"name": name, "value": value}]})


async def is_solid(page: Page) -> bool:
    surfaces: list[list[str]] = await page.evaluate(SURFACES)
    return bool(surfaces) and all(colour.startswith("rgb(") for colour, _ in surfaces)


@pytest.fixture
async def page(server, open_page) -> Page:
    await publish_examples(server)
    visit = await open_page(server.server.page_url)
    await expect(visit.rows).not_to_have_count(0)
    opened: Page = visit.page
    return opened


@pytest.mark.parametrize("tab", ["events", "analytics"])
async def test_the_theme_is_switched_at_once_and_in_the_charts_too(page, tab):
    light, dark = Theme("light"), Theme("dark")
    name, colours = {
        "events": ("#chart-hist", ("p-normal", "ink-3")),
        "analytics": ("#chart-types", ("t-request", "ink-3")),
    }[tab]
    await page.locator(f"#tab-{tab}").click()
    await page.evaluate("window.markOfThisLoad = true")
    for colour in colours:
        await has_drawn(page, name, light[colour])

    await page.locator("[data-act=theme]").first.click()

    assert await page.evaluate(THEME) == "dark"
    for colour in colours:
        await has_drawn(page, name, dark[colour])
    assert await page.evaluate("window.markOfThisLoad")

    await page.keyboard.press("t")

    for colour in colours:
        await has_drawn(page, name, light[colour])


async def test_charts_of_a_tab_first_opened_in_the_dark_are_dark(page):
    await page.keyboard.press("t")

    await page.locator("#tab-analytics").click()

    await has_drawn(page, "#chart-types", Theme("dark")["t-request"])


async def test_the_system_is_followed_while_the_page_is_open_until_one_chooses(page):
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(f"() => {THEME} === 'dark'")
    await has_drawn(page, "#chart-hist", Theme("dark")["p-normal"])

    await page.keyboard.press("t")
    await expect(page.locator("#toast")).to_have_text("Theme: light")
    await page.emulate_media(color_scheme="light")
    await page.emulate_media(color_scheme="dark")

    assert await page.evaluate(THEME) == "light"


async def test_a_chosen_theme_is_kept_and_stands_before_the_first_paint(page, context):
    await page.keyboard.press("t")
    await context.add_init_script("""addEventListener('DOMContentLoaded', () => {
        window.themeOfTheFirstPaint = document.documentElement.dataset.theme
    })""")

    await page.reload()

    assert await page.evaluate("window.themeOfTheFirstPaint") == "dark"
    await has_drawn(page, "#chart-hist", Theme("dark")["p-normal"])


async def test_glass_is_blurred_and_solid_where_one_wants_less_transparency(page):
    assert not await is_solid(page)

    await feature(page, "prefers-reduced-transparency", "reduce")

    assert await is_solid(page)
    assert {blur for _, blur in await page.evaluate(SURFACES)} == {"none"}


async def test_only_the_top_bar_is_blurred_and_only_where_content_passes_under_it(page):
    assert await page.evaluate(BLURRED) == []

    await page.set_viewport_size({"width": 820, "height": 400})
    await page.evaluate("scrollTo(0, 100)")
    await page.wait_for_function(f"() => ({BLURRED})().join() === 'topbar glass'")

    await page.evaluate("scrollTo(0, 0)")
    await page.wait_for_function(f"() => ({BLURRED})().length === 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_more_contrast_is_solid_and_has_one_ink(page, scheme):
    await page.emulate_media(contrast="more", color_scheme=scheme)

    assert await is_solid(page)
    assert len(set(await page.evaluate(INKS))) == 1


async def test_a_browser_that_cannot_blur_gets_solid_surfaces(page):
    await page.evaluate(WITHOUT_FILTER)

    assert await is_solid(page)


async def test_nothing_moves_for_one_who_wants_less_motion(page, server):
    assert await page.evaluate(MOVING) > 0

    await page.emulate_media(reduced_motion="reduce")
    await server.publish("a new row")
    await expect(page.locator("#events .ev.new")).to_contain_text("a new row")

    assert await page.evaluate(MOVING) == 0


async def test_with_colours_of_the_system_states_can_still_be_told_apart(page):
    await page.emulate_media(forced_colors="active")
    await page.locator("#events .ev").first.click()
    style = (
        "node => { const s = getComputedStyle(node); return [s.backgroundColor, s.borderTopWidth] }"
    )

    async def style_of(selector: str) -> list[Any]:
        found: list[Any] = await page.locator(selector).first.evaluate(style)
        return found

    for on, off in (
        ("#tab-events", "#tab-health"),
        ('#range [aria-pressed="true"]', '#range [aria-pressed="false"]'),
        ('.ev[aria-selected="true"]', '.ev[aria-selected="false"]'),
    ):
        assert (await style_of(on))[0] != (await style_of(off))[0], on
    for control in ("#pause", "#types-button", ".toggle", "#search-box"):
        assert (await style_of(control))[1] != "0px", control
    led = await page.locator("#pill .led").evaluate("n => getComputedStyle(n).backgroundColor")
    canvas = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert led != canvas


async def test_a_chart_that_is_pressed_gets_no_ring(page):
    ring = "node => getComputedStyle(node).outlineStyle"
    events = page.locator("#chart-hist .bk-events")
    await has_drawn(page, "#chart-hist", Theme("light")["p-normal"])
    box = await page.locator("#chart-hist").bounding_box()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    await page.mouse.down()

    assert await events.evaluate("node => node.getRootNode().activeElement === node")
    assert await events.evaluate(ring) == "none"
    await page.mouse.up()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    assert await events.evaluate("node => node.getRootNode().activeElement === node")
    assert await events.evaluate(ring) != "none"


async def narrow(page: Page, width: int) -> None:
    """Give the window this width, and wait until nothing is wider."""
    await page.set_viewport_size({"width": width, "height": 800})
    # A chart is drawn anew a moment later.
    await page.wait_for_function(
        "width => document.documentElement.scrollWidth === width", arg=width
    )


@pytest.mark.parametrize("tab", TABS)
async def test_no_page_is_wider_than_its_window(page, tab):
    await page.locator(f"#tab-{tab}").click()
    await expect(page.locator(f"#panel-{tab}")).to_be_visible()

    for width in WIDTHS:
        await narrow(page, width)


async def test_that_nothing_matches_stands_between_the_end_of_the_rows_and_the_foot(page, server):
    await STATES["nothing-matches"].arrange(page, server)

    for width in WIDTHS:
        await narrow(page, width)
        end, words, foot = [
            await page.locator(what).bounding_box()
            for what in (".ev-break:not([hidden])", "#nomatch h2", ".tfoot")
        ]
        assert end["y"] + end["height"] <= words["y"], width
        assert words["y"] + words["height"] <= foot["y"], width


@pytest.mark.parametrize(
    ("name", "opened"), [("event", "#drawer"), ("nothing-matches", "#nomatch")]
)
async def test_what_opens_fits_as_well(page, server, name, opened):
    await STATES[name].arrange(page, server)

    for width in WIDTHS:
        await narrow(page, width)
        box = await page.locator(opened).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
