"""The page by keyboard alone: all can be reached, is seen where it is, and does what it says."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.states import EVENTS, publish_examples

# What has the focus, inside of shadow roots too, and whether one sees it there.
FOCUS = """() => {
    let node = document.activeElement
    while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
    const box = node.getBoundingClientRect()
    const {outlineStyle, outlineWidth} = getComputedStyle(node)
    const {boxShadow} = getComputedStyle(node.closest('.search') ?? node)
    const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0
    return {
        name: node.id || node.getAttribute('aria-label') || node.textContent.trim().slice(0, 40),
        isNothing: node === document.body,
        isSeen: box.width > 0 && box.height > 0,
        isRinged: isOutlined || boxShadow.includes(' 3px'),
        within: [...document.querySelectorAll('[id]')]
            .filter(part => part.contains(document.activeElement)).map(part => part.id),
    }
}"""
MOST_STOPS = 120


class Keys:
    """Presses keys, and holds that the focus is somewhere, and can be seen, after each."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def focus(self) -> dict:
        focus: dict = await self.page.evaluate(FOCUS)
        assert not focus["isNothing"], focus
        assert focus["isSeen"], focus
        assert focus["isRinged"], focus
        return focus

    async def press(self, *keys: str) -> dict:
        for key in keys:
            await self.page.keyboard.press(key)
        return await self.focus()

    async def reach(self, part: str, key: str = "Tab") -> dict:
        """Go on until the focus is within the part of this id."""
        for _ in range(MOST_STOPS):
            focus = await self.press(key)
            if part in focus["within"]:
                return focus
        raise AssertionError(f"{part} is not reached by {key}")


@pytest.fixture
async def keys(server, context, open_page):
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await publish_examples(server)
    visit = await open_page(server.server.page_url)
    await expect(visit.rows).to_have_count(len(EVENTS))
    # Names and charts come after the rows.
    await expect(visit.page.locator("#bars")).to_contain_text("per bar")
    return Keys(visit.page)


async def test_from_the_first_key_to_the_answer(keys):
    page = keys.page
    rows = page.locator("#events .ev:not([hidden])")
    drawer = page.locator("#drawer")

    first = await keys.press("Tab")
    assert first["name"] == "Skip to events"
    assert "events" in (await keys.press("Enter"))["within"]

    assert "search" in (await keys.press("/"))["within"]
    await page.keyboard.type("charge")
    await keys.press("Enter")
    await expect(rows).to_have_count(2)
    assert "events" in (await keys.press("Escape"))["within"]

    await keys.press("j")
    await keys.press("Enter")
    await expect(drawer).to_contain_text("Timeout")
    await keys.press("j")
    await expect(drawer).to_contain_text("agent_request")
    await keys.press("k")
    await expect(drawer).to_contain_text("Timeout")
    # What can be copied comes with the rest of the event.
    await expect(drawer.get_by_role("button", name="JSON")).to_be_enabled()

    await keys.reach("drawer")
    while (await keys.press("Tab"))["name"] != "JSON":
        pass
    await keys.press("Enter")
    await expect(page.locator("#toast")).to_have_text("JSON copied")
    tree = drawer.get_by_role("tree")
    while not await tree.evaluate("node => node.contains(document.activeElement)"):
        await keys.press("Tab")
    lines = await tree.get_by_role("treeitem").count()
    await keys.press("ArrowLeft")
    await expect(tree.get_by_role("treeitem")).to_have_count(1)
    await keys.press("ArrowRight")
    await expect(tree.get_by_role("treeitem")).to_have_count(lines)
    await keys.press("ArrowDown")
    await keys.press("c")
    assert await page.evaluate("navigator.clipboard.readText()") == "billing"

    assert "events" in (await keys.press("Escape"))["within"]
    await expect(drawer).to_be_hidden()


async def test_from_event_to_event_in_the_drawer(keys):
    page = keys.page
    title = page.locator("#drawer .drawer-title")
    await keys.press("/")
    await keys.press("Escape", "Home", "Enter")
    await expect(title).to_contain_text("run")

    await keys.reach("drawer")
    while (await keys.press("Tab"))["name"] != "Older event":
        pass
    assert (await keys.press("Enter"))["name"] == "Older event"
    await expect(title).to_contain_text("charge")
    await expect(page.locator("#drawer .trace li")).to_have_count(2)
    assert (await keys.focus())["name"] == "Older event"
    while "trace" not in await page.evaluate(
        "document.activeElement.parentNode.parentNode.className"
    ):
        await keys.press("Tab")
    await keys.press("Enter")

    await expect(page.locator("#drawer .type")).to_have_text("agent_request")
    assert "drawer" in (await keys.focus())["within"]
    assert "events" in (await keys.press("Escape"))["within"]


async def test_views_menus_theme_and_help(keys):
    page = keys.page
    await keys.press("/")
    assert "tabs" in (await keys.reach("tabs", "Shift+Tab"))["within"]
    for name in ("analytics", "agents", "health"):
        assert (await keys.press("ArrowRight"))["name"] == f"tab-{name}"
        await expect(page.locator(f"#panel-{name}")).to_be_visible()
    await keys.press("Home")
    await expect(page.locator("#panel-events")).to_be_visible()

    while (await keys.press("Tab"))["name"] != "types-button":
        pass
    await keys.press("Enter")
    await expect(page.locator("#types-menu")).to_be_visible()
    await keys.press("ArrowDown")
    await keys.press("o")
    await expect(page.locator("#chips .chip")).to_have_count(1)
    assert (await keys.press("Escape"))["name"] == "types-button"

    dark = await page.evaluate("document.documentElement.dataset.theme")
    await keys.press("t")
    assert await page.evaluate("document.documentElement.dataset.theme") != dark
    await keys.press("z")
    await expect(page.locator("#toast")).to_contain_text("Times: UTC")
    assert "keys-dialog" in (await keys.press("?"))["within"]
    assert (await keys.press("Escape"))["name"] == "types-button"


async def test_a_range_of_ones_own(keys):
    page = keys.page
    await keys.press("/")
    while (await keys.press("Tab"))["name"] != "Custom":
        pass
    assert "range-menu" in (await keys.press("Enter"))["within"]

    focus = await keys.press("Enter")

    assert focus["name"] == "Custom"
    await expect(page.locator("#range-menu")).to_be_hidden()
    await expect(page.locator("#chips .chip")).to_contain_text("time")
    await keys.reach("chips")
    assert "search" in (await keys.press("Enter"))["within"]
    await expect(page.locator("#chips")).to_be_hidden()


async def test_who_leaves_the_search_has_the_keys_of_a_table_that_flows(keys, server):
    await keys.press("/")
    assert "events" in (await keys.press("Escape"))["within"]

    await server.publish("meanwhile")
    await expect(keys.page.locator("#events .ev", has_text="meanwhile")).to_be_visible()
    await expect(keys.page.locator("#newbar")).to_be_hidden()

    await keys.press("ArrowDown")
    await server.publish("later")
    await expect(keys.page.locator("#newbar")).to_contain_text("1 new event")


async def test_who_moves_by_letter_from_anywhere_goes_on_by_the_arrows(keys):
    page = keys.page
    chosen = page.locator("#events .ev[aria-selected=true]")

    assert "events" in (await keys.press("j"))["within"]
    await expect(chosen).to_contain_text(EVENTS[-1][0])
    await keys.press("End")
    await expect(chosen).to_contain_text(EVENTS[0][0])
    await keys.press("ArrowUp")

    await expect(chosen).to_contain_text(EVENTS[1][0])


async def test_space_holds_the_table_and_catches_up(keys, server):
    await keys.press("/")
    await keys.press("Escape")

    await keys.press(" ")
    await expect(keys.page.locator("#pill b")).to_have_text("Paused")
    await server.publish("meanwhile")
    await expect(keys.page.locator("#newbar")).to_contain_text("1 new event")
    await keys.press(" ")

    await expect(keys.page.locator("#events .ev", has_text="meanwhile")).to_be_visible()


@pytest.mark.parametrize("tab", ["events", "analytics", "agents", "health"])
async def test_every_stop_on_the_way_is_seen(keys, tab):
    await keys.page.locator(f"#tab-{tab}").click()
    panel = keys.page.locator(f"#panel-{tab}")
    await expect(panel).to_be_visible()
    if await panel.locator(".chart").count():
        # What stands below a chart moves until it is there.
        await expect(panel.locator(".chart canvas").last).to_be_visible()
    await keys.page.locator(".skip").focus()
    stops = [(await keys.press("Tab"))["name"] for _ in range(3)]

    while stops[-1] != stops[0] and len(stops) < MOST_STOPS:
        await keys.page.keyboard.press("Tab")
        if await keys.page.evaluate("document.activeElement === document.body"):
            break
        stops.append((await keys.focus())["name"])

    assert 10 < len(stops) < MOST_STOPS
    assert f"tab-{tab}" in stops
