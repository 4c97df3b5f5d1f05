"""The documented REST interface, over real HTTP."""

import asyncio

import pytest

EVENT = {"event_type": "agent_request", "source": "orchestrator", "data": {"agent": "billing"}}


async def test_health_is_healthy_and_counts_the_connections(server):
    await server.joined()

    answer = await server.http.get("/health")

    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "healthy"
    assert body["websocket_manager"] == "available"
    assert body["active_connections"] == 1
    assert body["timestamp"].endswith("Z")


async def test_ready_once_the_history_is_loaded(server):
    assert (await server.http.get("/ready")).status_code == 200


async def test_metrics_before_and_after_an_event(server):
    before = (await server.http.get("/api/metrics")).json()
    client = await server.joined()
    await server.publish("one")
    await client.receive()

    after = (await server.http.get("/api/metrics")).json()

    assert before["last_activity"] is None
    assert before["event_history_size"] == 0
    assert after["last_activity"].endswith("Z")
    assert after["event_history_size"] == 1
    assert after["active_connections"] == 1
    assert after["total_connections"] == 1
    assert after["events_sent"] == 1
    assert after["delivery_ms"]["p99"] is not None


async def test_history_gives_the_newest_events_oldest_first_in_five_keys(server):
    await server.publish("a", "b", "c")

    events = (await server.http.get("/api/events/history?limit=2")).json()

    assert [event["data"]["text"] for event in events] == ["b", "c"]
    assert list(events[0]) == ["event_type", "data", "timestamp", "source", "priority"]


async def test_history_is_limited_to_100_by_default(server):
    await server.publish_many(120)

    assert len((await server.http.get("/api/events/history")).json()) == 100


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1.5", ""])
async def test_a_limit_out_of_range_is_refused(server, limit):
    answer = await server.http.get(f"/api/events/history?limit={limit}")

    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault["loc"] == ["query", "limit"]
    assert "1 to 1000" in fault["msg"]


async def test_history_pages_forward_by_after(server):
    ids = await server.publish_many(5)

    answer = await server.http.get(f"/api/events/history?after={ids[1]}&limit=2")

    assert [event["id"] for event in answer.json()] == ids[2:4]
    assert "X-Gap" not in answer.headers


async def test_history_says_how_many_are_missing(start_embedded):
    server = await start_embedded(max_history_size=3)
    ids = await server.publish_many(10)

    counted = await server.http.get(f"/api/events/history?after={ids[1]}")
    foreign = await server.http.get("/api/events/history?after=5-0")

    assert counted.headers["X-Gap"] == "5"
    assert [event["id"] for event in counted.json()] == ids[7:]
    assert foreign.headers["X-Gap"] == "unknown"


async def test_history_pages_backward_by_before(server):
    ids = await server.publish_many(5)

    answer = await server.http.get(f"/api/events/history?before={ids[3]}&limit=2")

    assert [event["id"] for event in answer.json()] == ids[1:3]


async def test_a_long_answer_comes_whole_and_compressed_and_others_have_their_turn(
    monkeypatch, start_embedded
):
    monkeypatch.setattr("dashboard.scan.TURN_S", 0.0)
    server = await start_embedded(max_history_size=5000)
    ids = [id for _ in range(3) for id in await server.publish_many(1000)]

    history, filtered, health = await asyncio.gather(
        server.http.get("/api/events/history?limit=2500&ids=true"),
        server.http.post("/api/events/filter", json={"search": "-nothing"}),
        server.http.get("/health"),
    )
    head = await server.http.head("/api/events/history?limit=2500&ids=true")

    assert [event["id"] for event in history.json()] == ids[500:]
    assert history.headers["Content-Encoding"] == "gzip"
    assert filtered.json()["matched"] == len(filtered.json()["events"]) == 3000
    assert filtered.json()["filters"] == {"search": "-nothing"}
    assert health.status_code == head.status_code == 200
    assert head.content == b""


async def test_a_client_that_leaves_a_long_answer_harms_nobody(start_embedded):
    server = await start_embedded(max_history_size=5000)
    for _ in range(5):
        await server.publish_many(1000)

    async with server.http.stream("GET", "/api/events/history?limit=5000") as answer:
        assert answer.status_code == 200

    assert (await server.http.get("/api/events/history?limit=1")).status_code == 200


async def test_history_takes_the_filter_in_the_query(server):
    await server.publish("a", priority="high")
    await server.publish("b")
    await server.publish("c", priority="critical")

    answer = await server.http.get("/api/events/history?priority=high&priority=critical&limit=1")

    assert [event["data"]["text"] for event in answer.json()] == ["c"]


async def test_an_unknown_query_parameter_is_named(server):
    answer = await server.http.get("/api/events/history?event_type=test")

    assert answer.status_code == 422
    assert "event_types" in answer.json()["detail"][0]["msg"]


async def test_the_filter_answers_with_what_it_looked_at(server):
    await server.publish("a", "b", "c")
    await server.publish("d", priority="high")

    answer = await server.http.post(
        "/api/events/filter", json={"priority": ["normal"], "search": "-data.text:a", "limit": 1}
    )

    body = answer.json()
    assert answer.status_code == 200
    assert [event["data"]["text"] for event in body["events"]] == ["c"]
    assert (body["matched"], body["searched"]) == (2, 4)
    assert body["filters"] == {"priority": ["normal"], "search": "-data.text:a"}


async def test_the_filter_s_limit_may_be_any_number_and_its_query_none(server):
    await server.publish("a", "b")

    all_of_it = await server.http.post("/api/events/filter", json={"limit": 10**9})
    refused = await server.http.post("/api/events/filter?priority=low", json={})

    assert len(all_of_it.json()["events"]) == 2
    assert refused.status_code == 422


async def test_an_empty_filter_gives_everything(server):
    await server.publish("a", "b")

    body = (await server.http.post("/api/events/filter", json={})).json()

    assert (len(body["events"]), body["filters"]) == (2, {})


async def test_a_filter_that_cannot_be_read_is_refused_with_every_fault(server):
    answer = await server.http.post("/api/events/filter", json={"colour": 1, "priority": ["x"]})

    assert answer.status_code == 422
    places = [fault["loc"] for fault in answer.json()["detail"]]
    assert sorted(map(str, places)) == ["['body', 'colour']", "['body', 'priority', 0]"]


async def test_a_test_event_is_published_to_all(server):
    client = await server.joined()

    answer = await server.http.post("/api/test/publish-event", json={"data": {"x": 1}})

    body = answer.json()
    assert answer.status_code == 200
    assert body["status"] == "published"
    assert body["event"]["event_type"] == "test"
    assert body["event"]["source"] == "dashboard"
    assert await client.receive() == body["event"]


async def test_a_batch_enters_whole_or_not_at_all(server):
    answer = await server.http.post("/api/events", json=[EVENT, {**EVENT, "priority": "urgent"}])

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", 1, "priority"]
    assert (await server.http.get("/api/events/history")).json() == []


async def test_ndjson_enters_line_by_line(server):
    lines = b'{"event_type":"a","source":"s"}\n\n{"event_type":"b","source":"s"}\n'

    answer = await server.http.post(
        "/api/events", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert len(answer.json()["ids"]) == 2


async def test_a_line_that_is_no_json_is_named_by_its_index(server):
    answer = await server.http.post(
        "/api/events",
        content=b'{"event_type":"a","source":"s"}\n{"event',
        headers={"Content-Type": "application/x-ndjson"},
    )

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", 1]


async def test_a_batch_over_its_size_is_refused(start_server):
    server = await start_server(max_batch=2)

    answer = await server.http.post("/api/events", json=[EVENT] * 3)

    assert answer.status_code == 422
    assert "at most 2" in answer.json()["detail"][0]["msg"]


async def test_a_retried_request_enters_once(server):
    headers = {"Idempotency-Key": "k1"}

    first = await server.http.post("/api/events", json=EVENT, headers=headers)
    again = await server.http.post("/api/events", json=EVENT, headers=headers)
    other = await server.http.post("/api/events", json=[EVENT], headers=headers)

    assert first.json() == again.json()
    assert other.status_code == 422
    assert len((await server.http.get("/api/events/history")).json()) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"null", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_a_bad_body_gets_its_status_and_a_detail(server, content, content_type, status):
    answer = await server.http.post(
        "/api/events", content=content, headers={"Content-Type": content_type}
    )

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["detail"]


async def test_another_method_gets_405_with_what_is_allowed(server):
    answer = await server.http.delete("/api/events/history")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["detail"]


async def test_head_and_options_are_answered(server):
    head = await server.http.head("/health")
    options = await server.http.options("/api/events")

    assert (head.status_code, head.content) == (200, b"")
    assert (options.status_code, options.headers["Allow"]) == (204, "POST, OPTIONS")


@pytest.mark.parametrize("path", ["/api/nothing", "/nothing", "/api", "/ws", "/api/events/x"])
async def test_an_unknown_address_gets_404_in_json(server, path):
    answer = await server.http.get(path)

    assert answer.status_code == 404
    assert "nothing at this address" in answer.json()["detail"]


async def test_the_root_leads_to_the_page(server):
    answer = await server.http.get("/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/dashboard"


async def test_the_page_may_be_asked_about_without_making_a_session(server):
    head = await server.http.head("/dashboard")
    options = await server.http.options("/dashboard")

    assert (head.status_code, head.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert server.server._server.get_sessions("/dashboard") == []
    assert (await server.http.head("/")).status_code == 302


async def test_batches_that_come_at_once_enter_whole_while_others_are_served(
    monkeypatch, start_embedded
):
    monkeypatch.setattr("dashboard.scan.TURN_S", 0.0)
    server = await start_embedded(max_history_size=5000)
    batches = [
        [{"event_type": "t", "source": name, "data": {"n": n}} for n in range(500)]
        for name in "abc"
    ]

    answers = await asyncio.gather(
        *(server.http.post("/api/events", json=batch) for batch in batches),
        server.http.post("/api/events", json={"event_type": "t", "source": "single"}),
    )
    history = await server.http.get("/api/events/history?limit=5000&ids=true")

    assert [answer.status_code for answer in answers] == [202] * 4
    events = history.json()
    assert len(events) == 1501
    for answer, batch in zip(answers, batches, strict=False):
        places = [at for at, event in enumerate(events) if event["source"] == batch[0]["source"]]
        assert places == list(range(places[0], places[0] + 500))
        assert [events[at]["id"] for at in places] == answer.json()["ids"]
        assert [events[at]["data"] for at in places] == [event["data"] for event in batch]
