"""The OpenAPI document: valid, complete, and true to every answer."""

import asyncio
import re
from typing import Any

import httpx
import openapi_spec_validator
import param
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from dashboard.api.base import NotFoundHandler
from dashboard.api.openapi import document
from dashboard.api.routes import ROUTES
from dashboard.settings import Settings
from sources.filters import EventFilter
from tests.waiting import LIMIT_S

TOKEN = "a-token-for-the-tests"
EVENT = {"event_type": "agent_request", "source": "orchestrator", "data": {"agent": "billing"}}
KEYED = {"json": EVENT, "headers": {"Idempotency-Key": "bad key"}}
LINE = b'{"event_type":"a","source":"s"}'
NDJSON = {"Content-Type": "application/x-ndjson"}
DOCUMENT = document(Settings(), EventFilter)
OPERATIONS = [
    (method, path)
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if method in ("get", "post")
]
ANSWERS = [
    ("GET", "/health", {}, 200),
    ("GET", "/ready", {}, 200),
    ("GET", "/metrics", {}, 200),
    ("GET", "/api/metrics", {}, 200),
    ("GET", "/openapi.json", {}, 200),
    ("GET", "/docs", {}, 200),
    ("GET", "/api/events/history", {}, 200),
    ("GET", "/api/events/history?ids=true&limit=1", {}, 200),
    ("GET", "/api/events/history?after=5-0", {}, 200),
    ("GET", "/api/events/history?limit=0&after=x&colour=1", {}, 422),
    ("POST", "/api/events/filter", {"json": {"limit": 1.0, "time_range": "15m"}}, 200),
    ("POST", "/api/events/filter", {"json": {"limit": 0}}, 422),
    ("POST", "/api/events/filter", {"content": b"{"}, 400),
    ("POST", "/api/events/filter", {"content": b"a=1", "headers": {"Content-Type": "a/b"}}, 415),
    ("GET", "/api/events/rejected", {}, 200),
    ("GET", "/api/events/rejected?limit=0", {}, 422),
    ("GET", "/api/events/export?format=csv", {}, 200),
    ("GET", "/api/events/export?format=ndjson", {}, 200),
    ("GET", "/api/events/export?format=parquet", {}, 200),
    ("GET", "/api/events/export", {}, 422),
    ("GET", "/api/events/stream?after=x", {}, 422),
    ("GET", "/api/events/stream", {"headers": {"Last-Event-ID": "x"}}, 422),
    ("POST", "/api/events", {"json": EVENT}, 202),
    ("POST", "/api/events", {"json": [EVENT, EVENT]}, 202),
    ("POST", "/api/events", {"content": LINE, "headers": NDJSON}, 202),
    ("POST", "/api/events", {"json": [EVENT, {}]}, 422),
    ("POST", "/api/events", KEYED, 422),
    ("POST", "/api/events", {"content": b"[" * 9999}, 400),
    ("POST", "/api/events", {"content": b"", "headers": {"Content-Type": "text/plain"}}, 415),
    ("POST", "/api/events", {"content": b" " * 5_000_000}, 413),
    ("POST", "/api/test/publish-event", {"json": {}}, 200),
    ("POST", "/api/test/publish-event", {"json": {"priority": "urgent"}}, 422),
    ("POST", "/api/test/publish-event", {"content": b""}, 400),
    ("POST", "/api/test/publish-event", {"content": b"", "headers": {"Content-Type": "a/b"}}, 415),
    ("GET", "/ws/tester", {}, 426),
]  # fmt: skip


def template_of(path):
    """Return the path of the document that a request's path belongs to."""
    path = path.partition("?")[0]
    return "/ws/{client_id}" if path.startswith("/ws/") else path


def resolved(node):
    while "$ref" in node:
        found = DOCUMENT
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def validator_of(schema):
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def check(answer: httpx.Response, method, path):
    """Hold an answer to what the document says of its status."""
    operation = DOCUMENT["paths"][template_of(path)][method.lower()]
    described = resolved(operation["responses"][str(answer.status_code)])
    content_type = answer.headers["Content-Type"].partition(";")[0]
    media = described["content"][content_type]
    value = answer.json() if content_type == "application/json" else answer.text
    validator_of(media["schema"]).validate(value)
    for name, header in described.get("headers", {}).items():
        if name in answer.headers:
            text = answer.headers[name]
            shown = int(text) if resolved(header)["schema"].get("type") == "integer" else text
            Draft202012Validator(resolved(header)["schema"]).validate(shown)


def test_the_document_is_valid():
    openapi_spec_validator.validate(DOCUMENT)


def examples():
    """Give every example of a request body, with the schema that it is to fit."""
    for method, path in OPERATIONS:
        content = DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {})
        for media in content.values():
            given = [one["value"] for one in media.get("examples", {}).values()]
            given += [media["example"]] if "example" in media else []
            yield from ((path, example, media["schema"]) for example in given)


@pytest.mark.parametrize(("path", "example", "schema"), list(examples()))
def test_an_example_is_valid(path, example, schema):
    validator_of(schema).validate(example)


def test_every_route_is_in_the_document_and_nothing_else():
    served = {
        (method, re.sub(r"\(\[.*\]\*\)", "{client_id}", route).replace("\\", ""))
        for route, handler, _ in ROUTES
        if handler is not NotFoundHandler
        for method in ("get", "post")
        if getattr(handler, method) is not NotFoundHandler.post
    }

    assert set(OPERATIONS) == served


async def test_the_server_gives_the_document_with_its_own_limits(start_embedded):
    server = await start_embedded(max_history_size=50, max_batch=7)

    given = (await server.http.get("/openapi.json")).json()

    history = given["paths"]["/api/events/history"]["get"]["parameters"]
    assert history[0]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 50, "default": 50,
    }  # fmt: skip
    body = given["paths"]["/api/events"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["anyOf"][1]["maxItems"] == 7
    assert "security" not in given


async def test_a_token_is_demanded_in_the_document_where_the_server_needs_one(start_embedded):
    server = await start_embedded(api_token=TOKEN)

    refused = await server.http.get("/openapi.json")
    given = (await server.http.get(f"/openapi.json?token={TOKEN}")).json()

    assert refused.status_code == 401
    openapi_spec_validator.validate(given)
    assert given["security"] == [{"bearer": []}, {"query": []}, {"cookie": []}]
    cookie = given["components"]["securitySchemes"]["cookie"]["name"]
    assert cookie == f"dashboard_token_{server.server.port}"
    assert given["paths"]["/health"]["get"]["security"] == []
    assert "401" in given["paths"]["/api/events"]["post"]["responses"]
    assert "401" not in given["paths"]["/ready"]["get"]["responses"]


class PlatformFilter(EventFilter):
    tenant = param.String(default="", doc="Whose events.")
    retries = param.Integer(default=0, bounds=(0, 9))
    regions = param.ListSelector(default=[], objects=["eu", "us"])
    tier: Any = param.Selector(default=None, objects=["free", "paid"])
    is_slow = param.Boolean(default=False)
    tags = param.List(default=[])
    share = param.Number(default=0.5, bounds=(0, None))


ACCEPTED = [
    {"tenant": "a"}, {"tenant": None}, {"retries": 3}, {"regions": ["eu"]}, {"regions": []},
    {"tier": "free"}, {"is_slow": True}, {"tags": ["x"]}, {"share": 1.5}, {"time_range": "15m"},
    {"time_range": "all"}, {"time_range": ""}, {"time_range": {"start": "2024-02-29T00:00:00"}},
    {"time_range": {"end": "2016-12-31T23:59:60Z", "start": None}}, {"priority": ["low"]}, {},
]  # fmt: skip
REFUSED = [
    {"tenant": 1}, {"retries": 10}, {"retries": True}, {"regions": ["asia"]}, {"tier": "gold"},
    {"is_slow": "yes"}, {"tags": [1]}, {"share": -1}, {"time_range": "soon"}, {"colour": 1},
    {"time_range": {"start": "yesterday"}}, {"time_range": {"since": "x"}}, {"priority": "low"},
    {"time_range": {"start": "2024-13-01T00:00:00Z"}}, {"priority": ["urgent"]},
    {"search": "x" * 1025},
]  # fmt: skip


@pytest.mark.parametrize("value", [*ACCEPTED, *REFUSED], ids=str)
def test_the_schema_of_a_platforms_own_filter_agrees_with_its_reader(value):
    passes = value in ACCEPTED
    made = document(Settings(), PlatformFilter)
    body = made["paths"]["/api/events/filter"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]

    assert Draft202012Validator(schema).is_valid(value) is passes
    if passes:
        PlatformFilter.from_json(value)
    else:
        with pytest.raises(ValueError, match=r"."):
            PlatformFilter.from_json(value)


def test_a_platforms_own_filter_is_in_the_query():
    made = document(Settings(), PlatformFilter)

    names = {one["name"] for one in made["paths"]["/api/events/stream"]["get"]["parameters"]}

    openapi_spec_validator.validate(made)
    assert set(PlatformFilter.fields()) <= names


@pytest.mark.parametrize(("method", "path", "request_", "status"), ANSWERS)
async def test_an_answer_is_as_the_document_says(start_embedded, method, path, request_, status):
    server = await start_embedded(max_history_size=3)
    await server.publish_many(5)

    answer = await server.http.request(method, path, **request_)

    assert answer.status_code == status, answer.text
    check(answer, method, path)


def test_every_operation_has_answers_to_hold_it_to():
    covered = {
        (method.lower(), template_of(path), str(status)) for method, path, _, status in ANSWERS
    }
    described = {
        (method, path, status)
        for method, path in OPERATIONS
        for status in DOCUMENT["paths"][path][method]["responses"]
    }

    assert covered <= described
    elsewhere = {"101", "403", "413", "429", "503"}
    assert {one for one in described - covered if one[2] not in elsewhere} == {
        ("get", "/api/events/stream", "200"),
        ("get", "/ws/{client_id}", "400"),
        ("get", "/ws/{client_id}", "422"),
    }


async def test_a_foreign_origin_is_refused_as_the_document_says(start_embedded):
    server = await start_embedded()

    for method, path in OPERATIONS:
        answer = await server.http.request(
            method.upper(), path, headers={"Origin": "https://foreign.example"}
        )
        assert answer.status_code == 403
        check(answer, method, path)


async def test_what_is_away_or_full_is_refused_as_the_document_says(
    start_on_redis, redis_server, error_log
):
    server = await start_on_redis(publish_rate_limit=1, max_connections=1)
    await server.joined()
    await server.publish("a")
    fast = await server.http.post("/api/events", json=EVENT)
    full = await server.http.get("/api/events/stream")

    redis_server.kill()
    ready = await server.http.get("/ready")
    async with asyncio.timeout(LIMIT_S):
        while ready.status_code == 200:
            ready = await server.http.get("/ready")

    assert fast.status_code == 429
    check(fast, "post", "/api/events")
    assert full.status_code == 503
    check(full, "get", "/api/events/stream")
    assert ready.status_code == 503
    check(ready, "get", "/ready")
    check(await server.http.get("/health"), "get", "/health")
    for path in ("/api/events/history?before=9-9", "/api/events/rejected"):
        away = await server.http.get(path)
        assert away.status_code == 503, path
        check(away, "get", path)
