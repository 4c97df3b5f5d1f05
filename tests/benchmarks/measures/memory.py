"""What the process takes: bare, with events, with clients, with pages."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks import contest, proc, processes, wire
from tests.benchmarks.effort import Effort
from tests.benchmarks.events import event
from tests.benchmarks.peers import FASTAPI, WEBSOCKETS, Peer
from tests.benchmarks.peers.on_redis import STREAM
from tests.benchmarks.posts import BATCH, Posts
from tests.benchmarks.report import Check, Section, Table, at_most, number
from tests.benchmarks.stats import median
from tests.fixtures.redis import running_redis
from tests.polling import polls

CLIENTS: Final = 200
PAGES: Final = 20
MANY: Final = 100_000
# With it an event of `tests.benchmarks.events` takes about 1000 bytes.
PADDING: Final = "." * 770
SETTLED_S: Final = 0.5
SETTLE_LIMIT_S: Final = 10.0
OURS: Final = "**this dashboard**"
REDIS: Final = "redis-server"

BASE: Final = "listening"
THOUSAND: Final = "with 1000 events of 1 kB"
ONE_PAGE: Final = "with 1000 events of 1 kB and one page open"
A_PAGE: Final = f"each further page, of {PAGES}"
A_CLIENT: Final = f"each WebSocket client, of {CLIENTS}"
AN_EVENT: Final = f"each 1000 events of 1 kB, of {MANY:,}"

Found = dict[tuple[str, str], list[float]]
"""What each thing takes, by server, in MB, one for each round."""


def measure(effort: Effort) -> Section:
    found: Found = {}
    absent: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        peers = contest.present((FASTAPI, WEBSOCKETS), Path(name), absent, effort)
        for round in range(max(1, effort.rounds // 2)):
            effort.say(f"round {round + 1}")
            effort.quiet.look()
            _note(found, OURS, _of_one_process() | {AN_EVENT: _of_many_events()})
            for peer in peers:
                _try(peer.name, lambda peer=peer: _of_peer(peer, Path(name)), found, absent)  # type: ignore[misc]
            _try(REDIS, lambda: {AN_EVENT: _of_redis(Path(name))}, found, absent)
    says = (
        "Resident memory of the process, once it changes no more, in MB; pandas and pyarrow are "
        "not loaded, as nobody asked for what needs them. The clients are idle."
    )
    order = (BASE, THOUSAND, ONE_PAGE, A_PAGE, A_CLIENT, AN_EVENT)
    rows = [
        [thing, server, number(median(found[thing, server]))]
        for thing in order
        for known, server in found
        if known == thing
    ]
    rows += [[BASE, server, f"absent: {why}"] for server, why in absent.items()]
    table = Table(["", "server", "MB"], rows)
    figures = {f"{thing}, {server}": values for (thing, server), values in found.items()}
    return Section("Memory", says, [table], _checks(found), figures)


def _try(
    server: str, measure: Callable[[], dict[str, float]], found: Found, absent: dict[str, str]
) -> None:
    """Measure a peer; one that fails is absent."""
    try:
        _note(found, server, measure())
    except (processes.Failed, OSError) as error:
        absent[server] = str(error)


def _checks(found: Found) -> list[Check]:
    return [
        at_most(f"memory {ONE_PAGE}", median(found[ONE_PAGE, OURS]), 100, " MB"),
        at_most("memory of a further page", median(found[A_PAGE, OURS]), 1.5, " MB"),
    ]


def _note(found: Found, server: str, taken: dict[str, float]) -> None:
    for thing, megabytes in taken.items():
        found.setdefault((thing, server), []).append(megabytes)


def _of_one_process() -> dict[str, float]:
    """Let one dashboard be given events, then pages, then clients."""
    taken: dict[str, float] = {}
    with _dashboard() as (pid, port):
        taken[BASE] = settled_mb(pid)
        _publish(port, pid, 1000)
        taken[THOUSAND] = settled_mb(pid)
        with _pages(port, 1):
            taken[ONE_PAGE] = settled_mb(pid)
            with _pages(port, PAGES):
                taken[A_PAGE] = (settled_mb(pid) - taken[ONE_PAGE]) / PAGES
    with _dashboard() as (pid, port), _clients(port, 20):
        # The first of them load what all of them share.
        before = settled_mb(pid)
        with _clients(port, CLIENTS):
            taken[A_CLIENT] = (settled_mb(pid) - before) / CLIENTS
    return taken


def _of_many_events() -> float:
    with _dashboard(MAX_HISTORY_SIZE=MANY, MAX_HISTORY_BYTES=1 << 30) as (pid, port):
        _publish(port, pid, 1000)
        before = settled_mb(pid)
        _publish(port, pid, MANY - 1000)
        return (settled_mb(pid) - before) / (MANY / 1000 - 1)


def _of_redis(folder: Path) -> float:
    text = json.dumps(event(0, 0, padding=PADDING))
    with running_redis(folder, "--appendonly", "no") as redis, redis.client() as client:
        pid = client.info("server")["process_id"]
        before = settled_mb(pid)
        for _ in range(MANY // 1000):
            pipeline = client.pipeline(transaction=False)
            for _ in range(1000):
                pipeline.xadd(STREAM, {"event": text})
            pipeline.execute()
        return (settled_mb(pid) - before) / (MANY / 1000)


def _of_peer(peer: Peer, folder: Path) -> dict[str, float]:
    port = processes.free_ports()
    with processes.running(peer.command(port, 1, folder), port) as server:
        base = settled_mb(server.pid)
        with _clients(port, 20):
            before = settled_mb(server.pid)
            with _clients(port, CLIENTS):
                return {BASE: base, A_CLIENT: (settled_mb(server.pid) - before) / CLIENTS}


@contextlib.contextmanager
def _dashboard(**settings: object) -> Iterator[tuple[int, int]]:
    """Give process and port of the product, started as its users do."""
    port = processes.free_ports()
    given = {"PORT": port, "LOG_LEVEL": "WARNING", "MAX_CONNECTIONS": 1000, **settings}
    environment = {name: str(value) for name, value in given.items()}
    with processes.running([sys.executable, "-m", "dashboard"], port, environment) as server:
        yield server.pid, port


def _publish(port: int, pid: int, count: int) -> None:
    processes.posts(Posts(port, "array", 600, 1, [pid], PADDING, count // BATCH))


@contextlib.contextmanager
def _pages(port: int, count: int) -> Iterator[None]:
    with processes.running(processes.module("page_client", port, count)) as pages:
        assert pages.stdout is not None
        if not pages.stdout.readline():
            raise processes.Failed(f"{count} pages could not be opened")
        yield


@contextlib.contextmanager
def _clients(port: int, count: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            sock.sendall(wire.request("127.0.0.1", port, f"/ws/{os.urandom(8).hex()}"))
            if not sock.recv(4096).startswith(b"HTTP/1.1 101"):
                raise processes.Failed("a client was refused")
        yield


def settled_mb(pid: int) -> float:
    """Return the resident memory of a process, once it has stayed the same for a while."""
    last = now = math.inf
    for _ in polls(SETTLE_LIMIT_S, every_s=SETTLED_S):
        last, now = now, proc.rss_mb(pid)
        if abs(now - last) < 0.05:
            break
    return now
