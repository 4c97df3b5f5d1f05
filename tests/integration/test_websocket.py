"""The documented WebSocket interface, with a foreign client."""

import asyncio
import json
import socket
import struct

import pytest
import websockets

from tests.fixtures.server import TIMEOUT_S
from tests.waiting import until


def texts(events):
    return [event["data"]["text"] for event in events]


async def test_a_client_is_greeted_and_gets_every_later_event_in_the_documented_form(server):
    (last,) = await server.publish("before")
    client = await server.connect("billing-audit")

    greeting = await client.receive()
    await server.publish("after")
    event = await client.receive()

    assert greeting["event_type"] == "connection"
    assert greeting["source"] == "dashboard"
    assert greeting["data"] == {
        "status": "connected", "client_id": "billing-audit", "last_id": last
    }  # fmt: skip
    assert list(event) == ["event_type", "data", "timestamp", "source", "priority"]
    assert event["data"] == {"text": "after"}


async def test_in_an_empty_log_the_last_id_is_null(server):
    client = await server.connect()

    assert (await client.word("connected"))["last_id"] is None


async def test_a_filter_holds_for_every_event_after_its_word(server):
    client = await server.joined()

    await client.send(type="filter", filters={"priority": ["high"]})
    applied = await client.word("filter_applied")
    await server.publish("low one", priority="low")
    await server.publish("high one", priority="high")

    assert applied["filters"] == {"priority": ["high"]}
    assert (await client.receive())["data"]["text"] == "high one"


async def test_an_empty_filter_removes_it(server):
    client = await server.joined(query="?sources=nobody")

    await client.send(type="filter", filters={})
    assert (await client.word("filter_applied"))["filters"] == {}
    await server.publish("any")

    assert texts([await client.receive()]) == ["any"]


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("{", "not JSON"),
        ("[]", "JSON object"),
        ('"x"', "JSON object"),
        ('{"type": "subscribe"}', "filter or publish"),
        ("{}", "filter or publish"),
        ('{"type": "filter"}', "filters"),
        ('{"type": "filter", "filters": []}', "JSON object"),
        ('{"type": "filter", "filters": {"colour": 1}}', "colour"),
        ('{"type": "filter", "filters": {"priority": ["urgent"]}}', "low, normal, high, critical"),
        ('{"type": "publish"}', "event"),
        ('{"type": "publish", "event": {"event_type": "a"}}', "source is missing"),
        (b"\x00", "not binary"),
    ],
)
async def test_an_invalid_message_gets_an_error_and_the_earlier_filter_stays(server, message, says):
    client = await server.joined(query="?sources=wanted")

    await client.connection.send(message)
    error = await client.word("error")
    await server.publish("not this", source="other")
    await server.publish("this", source="wanted")

    assert says in error["message"]
    assert texts([await client.receive()]) == ["this"]


async def test_a_client_publishes_and_is_told_the_id(server):
    client = await server.joined(query="?sources=nobody")

    for number in range(3):
        await client.send(
            type="publish", event={"event_type": "t", "source": "me", "data": {"n": number}}
        )
    words = [await client.word("published") for _ in range(3)]

    history = (await server.http.get("/api/events/history?ids=true")).json()
    assert [word["id"] for word in words] == [event["id"] for event in history]
    assert [event["data"]["n"] for event in history] == [0, 1, 2]


async def test_resume_sends_what_was_missed_then_goes_on_live(server):
    ids = await server.publish("a", "b", "c")

    client = await server.joined(query=f"?after={ids[0]}")
    await server.publish("d")

    events = await client.receive_many(3)
    assert texts(events) == ["b", "c", "d"]
    assert [event["id"] for event in events][:2] == ids[1:]


async def test_client_that_fell_behind_is_told_what_it_missed(start_embedded):
    server = await start_embedded(max_history_size=10)
    first = await server.publish_many(5)
    later = await server.publish_many(11)

    client = await server.connect(query=f"?after={first[-1]}")
    await client.word("connected")

    gap = await client.word("gap")
    assert gap == {"status": "gap", "after": first[-1], "resumed_from": later[1], "missed": 1}
    assert len(await client.receive_many(10)) == 10


@pytest.mark.parametrize("after", ["5-0", "9999999999999-0"])
async def test_an_id_that_is_not_of_this_log_gives_a_gap_then_everything(start_embedded, after):
    server = await start_embedded()
    ids = await server.publish("a", "b")

    client = await server.joined(query=f"?after={after}")

    gap = await client.word("gap")
    assert (gap["missed"], gap["resumed_from"]) == (None, ids[0])
    assert texts(await client.receive_many(2)) == ["a", "b"]


async def test_an_id_beyond_an_empty_log_still_gets_what_comes(server):
    client = await server.joined(query="?after=9999999999999-0")

    gap = await client.word("gap")
    await server.publish("first")

    assert (gap["missed"], gap["resumed_from"]) == (None, None)
    assert texts([await client.receive()]) == ["first"]


async def test_history_sends_the_newest_that_pass_first(server):
    await server.publish("a", "b", "c", "d")

    client = await server.joined(query="?history=2&search=-data.text:d")

    assert texts(await client.receive_many(2)) == ["b", "c"]


@pytest.mark.parametrize(
    "query",
    ["?after=x", "?after=", "?history=-1", "?history=x", "?history=1001", "?ids=maybe", "?colour=1",
     "?priority=urgent"],
)  # fmt: skip
async def test_a_bad_query_is_refused_before_the_upgrade(server, query):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await server.connect(query=query)

    assert refused.value.response.status_code == 422
    assert json.loads(refused.value.response.body)["detail"][0]["loc"][0] == "query"


@pytest.mark.parametrize("client_id", ["", "a b", "x" * 129, "%C3%A4"])
async def test_a_bad_client_id_is_refused_before_the_upgrade(server, client_id):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await server.connect(client_id.replace(" ", "%20"))

    assert refused.value.response.status_code == 422


async def test_the_same_id_takes_the_place_of_the_older_connection(start_server):
    server = await start_server(max_connections=1)
    older = await server.joined("same")

    newer = await server.joined("same")
    await server.publish("x")

    assert await older.closed() == 4001
    assert texts([await newer.receive()]) == ["x"]


async def test_over_the_limit_a_client_is_refused_until_one_leaves(start_server):
    server = await start_server(max_connections=1)
    first = await server.joined("first")

    with pytest.raises(websockets.InvalidStatus) as refused:
        await server.connect("second")
    await first.connection.close()

    assert refused.value.response.status_code == 503
    assert await server.joined("second")


async def test_a_message_that_is_too_big_closes_with_1009(server):
    client = await server.joined()

    await client.connection.send("x" * 2_000_000)

    assert await client.closed() == 1009


async def test_a_message_that_is_too_big_closes_with_1009_amid_events(server):
    client = await server.joined()

    async def go_on():
        while True:
            await server.publish(*"abcde")

    busy = asyncio.create_task(go_on())
    try:
        await client.receive_many(20)
        await client.connection.send("x" * 2_000_000)
        assert await client.closed() == 1009
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)


@pytest.mark.parametrize("address", ["/ws/brief", "/api/events/stream"])
async def test_clients_that_go_at_once_leave_no_place_taken(server, address):
    request = (
        f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    for number in range(60):
        client = socket.create_connection(("127.0.0.1", server.server.port))
        # Closed so, the other side is reset, whatever it was about to do.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(request[: len(request) - number % 2])
        for _ in range(number % 5):
            await asyncio.sleep(0)
        client.close()

    late = await server.joined("late")
    await server.publish("a")

    assert (await late.receive())["data"] == {"text": "a"}
    await until(lambda: len(server.hub.connections) == 1)
    assert server.hub.connections._reserved == 0
    assert [reader.id for reader in server.hub.fanout.readers] == ["late"]


async def test_a_message_of_the_largest_size_is_read(server):
    client = await server.joined()

    await client.connection.send("x" * (65_536 + 1024))

    assert "not JSON" in (await client.word("error"))["message"]


async def test_a_client_that_does_not_answer_pings_is_closed(start_server):
    server = await start_server(ping_interval=0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.port)
    writer.write(
        b"GET /ws/mute HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )

    async with asyncio.timeout(TIMEOUT_S):
        while await reader.read(65_536):
            pass

    assert len(server.hub.connections) == 0
    writer.close()


async def test_a_client_that_takes_nothing_is_closed_and_holds_up_nobody(start_server):
    server = await start_server(slow_client_timeout=0.5)
    slow = await server.joined("slow")
    slow.connection.transport.pause_reading()
    healthy = await server.joined("healthy")

    async with asyncio.timeout(TIMEOUT_S):
        while len(server.hub.connections) > 1:
            await server.publish(*["x" * 50_000] * 20)
            await healthy.receive_many(20)
    slow.connection.transport.resume_reading()
    assert await slow.closed() == 1013


async def test_shutdown_closes_with_1001(start_server):
    server = await start_server()
    client = await server.joined()

    await server.hub.stop()

    assert await client.closed() == 1001
