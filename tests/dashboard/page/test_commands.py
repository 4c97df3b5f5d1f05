from dashboard.page.commands import ask_source


async def test_the_source_is_asked_whether_it_answers(hub):
    assert (await ask_source(hub)).tone == "ok"
