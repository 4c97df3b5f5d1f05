"""Clients that are not ours: each publishes, receives, filters and resumes, as far as it can."""

import asyncio
import contextlib
import json
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests import provision
from tests.waiting import until

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 20
EVENT = {"event_type": "test", "source": "foreign", "data": {"n": 1}}
GREETED, FILTERED, PUBLISHED = "connected", "filter_applied", "published"

# Plays the same script over Node's `ws` and over the browser's own WebSocket.
WEBSOCKET_SCRIPT = """
async function play(WebSocket, url) {
  const seen = [];
  const open = (query, onMessage) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}?ids=true${query}`);
    socket.onmessage = ({data}) => onMessage(JSON.parse(data), socket, resolve);
    socket.onerror = () => reject(new Error("no connection"));
    socket.onclose = ({code}) => seen.push(["closed", code]);
  });
  const publish = (socket, n, priority) => socket.send(JSON.stringify({
    type: "publish",
    event: {event_type: "test", source: "foreign", data: {n}, priority},
  }));
  const wanted = {priority: ["high"]};
  await open("", ({event_type, data, id}, socket, resolve) => {
    seen.push(event_type === "connection" ? [data.status, data.id ?? null] : [data.n, id]);
    if (data.status === "connected") publish(socket, 1, "low");
    if (data.n === 1) socket.send(JSON.stringify({type: "filter", filters: wanted}));
    if (data.status === "filter_applied") {
      publish(socket, 2, "low");
      publish(socket, 3, "high");
    }
    if (data.n === 3) socket.send("{");
    if (data.status === "error") { socket.close(1000); socket.onclose = resolve; }
  });
  const first = seen.find(([n]) => n === 1)[1];
  await open(`&after=${first}`, ({data, id}, socket, resolve) => {
    seen.push(data.status ? [data.status, null] : [data.n, id]);
    if (data.n === 3) { socket.onclose = null; socket.close(); resolve(); }
  });
  return seen;
}
"""


def check_played(seen: list[list], server) -> None:
    ids = {entry.data["n"]: str(entry.id) for entry in server.hub.log.newest(10)}
    first = seen[: seen.index(["error", None]) + 1]
    assert [n for n, _ in first if isinstance(n, int)] == [1, 3]
    assert [id for n, id in first if n == PUBLISHED] == [ids[1], ids[2], ids[3]]
    assert [n for n, _ in first if n in (GREETED, FILTERED)] == [GREETED, FILTERED]
    assert seen[len(first) :] == [[GREETED, None], [2, ids[2]], [3, ids[3]]]


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
    assert process.returncode == 0, err.decode()
    return out.decode()


# curl


@pytest.fixture
def curl(server):
    program = shutil.which("curl")
    assert program, "curl is missing: install it (Debian: apt-get install curl)"

    async def ask(path: str, *options: str) -> str:
        command = (program, "--silent", "--show-error", "--max-time", "10", "--noproxy", "*")
        return await run(*command, *options, f"{server.server.url}{path}")

    return ask


async def test_curl_publishes_and_reads(server, curl):
    high = json.dumps({**EVENT, "priority": "high"})
    headers = ("-H", "Content-Type: application/json", "-H", "Idempotency-Key: k")

    first = json.loads(await curl("/api/events", *headers, "--data", high))
    again = json.loads(await curl("/api/events", *headers, "--data", high))
    lines = f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}\n"
    kind = ("-H", "Content-Type: application/x-ndjson")
    more = json.loads(await curl("/api/events", *kind, "--data-binary", lines))
    history = json.loads(await curl("/api/events/history?ids=true"))
    filtered = json.loads(await curl("/api/events/filter", "--json", '{"priority":["high"]}'))
    later = json.loads(await curl(f"/api/events/history?after={first['ids'][0]}"))

    assert first == again
    assert [event["id"] for event in history] == first["ids"] + more["ids"]
    assert (filtered["matched"], filtered["searched"]) == (1, 3)
    assert [event["id"] for event in later] == more["ids"]


async def test_curl_follows_the_event_stream_and_resumes(server):
    ids = await server.publish("a", "b")
    command = ("curl", "--silent", "--no-buffer", "--max-time", "10", "--noproxy", "*")
    url = f"{server.server.url}/api/events/stream?search=-data.text:b"
    process = await asyncio.create_subprocess_exec(
        *command, "-H", f"Last-Event-ID: {ids[0]}", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None

    await until(lambda: len(server.hub.connections) == 1)
    ids += await server.publish("c")
    received = (await asyncio.wait_for(process.stdout.readuntil(b'"c"'), TIMEOUT_S)).decode()
    process.kill()
    await process.wait()

    assert re.findall(r"^id: (.*)$", received, re.M) == [ids[2]]


# Node


async def test_node_ws_publishes_receives_filters_and_resumes(server):
    url = f"{server.server.url.replace('http', 'ws')}/ws/node"
    script = f"""
    import WebSocket from "ws";
    {WEBSOCKET_SCRIPT}
    console.log(JSON.stringify(await play(WebSocket, {json.dumps(url)})));
    """

    printed = await run(str(provision.node()), "--input-type=module", "--eval", script)

    check_played(json.loads(printed), server)


# The browser


@pytest.fixture
async def page(server, browser):
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{server.server.url}/health")
    yield page
    await context.close()


async def test_the_browsers_websocket_publishes_receives_filters_and_resumes(server, page):
    url = f"{server.server.url.replace('http', 'ws')}/ws/browser"

    seen = await page.evaluate(
        f"(url) => {{ {WEBSOCKET_SCRIPT} return play(WebSocket, url); }}", url
    )

    check_played(seen, server)


async def test_the_browsers_event_source_receives_filters_and_resumes_by_itself(server, page):
    await page.evaluate("""() => {
      window.seen = [];
      const source = new EventSource("/api/events/stream?priority=high");
      source.onmessage = ({data, lastEventId}) =>
        seen.push([lastEventId, JSON.parse(data).data.text]);
    }""")
    await until(lambda: len(server.hub.fanout.readers) == 1)
    await server.publish("no")
    ids = await server.publish("a", priority="high")
    await page.wait_for_function("seen.length === 1")

    (reader,) = server.hub.connections
    reader.drop()
    ids += await server.publish("b", "c", priority="high")
    await page.wait_for_function("seen.length === 3")

    assert await page.evaluate("seen") == [[ids[0], "a"], [ids[1], "b"], [ids[2], "c"]]


async def test_the_browsers_fetch_publishes(server, page):
    body = {"event_type": "test", "source": "browser", "data": {"text": "é <b>"}}

    answer = await page.evaluate(
        """(body) => fetch("/api/events", {
          method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
        }).then((answer) => answer.json())""",
        body,
    )

    assert answer["ids"] == [str(server.hub.log.last_id)]
    assert server.hub.log.newest(1)[0].data == body["data"]


# httpx


async def test_httpx_publishes_receives_filters_and_resumes(server):
    async with httpx.AsyncClient(base_url=server.server.url, timeout=TIMEOUT_S) as http:
        ids = (await http.post("/api/events", json=[EVENT, EVENT])).json()["ids"]
        found = (await http.post("/api/events/filter", json={"sources": ["foreign"]})).json()
        headers = {"Last-Event-ID": ids[0]}
        received: list[str] = []
        async with http.stream("GET", "/api/events/stream", headers=headers) as answer:
            ids += (await http.post("/api/events", json=EVENT)).json()["ids"]
            with contextlib.suppress(StopAsyncIteration):
                async for line in answer.aiter_lines():
                    received += [line[4:]] if line.startswith("id: ") else []
                    if len(received) == 2:
                        break

    assert found["matched"] == 2
    assert received == ids[1:]
