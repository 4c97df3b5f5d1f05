"""Every message of a WebSocket is one that the AsyncAPI document describes."""

import pytest

from tests.asyncapi import DOCUMENT, payload_of, validator_of

STATUSES = {
    "connected": "Connected",
    "filter_applied": "FilterApplied",
    "published": "Published",
    "gap": "Gap",
    "error": "Error",
}


def check(message):
    """Hold a message to its schema; returns which one it is."""
    is_word = message["event_type"] == "connection" and message["source"] == "dashboard"
    name = STATUSES[message["data"]["status"]] if is_word else "Event"
    validator_of(payload_of(name)).validate(message)
    return name


async def test_a_whole_conversation_is_described(start_server):
    server = await start_server(max_history_size=3, stream_maxlen=3)
    await server.publish_many(300)
    client = await server.connect(query="?after=1-0&ids=true")
    heard = [check(await client.receive()) for _ in range(3)]

    for example in (*examples("Filter"), *examples("Publish")):
        await client.send(**example)
    await client.send(type="hello")
    while heard[-1] != "Error":
        heard.append(check(await client.receive()))

    assert heard[:3] == ["Connected", "Gap", "Event"]
    assert set(heard) == {"Event", *STATUSES.values()}


def examples(name):
    return [one["payload"] for one in DOCUMENT["components"]["messages"][name]["examples"]]


@pytest.mark.parametrize("message", ["Filter", "Publish"])
async def test_what_the_document_lets_a_client_say_is_taken(start_embedded, message):
    server = await start_embedded()
    client = await server.joined()

    for example in examples(message):
        validator_of(payload_of(message)).validate(example)
        await client.send(**example)

    for _ in examples(message):
        names = {check(await client.receive()) for _ in range(1 if message == "Filter" else 2)}
        assert "Error" not in names


async def test_parameters_of_the_address_are_those_of_the_document(start_embedded):
    server = await start_embedded()
    query = DOCUMENT["channels"]["events"]["bindings"]["ws"]["query"]["properties"]

    client = await server.joined(query="?after=1-0&history=0&ids=true")

    assert set(query) == {"after", "history", "ids", "token"}
    assert client.connection.close_code is None
