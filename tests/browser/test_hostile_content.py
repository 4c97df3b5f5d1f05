"""What publishers write stays text: in every field, in every view, with and without the policy."""

import json
import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit, sessions_of
from tests.browser.hostile import TEXTS, TYPES, watched
from tests.waiting import until

# All that the drawer shows, in one look: each text as it stands in the page, then the raw view.
SHOWN = """drawer => {
    const texts = selector => [...drawer.querySelectorAll(selector)].map(node => node.textContent)
    const shown = {
        trace: texts('.trace .dim bdi'), strings: texts('.string bdi'), keys: texts('.key bdi'),
        filters: texts('.by bdi'),
    }
    drawer.querySelector('.seg [data-value=raw]').click()
    return {...shown, raw: drawer.querySelector('pre.json').textContent}
}"""
LAST = re.compile(r"[^\s'\"\ufeff]+")
REFUSED = {"detail": [{"loc": ["query"], "msg": text, "type": "x"} for text in TEXTS.values()]}
PHONE = {"width": 390, "height": 844}
# What a summary leaves out, as it stands in one line: marks of direction and blanks.
BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\xa0\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def event_of(text: str, event_type: str = "agent_request", **keys: object) -> dict[str, object]:
    """An event with ``text`` in every field that takes any."""
    data = {
        "agent": text,
        "action": text,
        "message": text,
        "correlation_id": text,
        "error": {"kind": text, "message": text},
        text: [text, {text: text}],
    }
    return {"event_type": event_type, "source": text[:128], "data": data, **keys}


@pytest.fixture(params=[False, True], ids=["behind the policy", "without the policy"])
async def stage(request, browser, start_on_redis, redis_server):
    """A server whose log, rejects and clients are as bad as they come; a page to look at them."""
    server = await start_on_redis()
    events = [event_of(text) for text in TEXTS.values()]
    events += [event_of(text, "agent_error", priority="critical") for text in TEXTS.values()]
    events += [event_of("x", event_type) for event_type in TYPES]
    answer = await server.http.post("/api/events", json=events)
    assert answer.status_code == 202, answer.text
    client = redis_server.client()
    for text in TEXTS.values():
        client.xadd("events", {"event": text})
        client.xadd("events", {"event_type": "a", "source": "s", "priority": text, text: text})
    for name in ("__proto__", "constructor", "javascript:1"):
        await server.joined(name, f"?search={TEXTS['a formula of mathematics'][:8]}")
    await until(lambda: server.hub.source.rejected_total == 2 * len(TEXTS))
    async with watched(browser, bypass_csp=request.param) as watch:
        visit = Visit(await watch.context.new_page())
        yield server, watch, visit
        await watch.check(visit.page, server.server.url.removeprefix("http://"))
        assert visit.errors == []
    await until(lambda: not any(session.connection_count for session in sessions_of(server)))


async def texts(locator):
    return set(await locator.all_text_contents())


async def test_the_table_the_menus_and_the_charts(stage):
    server, _, visit = stage
    await visit.go(server.server.page_url)
    page = visit.page
    count = 2 * len(TEXTS) + len(TYPES)
    await expect(page.locator("#matched")).to_contain_text(f"{count} of {count}")
    await expect(visit.cell(0, "type")).to_have_text(TYPES[-1])

    await page.locator("#search").fill('type:"agent_request"')
    await expect(visit.rows).to_have_count(len(TEXTS))
    assert await texts(visit.rows.locator(".c-source > bdi")) == set(TEXTS.values())
    assert await texts(visit.rows.locator(".c-agent bdi")) == set(TEXTS.values())
    actions = await texts(visit.rows.locator(".c-text b bdi"))
    assert actions >= {BLANKS.sub(" ", text) for text in TEXTS.values() if len(text) <= 80}

    await page.locator("#types-button").click()
    await expect(page.locator("#types-menu .option")).not_to_have_count(0)
    assert await texts(page.locator("#types-menu .option .type bdi")) >= set(TYPES)
    await page.keyboard.press("Escape")
    await page.locator("#sources-button").click()
    await expect(page.locator("#sources-menu .option")).to_have_count(len(TEXTS) + 1)
    assert await texts(page.locator("#sources-menu .option > bdi")) == {*TEXTS.values(), "x"}
    await page.locator("#sources-menu .menu-filter").fill("<script>")
    await page.keyboard.press("Escape")

    await page.locator("#search").fill("")
    await page.locator("#tab-analytics").click()
    await expect(page.locator("#source-bars button").first).to_be_visible()
    shown = await page.locator("#source-bars button").evaluate_all("all => all.map(b => b.title)")
    assert set(shown) <= {*TEXTS.values(), "x"}
    for chart in ("rate", "prio", "types"):
        box = await page.locator(f"#chart-{chart}").bounding_box()
        for part in (0.2, 0.5, 0.9):
            await page.mouse.move(box["x"] + part * box["width"], box["y"] + part * box["height"])
    assert await page.title() == "Event monitor"


async def test_the_agents_and_the_health_of_the_process(stage):
    server, _, visit = stage
    await visit.go(f"{server.server.page_url}?tab=agents")
    page = visit.page

    await expect(page.locator("#agent-rows tr")).to_have_count(len(TEXTS) + 1)
    assert await texts(page.locator("#agent-rows .name bdi")) == {*TEXTS.values(), "x"}
    titles = await page.locator("#agent-rows .name").evaluate_all("all => all.map(n => n.title)")
    assert set(titles) == {*TEXTS.values(), "x"}

    await page.locator("#tab-health").click()
    await expect(page.locator("#client-rows tr")).to_have_count(3)
    assert "__proto__" in await texts(page.locator("#client-rows bdi"))
    raw = " ".join(await texts(page.locator("#rejected pre")))
    reasons = " ".join(await texts(page.locator("#rejected .why")))
    assert "a very long name"[-4:] in raw or TEXTS["a constructor"] in raw
    assert "priority" in reasons


@pytest.mark.timeout(120)
async def test_the_drawer_its_tree_its_trace_and_what_is_copied(stage):
    server, watch, visit = stage
    await watch.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.page
    await visit.go(f"{server.server.page_url}?event_types=agent_error")
    await expect(visit.rows).to_have_count(len(TEXTS))
    drawer = page.locator("#drawer")

    for place, text in enumerate(reversed(TEXTS.values())):
        await visit.cell(place, "type").click()
        await expect(drawer.locator(".facts bdi").first).to_have_text(text)
        await expect(drawer.locator(".trace li")).to_have_count(2)
        await expect(drawer.locator(".string bdi").first).to_be_visible()
        shown = await drawer.evaluate(SHOWN)
        quoted = json.dumps(text, ensure_ascii=False)
        assert text in shown["trace"]
        assert quoted in shown["strings"]
        assert quoted in shown["keys"]
        assert text in shown["filters"]
        raw = json.loads(shown["raw"])
        assert raw["message"] == raw[text][1][text] == text

    await drawer.locator(".drawer-copy button").first.click()
    await expect(page.locator("#toast")).to_have_text("JSON copied")
    copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert copied["source"] == next(iter(TEXTS.values()))


async def test_filters_by_a_text_in_the_bar_the_address_and_the_sheet(stage):
    server, _, visit = stage
    page = visit.page
    await visit.go(server.server.page_url)

    for text in TEXTS.values():
        await page.locator("#search").fill(text)
        await page.keyboard.press("Enter")
        await expect(page.locator("#chips .chip bdi").last).to_contain_text(LAST.findall(text)[-1])
    await page.locator("#search").fill("")
    await page.set_viewport_size(PHONE)
    await page.locator("#sheet-button").click()
    await expect(page.locator("#sheet .pick").first).to_be_visible()
    for more in await page.locator("#sheet .pick", has_text=re.compile(r"\d+ more")).all():
        await more.click()
    assert await texts(page.locator("#sheet .pick bdi")) >= {*TEXTS.values(), *TYPES}
    script = TEXTS["a script"]
    await page.locator("#sheet .pick", has_text=script).first.click()
    await page.locator("#sheet .sheet-foot button").click()
    chip = page.locator("#chips .chip").first
    assert await chip.get_attribute("title") is not None
    await visit.go(f"{server.server.page_url}?sources=<img src=x onerror=window.ran=1>")
    await expect(page.locator("#chips .chip bdi")).to_have_text("<img src=x onerror=window.ran=1>")
    await expect(page.locator("#nomatch")).to_contain_text("<img src=x onerror=window.ran=1>")


async def test_an_export_and_the_words_about_it(stage):
    server, _, visit = stage
    page = visit.page
    await visit.go(f"{server.server.page_url}?event_types=agent_error")
    await expect(visit.rows).to_have_count(len(TEXTS))
    await page.locator("#export-button").click()

    async with page.expect_download() as download:
        await page.locator("#export-menu").get_by_text("NDJSON").click()

    lines = (await (await download.value).path()).read_text("utf-8").splitlines()
    assert [json.loads(line)["source"] for line in lines] == list(TEXTS.values())
    await page.route("**/api/events/export*", lambda route: route.fulfill(status=422, json=REFUSED))
    await page.locator("#export-button").click()
    await page.locator("#export-menu").get_by_text("CSV").click()
    await expect(page.locator("#export-menu .field-error")).to_contain_text(TEXTS["an image"])


async def test_the_form_for_a_test_event_and_what_is_said_of_it(stage):
    server, _, visit = stage
    page = visit.page
    await visit.go(server.server.page_url)
    await page.locator(".topbar > [data-act=test]").click()
    dialog = page.locator("#test-dialog")

    for text in TEXTS.values():
        await dialog.get_by_label("Type").fill(f"{text} ")
        await dialog.get_by_label("Source").fill(text[:128])
        await dialog.get_by_label("Data").fill(json.dumps({text: text}))
        async with page.expect_response("**/publish-event"):
            await dialog.get_by_label("Source").press("Enter")
        await expect(page.locator("#test-error-event_type")).to_contain_text("event_type")
    await expect(dialog.get_by_text("Send", exact=True)).to_be_enabled()
    await dialog.get_by_label("Data").fill(TEXTS["an image"])
    await dialog.get_by_label("Source").press("Enter")
    await expect(page.locator("#test-error-data")).to_contain_text("Not JSON")


@pytest.mark.parametrize("text", [TEXTS["an image"], TEXTS["a prototype"]])
async def test_nothing_in_an_address_runs(server, open_page, text):
    query = f"?search={text}&sources={text}&priority={text}&tab={text}&event={text}&{text}=1"

    visit = await open_page(server.server.page_url + query.replace("#", "%23"))

    await expect(visit.page.locator("#toast")).to_contain_text(text[:20])
    assert await visit.page.evaluate("window.ran") is None


async def test_the_page_of_the_api(stage):
    server, _, visit = stage
    page = visit.page
    await page.goto(f"{server.server.url}/docs#readHistory")
    operation = page.locator("#readHistory")

    await operation.locator("summary", has_text="Try it").click()
    await operation.get_by_label("limit").fill("12")
    await operation.locator("button", has_text="Send").click()

    await expect(operation.locator(".answer b")).to_have_text("200")
    answer = await operation.locator(".answer .code").text_content()
    assert {event["source"] for event in json.loads(answer)} > {TEXTS["a constructor"], "x"}
