from playwright.async_api import expect

from tests.browser.conftest import model_of
from tests.waiting import until


async def test_an_event_is_a_row_at_once(server, visit):
    await server.publish("first light")

    await expect(visit.rows).to_have_count(1)
    await expect(visit.cell(0, "text")).to_contain_text("first light")
    await expect(visit.cell(0, "type")).to_have_text("test")
    await expect(visit.cell(0, "source")).to_contain_text("tester")


async def test_a_page_without_events_says_how_to_publish_until_one_comes(server, visit):
    empty = visit.page.locator("#empty")
    await expect(empty).to_be_visible()

    await visit.page.locator("#empty [data-act=test]").click()
    await expect(visit.page.locator("#test-dialog")).to_be_visible()
    await visit.page.keyboard.press("Enter")

    await expect(empty).to_be_hidden()
    await expect(visit.cell(0, "source")).to_contain_text("dashboard")
    await expect(visit.page.locator("#toast")).to_contain_text("Test event published")


async def test_the_newest_event_stands_first_past_the_end_of_the_kept_rows(server, visit):
    for start in range(0, 2400, 800):
        await server.publish(*(f"event {number}" for number in range(start, start + 800)))

    await server.publish("the last of all")

    await expect(visit.cell(0, "text")).to_contain_text("the last of all")
    await expect(visit.page.locator("#total")).to_have_text("2,401")
    await expect(visit.page.locator("#matched")).to_contain_text("2,401")


async def test_a_selected_event_stays_selected_while_others_push_it_out(server, visit):
    (chosen,) = await server.publish("chosen")
    await visit.rows.first.click()
    await expect(visit.page.locator("#drawer")).to_contain_text(chosen)

    for start in range(0, 1600, 800):
        await server.publish(*map(str, range(start, start + 800)))

    await expect(visit.page.locator("#total")).to_have_text("1,601")
    await expect(visit.page.locator("#drawer")).to_contain_text(chosen)
    assert await visit.page.evaluate("new URLSearchParams(location.search).get('event')") == chosen


async def test_a_linked_event_opens_beside_the_table(server, open_page):
    await server.publish("before")
    (linked,) = await server.publish("linked", data={"note": "by address", "amount": 1860.00})

    visit = await open_page(f"{server.server.page_url}?event={linked}")

    drawer = visit.page.locator("#drawer")
    await expect(drawer).to_contain_text("by address")
    await expect(drawer).to_contain_text("1860.0")


async def test_a_linked_event_that_is_gone_says_so(server, open_page):
    visit = await open_page(f"{server.server.page_url}?event=1705314600000-0")

    await expect(visit.page.locator("#drawer")).to_contain_text("no longer retained")


async def test_a_request_is_shown_with_its_response(server, visit):
    asked = {"agent": "billing", "action": "charge", "correlation_id": "c-1"}
    await server.publish("", event_type="agent_request", source="orchestrator", data=asked)
    await visit.rows.first.click()
    steps = visit.page.locator("#drawer .trace li")
    await expect(steps).to_have_count(1)
    await expect(steps.first).to_contain_text("open")

    answer = {"agent": "billing", "action": "charge", "correlation_id": "c-1", "message": "done"}
    await server.publish("", event_type="agent_response", source="billing", data=answer)

    await expect(steps).to_have_count(2)
    await expect(steps.first).not_to_contain_text("open")


async def test_a_hidden_page_is_sent_nothing_and_is_whole_again_when_seen(server, visit):
    received = 0

    def count(_: object) -> None:
        nonlocal received
        received += 1

    visit.page.on("websocket", lambda socket: socket.on("framereceived", count))
    await visit.go(server.server.page_url)
    hide = """state => {
      Object.defineProperty(document, 'hidden', {configurable: true, get: () => state})
      document.dispatchEvent(new Event('visibilitychange'))
    }"""
    await visit.page.evaluate(hide, True)
    await until(lambda: model_of(server).hidden)
    before = received

    await server.publish(*map(str, range(50)))
    await until(lambda: server.hub.log.total == 50)
    assert received - before <= 4

    await visit.page.evaluate(hide, False)

    await expect(visit.cell(0, "text")).to_contain_text("49")
