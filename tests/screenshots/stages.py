"""Servers with what is to be seen: simulated agents of a fixed seed, and a real Redis to lose."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import websockets

from dashboard.demo import run_demo
from tests.browser.states import publish_examples
from tests.fixtures.redis import RedisServer, running_redis
from tests.fixtures.server import Running, starting
from tests.screenshots.names import EVENTS

RATE: Final = 42
BUSY_RATE: Final = 1000
GAP: Final = 1204
KEPT: Final = 4
CLIENTS: Final = {
    "billing-audit": "?sources=billing_agent",
    "ops-wallboard": "",
    "qa-canary": "?search=qa",
}
# The samples of Health come every 5 s, and a chart wants more than one of them.
SETTLE_S: Final = 16


@asynccontextmanager
async def quiet() -> AsyncIterator[Running]:
    async with starting() as start:
        yield await start()


@asynccontextmanager
async def simulated(rate: float = RATE, **settings: object) -> AsyncIterator[Running]:
    """A server with a quarter of an hour behind it, at work."""
    async with starting() as start:
        server = await start(**settings)
        agents = asyncio.create_task(run_demo(server.hub, rate))
        try:
            yield server
        finally:
            agents.cancel()
            await asyncio.gather(agents, return_exceptions=True)


@asynccontextmanager
async def a_day() -> AsyncIterator[Running]:
    """Agents at work on a Redis, clients that listen, entries that are no events."""
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(_redis())
        server = await stack.enter_async_context(simulated(redis_url=redis.url))
        await asyncio.sleep(2)
        listening = [asyncio.create_task(_listen(server, *client)) for client in CLIENTS.items()]
        _break(redis)
        _ask(redis)
        await asyncio.sleep(SETTLE_S)
        yield server
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


@asynccontextmanager
async def busy() -> AsyncIterator[Running]:
    async with simulated(BUSY_RATE) as server:
        yield server


@asynccontextmanager
async def away() -> AsyncIterator[tuple[Running, RedisServer]]:
    with _redis() as redis:
        async with simulated(redis_url=redis.url) as server:
            await asyncio.sleep(2)
            yield server, redis


@asynccontextmanager
async def trimmed() -> AsyncIterator[tuple[Running, RedisServer]]:
    """A server with few events, so that what is missing stays in sight."""
    with _redis() as redis:
        async with starting(redis_url=redis.url) as start:
            server = await start()
            for _ in range(3):
                await publish_examples(server)
            yield server, redis


def trim(redis: RedisServer) -> None:
    """Let more events come than are kept, in one step, so that nobody can have read them."""
    with redis.client().pipeline(transaction=True) as pipeline:
        for _ in range(GAP + KEPT):
            pipeline.xadd("events", {"event_type": "metrics", "source": "gateway"})
        pipeline.xtrim("events", maxlen=KEPT, approximate=False)
        pipeline.execute()


@asynccontextmanager
async def many_sources() -> AsyncIterator[Running]:
    async with quiet() as server:
        for index in range(500):
            await server.publish(
                *("tick",) * (1 + index % 7), source=f"sensor-{index:03}", event_type="metrics"
            )
        yield server


@asynccontextmanager
async def strange_names() -> AsyncIterator[Running]:
    async with quiet() as server:
        for event in EVENTS:
            (await server.http.post("/api/events", json=event)).raise_for_status()
        yield server


@contextmanager
def _redis() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as redis:
        yield redis


def _break(redis: RedisServer) -> None:
    client = redis.client()
    client.xadd("events", {"event": '{"event_type": "agent_request", "source": '})
    client.xadd("events", {"event_type": "agent_error", "source": "qa_agent", "priority": "urgent"})
    client.xadd("events", {"event": '{"event_type": "metrics", "data": {"queue": 4}}'})


def _ask(redis: RedisServer) -> None:
    """Ask for what nobody answers."""
    data = {"agent": "billing_agent", "action": "approve_refund", "correlation_id": "c-open-1"}
    asked = {
        "event_type": "agent_request",
        "source": "orchestrator",
        "priority": "high",
        "data": data,
    }
    redis.client().xadd("events", {"event": json.dumps(asked)})


async def _listen(server: Running, name: str, query: str) -> None:
    url = f"{server.server.url.replace('http', 'ws')}/ws/{name}{query}"
    async with websockets.connect(url, proxy=None) as socket:
        async for _ in socket:
            pass
