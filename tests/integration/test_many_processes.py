"""Two dashboards on one stream behind one nginx: for programs they are one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import websockets

from tests.proxy import Proxy, two_behind_nginx

LIMIT_S = 15


@pytest.fixture
async def proxy(redis_server, tmp_path) -> AsyncIterator[Proxy]:
    async with two_behind_nginx(tmp_path, redis_server) as proxy:
        yield proxy


async def history(url: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{url}/api/events/history?ids=true")
    events: list[dict[str, Any]] = answer.json()
    return events


async def said(connection: websockets.ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(LIMIT_S):
        message: dict[str, Any] = json.loads(await connection.recv())
    return message


def address(proxy: Proxy, query: str = "") -> str:
    return f"ws://127.0.0.1:{proxy.port}/ws/reader?ids=true{query}"


async def serving(proxy: Proxy) -> int:
    """Return which dashboard has the client."""
    async with asyncio.timeout(LIMIT_S), httpx.AsyncClient() as http:
        while True:
            for number, dashboard in enumerate(proxy.dashboards):
                with suppress(httpx.TransportError):
                    health = (await http.get(f"{dashboard.url}/health")).json()
                    if health["active_connections"]:
                        return number


async def test_events_have_the_same_ids_on_both(proxy):
    published = [id for number in range(10) for id in await proxy.publish(str(number))]

    # Who publishes finds it at the dashboard that took it, and a moment later at the other.
    async with asyncio.timeout(LIMIT_S):
        while True:
            one, two = [await history(dashboard.url) for dashboard in proxy.dashboards]
            if len(one) == len(two) == len(published):
                break

    assert [event["id"] for event in one] == published
    assert one == two
    assert set(proxy.answered("/api/events")) == {
        f"127.0.0.1:{dashboard.port}" for dashboard in proxy.dashboards
    }


async def test_a_key_counts_on_both(proxy):
    answers = [await proxy.publish("once", key="the-key") for _ in range(4)]

    assert len({tuple(ids) for ids in answers}) == 1
    assert len(await history(proxy.url)) == 1


async def test_the_figures_name_the_process_that_answers(proxy):
    named = [(await proxy.figures())["process"] for _ in range(4)]

    assert {process["pid"] for process in named} == {
        dashboard.process.pid for dashboard in proxy.dashboards
    }


@pytest.mark.timeout(120)
async def test_a_client_whose_dashboard_is_killed_resumes_on_the_other_and_loses_nothing(proxy):
    async with websockets.connect(address(proxy), proxy=None) as connection:
        assert (await said(connection))["data"]["status"] == "connected"
        published = await proxy.publish("before")
        received = [(await said(connection))["id"]]

        first = await serving(proxy)
        await proxy.dashboards[first].kill()
        with pytest.raises(websockets.ConnectionClosed):
            await said(connection)
    published += await proxy.publish("meanwhile", "and again")

    async with websockets.connect(address(proxy, f"&after={received[-1]}"), proxy=None) as again:
        assert (await said(again))["data"]["status"] == "connected"
        received += [(await said(again))["id"] for _ in range(2)]
        published += await proxy.publish("after")
        received.append((await said(again))["id"])
        assert await serving(proxy) != first

    assert received == published


async def test_an_event_stream_is_not_held_back(proxy):
    async with (
        asyncio.timeout(LIMIT_S),
        httpx.AsyncClient(timeout=LIMIT_S) as http,
        http.stream("GET", f"{proxy.url}/api/events/stream") as answer,
    ):
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("retry: ")
        (id,) = await proxy.publish("one")
        # One small event alone would wait in a buffer for more.
        while (line := await anext(lines)) != f"id: {id}":
            assert line == ""


async def test_below_a_prefix_the_api_is_the_same(proxy):
    (id,) = await proxy.publish("one")

    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{proxy.url}/dash/api/events/history?ids=true")
        root = await http.get(f"{proxy.url}/dash/")
    url = f"ws://127.0.0.1:{proxy.port}/dash/ws/reader?after=0-0"
    async with websockets.connect(url, proxy=None) as connection:
        await said(connection)
        assert (await said(connection))["id"] == id

    assert [event["id"] for event in answer.json()] == [id]
    assert root.headers["Location"] == f"{proxy.url}/dash/dashboard"
