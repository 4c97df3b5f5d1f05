"""Any interleaving of publishing, leaving, resuming, filtering and slow reading obeys one law."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sources import base
from sources.event import Event
from sources.ids import EventId
from sources.log import Entry, EventLog, entry_of
from tests.fixtures.server import Running
from tests.seam import FILTERS, Law
from tests.seam_stage import BUFFER_BYTES, Stage

EXAMPLES = 60
CLIENTS = 3


@pytest.fixture
def small_bounds(monkeypatch):
    """Pages, buffers and what is kept are so small that every seam between them is met."""
    for name, value in {
        "dashboard.hub.EventLog": partial(EventLog, lag_events=10),
        "dashboard.api.replay._FIRST_PAGE": 2,
        "dashboard.api.replay._PAGE": 3,
        "dashboard.fanout._JOIN_EVENTS": 4,
        "dashboard.turn.JOIN_BYTES": 150_000,
        "dashboard.sockets.SEND_BUFFER_BYTES": BUFFER_BYTES,
        "sources.log._COMPACT_EVENTS": 8,
        "sources.redis_history.PAGE": 2,
        "sources.redis_reader.PAGE": 3,
    }.items():
        monkeypatch.setattr(name, value)


# What a script may do


@dataclass(frozen=True)
class Publish:
    server: int
    count: int
    size: str
    waits: bool

    async def run(self, stage: Stage) -> None:
        publishing = asyncio.create_task(stage.publish(self.server, self.count, self.size))
        if self.waits:
            await publishing
        else:
            stage.tasks.append(publishing)


@dataclass(frozen=True)
class Say:
    """Publish over a client's own WebSocket."""

    client: int

    async def run(self, stage: Stage) -> None:
        await stage.say(self.client, {"type": "publish", "event": stage.event("small")})


@dataclass(frozen=True)
class Connect:
    client: int
    server: int
    begin: str
    filter: int
    over: str

    async def run(self, stage: Stage) -> None:
        await stage.connect(self.client, self.server, self.begin, self.filter, self.over)


@dataclass(frozen=True)
class Filter:
    client: int
    filter: int

    async def run(self, stage: Stage) -> None:
        message = {"type": "filter", "filters": FILTERS[self.filter]}
        await stage.say(self.client, message)


@dataclass(frozen=True)
class Leave:
    client: int
    politely: bool

    async def run(self, stage: Stage) -> None:
        await stage.leave(self.client, self.politely)


@dataclass(frozen=True)
class Read:
    """Go on reading, or stop."""

    client: int
    goes_on: bool

    async def run(self, stage: Stage) -> None:
        if (link := stage.links.get(self.client)) is not None:
            link.read(self.goes_on)


@dataclass(frozen=True)
class Turns:
    """Let the server work for some turns of the event loop."""

    count: int

    async def run(self, stage: Stage) -> None:
        for _ in range(self.count):
            await asyncio.sleep(0)


def scripts(servers: int):
    client = st.integers(0, CLIENTS - 1)
    server = st.integers(0, servers - 1)
    number = st.integers(0, len(FILTERS) - 1)
    publish = st.builds(
        Publish, server, st.integers(1, 9), st.sampled_from(["small", "large"]), st.booleans()
    )
    connect = st.builds(
        Connect,
        client,
        server,
        st.sampled_from(["last", "last", "last", "earlier", "now", "history"]),
        number,
        st.sampled_from(["ws", "ws", "sse"]),
    )
    step = st.one_of(
        publish,
        publish,
        connect,
        connect,
        st.builds(Say, client),
        st.builds(Filter, client, number),
        st.builds(Leave, client, st.booleans()),
        st.builds(Read, client, st.sampled_from([False, False, True])),
        st.builds(Turns, st.integers(1, 40)),
    )
    opening = st.lists(connect, min_size=1, max_size=2)
    return st.tuples(opening, st.lists(step, min_size=5, max_size=40)).map(lambda s: s[0] + s[1])


class Theatre:
    """Servers on one log, whose whole past is known, for one script after the other."""

    def __init__(self, servers: list[Running]) -> None:
        self._servers = servers
        self._log: dict[EventId, Entry] = {}
        for server in servers:
            self._record(server)

    async def play(self, script: list[Any]) -> None:
        stage = Stage(self._servers)
        try:
            async with asyncio.timeout(30):
                for step in script:
                    await step.run(stage)
                await stage.finish()
        finally:
            await stage.close()

        law = Law(self._log)
        assert stage.acknowledged <= self._log.keys()
        assert [fault for record in stage.records for fault in law.faults(record)] == []

    def _record(self, server: Running) -> None:
        """Note what enters, at the source: what is trimmed at once is seen nowhere else."""
        enter = server.hub.source.publish

        async def noted(
            events: Sequence[Event], publish: base.Publish | None = None
        ) -> list[EventId]:
            ids = await enter(events, publish)
            self._log.update(
                (id, entry_of(id, event)) for id, event in zip(ids, events, strict=True)
            )
            return ids

        server.hub.source.publish = noted  # type: ignore[method-assign]


seeded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
async def embedded(small_bounds, start_embedded) -> Theatre:
    return Theatre([await start_embedded(max_history_size=6)])


@pytest.fixture
async def on_redis(small_bounds, redis_server, start_on_redis) -> Theatre:
    with redis_server.client() as client:
        # The stream is trimmed by whole nodes; so small ones are trimmed to the event.
        client.config_set("stream-node-max-entries", 2)
    sizes = {"max_history_size": 6, "stream_maxlen": 14}
    return Theatre([await start_on_redis(**sizes) for _ in range(2)])


@seeded
@given(script=scripts(servers=1))
async def test_the_law_holds_in_one_process(embedded, script):
    await embedded.play(script)


@seeded
@given(script=scripts(servers=2))
async def test_the_law_holds_for_two_processes_on_one_stream(on_redis, script):
    await on_redis.play(script)
