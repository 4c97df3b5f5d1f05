"""What a run is played on: one Redis, dashboards on it, and networks between, all of which fail."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from sources.ids import EventId
from tests import provision
from tests.chaos.processes import Dashboard
from tests.chaos.records import Evidence
from tests.chaos.schedule import PROCESSES, Fault
from tests.fixtures.redis import RedisServer
from tests.relay import Relay, relay_to

_ENDS_WITHIN_S = 5.0
_SETTINGS = {"MAX_HISTORY_SIZE": "300", "PING_INTERVAL": "1", "LOG_LEVEL": "INFO"}


class Stage:
    """Between each dashboard and Redis is a network, and another between it and its clients."""

    def __init__(self, server: RedisServer, evidence: Evidence, seed: int) -> None:
        self.redis, self.evidence = server, evidence
        self.rng = random.Random(f"{seed} stage")
        self.dashboards: list[Dashboard] = []
        self.to_redis: list[Relay] = []
        self.to_clients: list[Relay] = []
        self.to_agents: Relay
        self.ended_within_s: list[float] = []

    @property
    def urls(self) -> list[str]:
        return [relay.url for relay in self.to_clients]

    async def break_down(self, fault: Fault) -> None:
        """Let a fault happen, and be over after its time."""
        kinds: dict[str, Callable[[Fault], Awaitable[None]]] = {
            "kill redis": self._kill_redis,
            "stop redis": self._stop_redis,
            "trim the stream": self._trim,
            "kill process": self._kill_process,
            "end process": self._end_process,
            "stop process": self._stop_process,
        }
        await asyncio.sleep(fault.at_s)
        if fault.kind in kinds:
            await kinds[fault.kind](fault)
            return
        relay = self._relay(fault)
        if fault.kind.startswith("reset"):
            relay.reset()
            return
        relay.silence()
        await asyncio.sleep(fault.lasts_s)
        relay.restore()

    async def look(self) -> None:
        """Note all that is in the stream."""
        client = redis.asyncio.Redis.from_url(self.redis.url, socket_timeout=5, protocol=2)
        async with client:
            entries: Any = await client.xrange("events")
        for raw_id, fields in entries:
            self.evidence.stream[EventId.parse(raw_id.decode())] = _event(fields)

    def _relay(self, fault: Fault) -> Relay:
        if fault.target is None:
            return self.to_agents
        return (self.to_redis if "redis" in fault.kind else self.to_clients)[fault.target]

    async def _kill_redis(self, fault: Fault) -> None:
        await asyncio.to_thread(self.redis.kill)
        await asyncio.sleep(fault.lasts_s)
        await asyncio.to_thread(self.redis.start)

    async def _stop_redis(self, fault: Fault) -> None:
        self.redis.stop_signal()
        await asyncio.sleep(fault.lasts_s)
        self.redis.cont_signal()

    async def _trim(self, fault: Fault) -> None:
        """Trim what was noted, and no more."""
        with suppress(RedisError, OSError):
            await self.look()
            kept = sorted(self.evidence.stream)[-self.rng.choice((1, 20, 200)) :]
            client = redis.asyncio.Redis.from_url(self.redis.url, socket_timeout=5, protocol=2)
            async with client:
                await client.xtrim("events", minid=str(kept[0]), approximate=False)

    async def _kill_process(self, fault: Fault) -> None:
        dashboard = self._dashboard(fault)
        await dashboard.kill()
        await asyncio.sleep(fault.lasts_s)
        await dashboard.start()

    async def _end_process(self, fault: Fault) -> None:
        dashboard = self._dashboard(fault)
        await self._end(dashboard)
        await asyncio.sleep(fault.lasts_s)
        await dashboard.start()

    async def _end(self, dashboard: Dashboard) -> None:
        # One that just starts has no signal handler yet.
        await dashboard.listening()
        try:
            took_s = await dashboard.end()
        except (TimeoutError, RuntimeError) as error:
            name = dashboard.log.stem
            self.evidence.troubles.append(f"{name} was to end: {error!r}")
            await dashboard.kill()
        else:
            self.ended_within_s.append(took_s)

    async def _stop_process(self, fault: Fault) -> None:
        dashboard = self._dashboard(fault)
        dashboard.signal(signal.SIGSTOP)
        await asyncio.sleep(fault.lasts_s)
        dashboard.signal(signal.SIGCONT)

    def _dashboard(self, fault: Fault) -> Dashboard:
        assert fault.target is not None
        return self.dashboards[fault.target]

    async def end_all(self) -> None:
        """End the dashboards as an operator would, and read what they logged."""
        for dashboard in self.dashboards:
            await self._end(dashboard)
            for line in dashboard.errors():
                self.evidence.troubles.append(f"{dashboard.log.stem} logged: {line}")


def _event(fields: dict[bytes, bytes]) -> dict[str, Any]:
    if b"event" in fields:
        event: dict[str, Any] = json.loads(fields[b"event"])
        return event
    flat: dict[str, Any] = {key.decode(): value.decode() for key, value in fields.items()}
    return {**flat, "data": json.loads(flat["data"])}


@asynccontextmanager
async def staged(folder: Path, evidence: Evidence, seed: int) -> AsyncIterator[Stage]:
    """Start Redis and the dashboards; nothing of them is left after the block."""
    server = RedisServer(provision.redis_server(), folder)
    stage = Stage(server, evidence, seed)
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        await asyncio.to_thread(server.start)
        stage.to_agents = await stack.enter_async_context(relay_to(server.port))
        for number in range(PROCESSES):
            to_redis = await stack.enter_async_context(relay_to(server.port))
            redis_url = f"redis://127.0.0.1:{to_redis.port}/0"
            dashboard = Dashboard(folder, f"process {number}", redis_url, **_SETTINGS)
            stack.push_async_callback(dashboard.kill)
            await dashboard.start()
            stage.to_redis.append(to_redis)
            stage.dashboards.append(dashboard)
            stage.to_clients.append(await stack.enter_async_context(relay_to(dashboard.port)))
        for dashboard in stage.dashboards:
            await dashboard.ready()
        yield stage
