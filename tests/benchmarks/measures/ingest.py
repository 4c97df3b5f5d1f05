"""How fast events come in: from a Redis stream, and over HTTP in each of its forms."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests import provision
from tests.benchmarks import proc, processes
from tests.benchmarks.effort import Effort
from tests.benchmarks.events import event
from tests.benchmarks.peers.base import printed_version
from tests.benchmarks.peers.on_redis import STREAM
from tests.benchmarks.posts import Form, Posted, Posts
from tests.benchmarks.report import Section, Table, at_least, number
from tests.benchmarks.served import Report
from tests.benchmarks.stats import median, ratio
from tests.fixtures.redis import RedisServer, running_redis
from tests.polling import polls

FILL: Final = 5000
LIMIT_S: Final = 60.0
FORMS: Final[dict[Form, str]] = {
    "array": "POST, arrays of 1000",
    "ndjson": "POST, NDJSON of 1000 lines",
    "single": "POST, single events on 16 connections",
}
OURS: Final = "**this dashboard**"
ON_REDIS: Final = "**this dashboard** on Redis"
STREAMED: Final = "from a Redis stream"

Runs = dict[tuple[str, str], list[Posted]]
"""By the way in and by the server, one for each round."""


def measure(effort: Effort) -> Section:
    runs: Runs = {}
    failed: dict[tuple[str, str], str] = {}
    count = 100_000 if effort.is_full else 50_000
    effort.versions[f"redis-server {printed_version(provision.redis_server())}"] = None
    with (
        tempfile.TemporaryDirectory() as name,
        running_redis(Path(name), "--appendonly", "no") as redis,
    ):
        for round in range(rounds := max(1, effort.rounds // 2)):
            effort.quiet.look()
            for (way, server), run in _tried(redis, count, effort.seconds / 2).items():
                try:
                    posted = run()
                except processes.Failed as error:
                    failed[way, server] = str(error)
                    effort.say(f"{way}, {server.replace('**', '')} failed: {error}")
                    continue
                runs.setdefault((way, server), []).append(posted)
                effort.say(
                    f"round {round + 1} of {rounds}, {way}, {server.replace('**', '')}: "
                    f"{posted.per_s:,.0f} events/s, {posted.us_an_event:.1f} us each"
                )
    says = (
        "From the stream: the dashboard follows it, is stopped (SIGSTOP) while "
        f"{count:,} events are added, and goes on; counted is the time until all are in its log, "
        "checked, encoded, counted by the rollup and framed. Over HTTP one program keeps a request "
        "under way on each of 2 connections (16 for single events). A batch is all or "
        "nothing, and every event is checked; the plain handler is `json.loads` and nothing else. "
        "*us an event* is CPU time of the server, and that of the bare reader its own."
    )
    head = ["way in", "server", "events/s", "us an event", "times ours"]
    ours = runs.get((STREAMED, OURS))
    per_s = median(each.per_s for each in ours) if ours else None
    checks = [at_least("from Redis, the whole path: events/s", per_s, 50_000)]
    figures = {
        f"{way}, {server.replace('**', '')}": posted for (way, server), posted in runs.items()
    }
    return Section("Ingest", says, [Table(head, _rows(runs, failed))], checks, figures)


def _rows(runs: Runs, failed: dict[tuple[str, str], str]) -> list[list[str]]:
    rows = [
        [
            *(way, server, number(median(each.per_s for each in posted))),
            number(median(each.us_an_event for each in posted)),
            number(_times(posted, runs.get((way, OURS), []))),
        ]
        for (way, server), posted in runs.items()
    ]
    return rows + [
        [way, server, f"failed: {why}", "", ""]
        for (way, server), why in failed.items()
        if (way, server) not in runs
    ]


def _times(those: Sequence[Posted], ours: Sequence[Posted]) -> float | None:
    pairs = list(zip(those, ours, strict=False))
    if not pairs:
        return None
    return ratio([a.us_an_event for a, _ in pairs], [b.us_an_event for _, b in pairs])


def _tried(
    redis: RedisServer, count: int, seconds: float
) -> dict[tuple[str, str], Callable[[], Posted]]:
    """Return what is done in one round."""
    tried: dict[tuple[str, str], Callable[[], Posted]] = {
        (STREAMED, OURS): lambda: _from_stream(redis, count),
        (STREAMED, "bare `XREAD` and `json.loads`"): lambda: _bare(redis, count),
    }
    for form, way in FORMS.items():
        for server, command in (
            (OURS, ["served", "--port"]),
            (ON_REDIS, ["served", "--redis", redis.url, "--port"]),
            ("plain Tornado handler", ["peers.plain_tornado"]),
        ):
            tried[way, server] = lambda form=form, command=command: _posted(  # type: ignore[misc]
                form, command, redis, seconds
            )
    return tried


def _from_stream(redis: RedisServer, count: int) -> Posted:
    """Let the dashboard catch up with what came while it was stopped."""
    port = processes.free_ports()
    with redis.client() as client:
        client.delete(STREAM)
        client.xadd(STREAM, {"event": json.dumps(event(0, 0))})
    with processes.running(
        processes.module("served", "--redis", redis.url, "--port", port), port
    ) as server:
        _arrived(server, 1)
        server.send_signal(signal.SIGSTOP)
        try:
            _fill(redis, count)
        finally:
            cpu_s, start_s = proc.cpu_s([server.pid]), time.monotonic()
            server.send_signal(signal.SIGCONT)
        _arrived(server, count + 1)
        return Posted(count, time.monotonic() - start_s, proc.cpu_s([server.pid]) - cpu_s)


def _fill(redis: RedisServer, count: int) -> None:
    with redis.client() as client:
        for first in range(0, count, FILL):
            pipeline = client.pipeline(transaction=False)
            for seq in range(first, min(first + FILL, count)):
                pipeline.xadd(STREAM, {"event": json.dumps(event(seq, 0))})
            pipeline.execute()


def _arrived(server: subprocess.Popen[str], count: int) -> None:
    for _ in polls(LIMIT_S, every_s=0.01):
        if msgspec.json.decode(processes.ask(server), type=Report).events >= count:
            return
    raise processes.Failed(f"{count:,} events were not in the log after {LIMIT_S:.0f} s")


def _bare(redis: RedisServer, count: int) -> Posted:
    """Read the stream that the dashboard read before."""
    done = processes.finished(processes.module("peers.bare_reader", redis.url, count))
    return msgspec.json.decode(done, type=Posted)


def _posted(form: Form, command: list[str], redis: RedisServer, seconds: float) -> Posted:
    port = processes.free_ports()
    with redis.client() as client:
        client.delete(STREAM)
    with processes.running(processes.module(*command, port), port) as server:
        plan = Posts(port, form, seconds, 16 if form == "single" else 2, [server.pid])
        return processes.posts(plan)
