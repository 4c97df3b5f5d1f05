from playwright.async_api import expect


async def test_an_event_is_sent_as_it_was_filled_in_and_opened_from_the_toast(server, visit):
    await server.publish("an earlier one")
    page = visit.page
    await page.locator(".topbar > [data-act=test]").click()
    dialog = page.locator("#test-dialog")
    await dialog.get_by_label("Type").fill("deploy_started")
    await dialog.get_by_label("Source").fill("me")
    await dialog.get_by_label("Priority").select_option("critical")
    await dialog.get_by_label("Data").fill('{"message": "by hand", "n": 12345678901234567890}')

    await dialog.get_by_label("Source").press("Enter")

    await expect(dialog).to_be_hidden()
    await expect(visit.cell(0, "text")).to_contain_text("by hand")
    (entry,) = server.hub.log.newest(1)
    assert (entry.event_type, entry.source, entry.priority) == ("deploy_started", "me", "critical")
    await page.locator("#toast .toast", has_text=str(entry.id)).get_by_text("Open").click()
    await expect(page.locator("#drawer")).to_contain_text("12345678901234567890")
    await expect(page.locator("#toast")).to_be_hidden()

    await page.locator(".topbar > [data-act=test]").click()
    await expect(dialog.get_by_label("Type")).to_have_value("deploy_started")


async def test_what_is_wrong_is_said_beside_its_field(server, visit):
    page = visit.page
    await page.locator(".topbar > [data-act=test]").click()
    dialog = page.locator("#test-dialog")
    kind = dialog.get_by_label("Type")
    await kind.fill("no spaces, please")

    await kind.press("Enter")

    await expect(page.locator("#test-error-event_type")).to_contain_text("event_type")
    await expect(kind).to_be_focused()
    assert len(server.hub.log) == 0

    await kind.fill("spaces_gone")
    await kind.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(visit.rows).to_have_count(1)


async def test_an_example_of_the_syntax_is_tried_by_a_click(server, visit):
    await server.publish("a heartbeat", "a message")
    await expect(visit.rows).to_have_count(2)
    await visit.page.get_by_label("Search syntax").first.click()

    await visit.page.get_by_text("-heartbeat", exact=True).click()

    await expect(visit.rows).to_have_count(1)
    await expect(visit.page.locator("#search")).to_have_value("-heartbeat")
    await expect(visit.page.locator("#search")).to_be_focused()
    await expect(visit.page.locator("#syntax")).to_be_hidden()
