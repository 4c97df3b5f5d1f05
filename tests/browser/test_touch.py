"""The page under a finger, on a screen the size of a phone."""

import time

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit, sessions_of
from tests.browser.states import EVENTS, PHONE, publish_examples
from tests.waiting import until

HEIGHT = 844
SMALLEST_PX = 24


@pytest.fixture
async def visit(server, browser):
    await publish_examples(server)
    context = await browser.new_context(
        viewport={"width": PHONE, "height": HEIGHT}, has_touch=True, is_mobile=True
    )
    visit = Visit(await context.new_page())
    await visit.go(server.server.page_url)
    await expect(visit.rows.first).to_be_visible()
    yield visit
    assert visit.errors == []
    await context.close()
    await until(lambda: not any(session.connection_count for session in sessions_of(server)))


async def swipe(page, up_px, steps=10):
    """Move a finger up the screen, as the system would tell it.

    It rests before it leaves: else the page would glide on, and the next tap only stop it.
    """
    session = await page.context.new_cdp_session(page)
    began_s = time.time()

    async def touch(kind, after_s, *points):
        told = {"type": kind, "timestamp": began_s + after_s, "touchPoints": [*points]}
        await session.send("Input.dispatchTouchEvent", told)

    start = {"x": PHONE / 2, "y": HEIGHT - 60}
    await touch("touchStart", 0, start)
    for step in range(1, steps + 1):
        at = {**start, "y": start["y"] - up_px * step / steps}
        await touch("touchMove", step / 60, at)
    await touch("touchEnd", 2)


async def test_filters_are_chosen_in_a_sheet_from_below(visit):
    page = visit.page
    await page.locator("#sheet-button").tap()
    sheet = await page.locator("#sheet").bounding_box()
    assert sheet["y"] + sheet["height"] == pytest.approx(HEIGHT, abs=1)
    assert sheet["width"] == PHONE

    for name in ("critical", "high", "normal"):
        await page.locator("#sheet .toggle", has_text=name.capitalize()).tap()
    await page.locator("#sheet .sheet-foot button", has_text="Show 2 events").tap()

    await expect(page.locator("#sheet")).to_be_hidden()
    await expect(page.locator("#sheet-button .count")).to_have_text("1")
    await expect(page.locator("#matched")).to_contain_text(f"2 of {len(EVENTS)}")
    await page.locator("#chips .chip button").tap()
    await expect(page.locator("#matched")).to_contain_text(f"{len(EVENTS)} of {len(EVENTS)}")


async def test_an_event_opens_from_below_and_closes(visit):
    page = visit.page
    drawer = page.locator("#drawer")
    for way in ("its button", "beside it", "back"):
        await page.locator("#events .ev", has_text="Timeout").tap()
        await expect(drawer.locator(".trace li")).to_have_count(2)
        box = await drawer.bounding_box()
        assert box["y"] + box["height"] == pytest.approx(HEIGHT, abs=1)
        assert box["y"] < 0.2 * HEIGHT

        if way == "its button":
            await drawer.get_by_label("Close detail").tap()
        elif way == "beside it":
            await page.touchscreen.tap(PHONE / 2, 30)
        else:
            await page.go_back()

        await expect(drawer).to_be_hidden()


async def test_what_is_in_a_detail_is_scrolled_there_and_filtered_by(visit):
    page = visit.page
    await page.locator("#events .ev", has_text="Timeout").tap()
    await expect(page.locator("#drawer .trace li")).to_have_count(2)

    await swipe(page, 400)

    await page.wait_for_function("document.querySelector('#drawer .drawer-body').scrollTop > 0")
    assert await page.evaluate("scrollY") == 0
    await page.locator("#drawer .by button", has_text="critical").tap()
    await expect(page.locator("#matched")).to_contain_text(f"1 of {len(EVENTS)}")


async def test_the_page_scrolls_under_a_finger_and_holds_what_is_new(visit, server):
    page = visit.page
    await server.publish_many(60)
    await expect(page.locator("#matched")).to_contain_text(f"{len(EVENTS) + 60}")

    await swipe(page, 600)
    await swipe(page, 600)
    await page.wait_for_function("scrollY > 500")
    await server.publish("meanwhile")

    newbar = page.locator("#newbar")
    await expect(newbar).to_contain_text("1 new event")
    await newbar.tap()
    await expect(visit.cell(0, "text")).to_contain_text("meanwhile")


async def test_what_the_top_bar_has_no_room_for_is_behind_one_button(visit):
    page = visit.page
    await page.locator("[popovertarget=more-menu]").tap()
    await page.locator("#more-menu [data-act=theme]").tap()

    await expect(page.locator("#more-menu")).to_be_hidden()
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"


async def test_nothing_to_be_touched_is_too_small(visit):
    small = """least => [...document.querySelectorAll('button, a, input, [role=tab], [role=row]')]
        .filter(node => node.checkVisibility({visibilityProperty: true}))
        .map(node => [node.id || node.textContent || node.ariaLabel, node.getBoundingClientRect()])
        .filter(([, box]) => box.right > 0 && box.bottom > 0 && box.width > 1)
        .filter(([, box]) => box.width < least || box.height < least)
        .map(([name]) => name)"""

    assert await visit.page.evaluate(small, SMALLEST_PX) == []


async def test_a_line_of_the_data_is_touched_for_what_can_be_done_with_it(visit):
    page = visit.page
    await page.locator("#events .ev", has_text="Timeout").tap()
    line = page.locator("#drawer .json .line", has=page.get_by_text('"kind"'))

    await line.tap()
    await line.get_by_label("Filter by this").tap()

    await expect(page.locator("#chips .chip")).to_contain_text("data.error.kind:Timeout")
    await expect(page.locator("#matched")).to_contain_text(f"1 of {len(EVENTS)}")


async def test_a_range_of_ones_own_is_chosen_from_the_sheet(visit):
    page = visit.page
    await page.locator("#sheet-button").tap()
    await page.locator("#sheet .seg button", has_text="Custom").tap()
    form = page.locator("#range-menu")
    box = await form.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= HEIGHT

    await form.get_by_role("button", name="Apply").tap()

    await expect(form).to_be_hidden()
    await expect(page.locator("#chips .chip")).to_contain_text("time")


async def test_long_and_foreign_names_stay_within_the_screen(visit, server):
    page = visit.page
    names = (
        "name_without_an_end_" * 6,
        "\u0641\u0627\u062a\u0648\u0631\u0629 " * 15,
        "\U0001f98a" * 60,
    )
    for name in names:
        data = {"agent": name, "action": name, name: {name: name}, "correlation_id": name}
        await server.publish("", source=name.strip(), event_type="agent_request", data=data)
    await expect(page.locator("#matched")).to_contain_text(f"{len(EVENTS) + len(names)} of")

    for row in range(len(names)):
        await page.locator(f'#events .ev[aria-rowindex="{row + 2}"]').tap()
        await expect(page.locator("#drawer .took.open")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE
        wide = "node => node.scrollWidth > node.clientWidth"
        assert not await page.locator("#drawer").evaluate(wide)
        assert not await page.locator("#drawer .drawer-head").evaluate(wide)
        await page.locator("#drawer").get_by_label("Close detail").tap()
