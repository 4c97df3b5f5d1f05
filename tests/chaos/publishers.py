"""Those who publish, by every way in; each notes what it was told has arrived."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx
import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sources.ids import EventId
from tests.chaos.records import Evidence

ANSWER_WITHIN_S = 2.5
_PRIORITIES = ("low", "normal", "high")


class Publisher:
    """One at a time, with a pause between; ``stopping`` ends it after the one in hand."""

    pause_s = (0.005, 0.04)

    def __init__(self, name: str, seed: int, evidence: Evidence) -> None:
        self.name, self.evidence = name, evidence
        self.rng = random.Random(f"{seed} {name}")
        self.stopping = asyncio.Event()
        self._numbers = itertools.count()

    async def run(self) -> None:
        while not self.stopping.is_set():
            await self.publish()
            await asyncio.sleep(self.rng.uniform(*self.pause_s))

    async def publish(self) -> None:
        raise NotImplementedError

    def event(self) -> dict[str, Any]:
        number = next(self._numbers)
        data = {"n": f"{self.name}:{number}", "mark": "x" if number % 5 == 0 else "y"}
        priority = self.rng.choice(_PRIORITIES)
        return {"event_type": "test", "source": self.name, "priority": priority, "data": data}

    def acknowledged(self, id: str, mark: str) -> None:
        self.evidence.acknowledged[EventId.parse(id)] = mark


class RestPublisher(Publisher):
    """Sends a batch under a key, to any process, as often as it takes."""

    def __init__(self, name: str, seed: int, evidence: Evidence, urls: Sequence[str]) -> None:
        super().__init__(name, seed, evidence)
        self._urls = urls

    async def publish(self) -> None:
        events = [self.event() for _ in range(self.rng.randint(1, 20))]
        await self.send(events)

    async def send(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the ids, once some process gave them."""
        headers = {"Idempotency-Key": str(events[0]["data"]["n"])}
        while True:
            url = self.rng.choice(self._urls)
            with suppress(httpx.TransportError):
                async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S) as http:
                    answer = await http.post(f"{url}/api/events", json=events, headers=headers)
                if answer.status_code == 202:
                    return self._note(events, answer.json()["ids"])
                if answer.status_code != 503:
                    raise AssertionError(f"a publish was answered: {answer.text}")
            await asyncio.sleep(self.rng.uniform(0.02, 0.3))

    def _note(self, events: Sequence[Mapping[str, Any]], ids: list[str]) -> list[str]:
        for event, id in zip(events, ids, strict=True):
            self.acknowledged(id, event["data"]["n"])
        return ids


class RedisPublisher(Publisher):
    """Speaks with Redis itself."""

    def __init__(self, name: str, seed: int, evidence: Evidence, redis_url: str) -> None:
        super().__init__(name, seed, evidence)
        self._redis = _client(redis_url)

    async def run(self) -> None:
        async with self._redis:
            await super().run()


class StreamPublisher(RedisPublisher):
    """Adds to the stream; what was not acknowledged is not sent again."""

    async def publish(self) -> None:
        event = self.event()
        if self.rng.random() < 0.5:
            words = ["event", json.dumps(event)]
        else:
            words = list(
                itertools.chain.from_iterable({**event, "data": json.dumps(event["data"])}.items())
            )
        with suppress(RedisError, OSError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                id: bytes = await self._redis.execute_command("XADD", "events", "*", *words)
            self.acknowledged(id.decode(), event["data"]["n"])


class ChannelPublisher(RedisPublisher):
    """Publishes on the channel, which promises nothing but that none comes twice."""

    async def publish(self) -> None:
        message = json.dumps(self.event())
        with suppress(RedisError, OSError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._redis.publish("events", message)


class AgentPublisher(Publisher):
    """A process of its own, which calls the documented ``broadcast_event``."""

    def __init__(self, name: str, seed: int, evidence: Evidence, environ: dict[str, str]) -> None:
        super().__init__(name, seed, evidence)
        self._seed, self._environ = seed, environ

    async def run(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.agent", self.name, str(self._seed)),
            env=self._environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            reading = asyncio.create_task(self._read(process.stdout))
            await self.stopping.wait()
            process.stdin.close()
            await reading
            if await process.wait() != 0:
                self.evidence.troubles.append(f"{self.name}: ended with {process.returncode}")
        finally:
            with suppress(ProcessLookupError):
                process.kill()

    async def _read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            id, mark = msgspec.json.decode(line)
            self.acknowledged(id, mark)


def _client(url: str) -> Redis:
    # By itself redis-py would send again what was not acknowledged.
    return Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=ANSWER_WITHIN_S, protocol=2
    )
