import pytest

from dashboard.page.commands import ask_source, publish_test_event


@pytest.mark.parametrize("value", [None, {}])
async def test_a_test_event_needs_nothing(hub, value):
    answer = await publish_test_event(hub, value)

    (entry,) = hub.log.newest(1)
    assert answer.tone == "ok"
    assert (entry.event_type, entry.source) == ("test", "dashboard")


async def test_a_test_event_is_as_it_was_given(hub):
    given = {"event_type": "alerts", "source": "me", "priority": "critical", "data": {"a": 1}}

    await publish_test_event(hub, given)

    (entry,) = hub.log.newest(1)
    assert (entry.event_type, entry.source, entry.priority) == ("alerts", "me", "critical")
    assert entry.data == {"a": 1}


@pytest.mark.parametrize(
    ("value", "named"),
    [({"priority": "urgent"}, "urgent"), ([1], "JSON object"), ({"nonsense": 1}, "nonsense")],
)
async def test_a_test_event_that_is_wrong_is_refused_in_words(hub, value, named):
    answer = await publish_test_event(hub, value)

    assert answer.tone == "bad"
    assert named in answer.text
    assert len(hub.log) == 0


async def test_the_source_is_asked_whether_it_answers(hub):
    assert (await ask_source(hub)).tone == "ok"
