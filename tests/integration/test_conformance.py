"""Every address answers every method, and every mistake, in the one documented form."""

import asyncio
import gzip
from typing import Any

import pytest

from dashboard.api.openapi import document
from dashboard.settings import Settings
from sources.filters import EventFilter
from tests.fixtures.door import read_answer

PATHS = document(Settings(), EventFilter)["paths"]
READ = [path for path, item in PATHS.items() if "get" in item and path != "/ws/{client_id}"]
WRITTEN = [path for path, item in PATHS.items() if "post" in item]
SOCKET = "/ws/tester"
ALLOWED = {
    **dict.fromkeys(READ, "GET, HEAD, OPTIONS"),
    **dict.fromkeys(WRITTEN, "POST, OPTIONS"),
    SOCKET: "GET, OPTIONS",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO")
UNKNOWN = ["/nothing", "/api", "/api/events/x", "/api/events/", "/ws", "/health/", "//health"]
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
async def server(start_embedded):
    return await start_embedded()


def check(answer, status):
    """Hold an answer to the form of errors; one to HEAD has its headers alone."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return
    body = answer.json()
    assert list(body) == ["detail"]
    if status == 422:
        assert all(list(fault) == ["loc", "msg", "type"] for fault in body["detail"])
    else:
        assert isinstance(body["detail"], str)


async def raw(server, line: str, **headers: str) -> Any:
    """Send a request as it is written here, which clients would mend first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.port)
    given = {"Host": "127.0.0.1", **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        return await read_answer(reader)
    finally:
        writer.close()


@pytest.mark.parametrize("path", ALLOWED)
async def test_options_tells_the_methods(server, path):
    answer = await server.http.options(path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == ALLOWED[path]


@pytest.mark.parametrize("path", ALLOWED)
async def test_another_method_is_refused_with_what_is_allowed(server, path):
    for method in set(METHODS) - set(ALLOWED[path].split(", ")):
        answer = await server.http.request(method, path)

        check(answer, 405)
        assert answer.headers["Allow"] == ALLOWED[path]


@pytest.mark.parametrize("path", READ)
async def test_head_answers_as_get_without_the_body(server, path):
    query = "?format=csv" if path.endswith("export") else ""

    head = await server.http.head(path + query)
    async with server.http.stream("GET", path + query) as get:
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_unknown_address_is_unknown_to_every_method(server, path):
    for method in (*METHODS, "OPTIONS"):
        check(await server.http.request(method, server.server.url + path), 404)


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "a%b/c", "x"],
)
async def test_another_content_type_is_refused_and_named(server, path, content_type):
    answer = await server.http.post(path, content=b"{}", headers={"Content-Type": content_type})

    check(answer, 415)
    assert repr(content_type) in answer.json()["detail"]
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
async def test_a_compressed_body_is_refused(server, path, content_type):
    headers = {"Content-Type": content_type, "Content-Encoding": "gzip"}

    check(await server.http.post(path, content=gzip.compress(b"{}"), headers=headers), 415)


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"a": NaN}', b"{} {}"])
async def test_a_body_that_is_no_json_is_refused(server, path, content):
    headers = {"Content-Type": "application/json"}

    check(await server.http.post(path, content=content, headers=headers), 400)


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("content", [b"null", b"1", b'"text"', b'{"colour": 1}'])
async def test_a_body_that_is_not_what_is_asked_for_is_refused(server, path, content):
    check(await server.http.post(path, content=content), 422)


@pytest.mark.parametrize("path", WRITTEN)
async def test_a_body_over_its_size_is_refused(start_embedded, path):
    server = await start_embedded(max_body_bytes=1000, max_event_bytes=1000)

    check(await server.http.post(path, content=b" " * 1001), 413)


@pytest.mark.parametrize("path", [path for path in READ if path.startswith("/api/events/")])
@pytest.mark.parametrize("query", ["colour=1", "limit=%ff", "priority=urgent", "limit=0"])
async def test_a_query_that_cannot_be_read_is_refused(server, path, query):
    check(await server.http.get(f"{path}?{query}"), 422)


async def test_utf_8_in_an_address_is_read_as_it_is_typed(server):
    await server.publish("größe", "other")

    answer = await raw(server, "GET /api/events/history?search=größe")

    assert [event["data"]["text"] for event in answer.json()] == ["größe"]


async def test_nothing_is_answered_as_unchanged(server):
    answer = await server.http.get("/health", headers={"If-None-Match": "*"})

    assert answer.status_code == 200
    assert "Etag" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"Sec-WebSocket-Version": "12"}, 426),
        ({"Connection": "close"}, 400),
        ({"Sec-WebSocket-Key": ""}, 400),
    ],
)
async def test_a_handshake_that_is_none_is_refused_in_the_same_form(server, changed, status):
    answer = await raw(server, f"GET {SOCKET}", **{**HANDSHAKE, **changed})

    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    if status == 426:
        assert answer.headers["Upgrade"] == "websocket"
        assert answer.headers["Sec-WebSocket-Version"] == "13"


@pytest.mark.parametrize("path", ["/ws/", "/ws/a%20b", f"/ws/{'x' * 129}", "/ws/a?after=x"])
async def test_an_address_that_is_not_valid_is_refused_before_the_upgrade(server, path):
    answer = await raw(server, f"GET {path}", **HANDSHAKE)

    assert answer.status_code == 422
    assert all(list(fault) == ["loc", "msg", "type"] for fault in answer.json()["detail"])


async def test_no_word_from_outside_becomes_a_label_of_the_metrics(server):
    await server.http.request("FOOBAR", "/health")

    figures = (await server.http.get("/metrics")).text

    assert "FOOBAR" not in figures
    assert 'method="other"' in figures
