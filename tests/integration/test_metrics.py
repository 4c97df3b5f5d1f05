"""Prometheus reads what we say, and publishing too fast is told."""

import os

from prometheus_client.parser import text_string_to_metric_families

from tests.waiting import until


async def scraped(server):
    answer = await server.http.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_prometheus_reads_the_figures(server):
    client = await server.joined()
    await server.publish("a", "b")
    await client.receive_many(2)
    await server.http.post("/api/events", json={"event_type": "x", "source": "s", "priority": "?"})
    await server.http.get("/api/events/history")

    figures = await scraped(server)

    assert figures["dashboard_events_received_total",] == 2
    assert figures["dashboard_events_delivered_total",] == 2
    assert figures["dashboard_connections", "ws"] == 1
    assert figures["dashboard_refused_events_total", "enum", "http"] == 1
    assert figures["dashboard_delivery_seconds_count",] == 2
    assert figures["dashboard_request_seconds_count", "2xx", "GET", "History"] == 1
    assert figures["dashboard_source_up",] == 1
    assert figures["process_resident_memory_bytes",] > 0


async def test_metrics_name_the_process_that_answers(server):
    process = (await server.http.get("/api/metrics")).json()["process"]
    figures = await scraped(server)

    assert process["pid"] == os.getpid()
    assert process["id"] == f"{process['host']}:{os.getpid()}"
    labels = (process["id"], process["host"], str(os.getpid()))
    assert figures["dashboard_process_info", *sorted(labels)] == 1


async def test_publishing_too_fast_gets_429_and_an_error(start_server):
    server = await start_server(publish_rate_limit=2)
    client = await server.joined(query="?sources=nobody")
    await server.publish("a", "b")

    refused = await server.http.post("/api/test/publish-event", json={})
    await client.send(type="publish", event={"event_type": "t", "source": "s"})

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert "2 events a second" in (await client.word("error"))["message"]
    await until(lambda: len(server.hub.log) == 2)


async def test_what_redis_brought_and_was_set_aside_counts_by_reason(start_on_redis, redis_server):
    server = await start_on_redis()
    with redis_server.client() as redis:
        redis.xadd("events", {"event": "{"})
        redis.xadd("events", {"event_type": "a", "source": "s", "priority": "urgent"})
    await until(lambda: server.hub.source.rejected_total == 2)

    figures = await scraped(server)

    assert figures["dashboard_rejected_events_total", "json_invalid"] == 1
    assert figures["dashboard_rejected_events_total", "enum"] == 1
