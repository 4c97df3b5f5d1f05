"""The load: WebSocket clients in a process of their own, ``python -m tests.benchmarks.load PLAN``.

It takes a `Plan` as JSON, opens the clients, and prints a `Load` as JSON: what they received while
it measured, how late, and what it cost the server and itself. Standard library and msgspec only.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
from typing import Final, NoReturn

import msgspec

from tests.benchmarks import proc, wire
from tests.benchmarks.events import START
from tests.benchmarks.stats import Latencies
from tests.benchmarks.stream import BrokenFrame, CountingStream, ExactStream, Stream

ROOM: Final = 4 << 20
READ_BYTES: Final = 1 << 18
CONNECT_TIMEOUT_S: Final = 30.0
PONG_PERIOD_S: Final = 10.0


class Plan(msgspec.Struct):
    """Whom to open on what, for how long; ``{i}`` in the path is the number of the client."""

    port: int
    path: str
    clients: int
    seconds: float
    warm_s: float = 0.7
    hello: str = ""
    """What each client says first, a binary message."""
    subprotocol: str = ""
    exact: int = 4
    """So many clients take every frame apart; the others count."""
    queries: list[str] = []
    """Of each client in turn, and the step in which its numbers are to rise."""
    steps: list[int] = []
    pids: list[int] = []
    """The processes of the server."""
    publisher: int = 0
    """The process that is told to begin once all clients are there; 0 for none."""


class Load(msgspec.Struct):
    """What was received in ``seconds``; the server's CPU time, and the load's own."""

    seconds: float = 0.0
    deliveries: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float = 0.0
    missing: int = 0
    doubled: int = 0
    disordered: int = 0
    closed: int = 0
    cpu_s: float = 0.0
    own_cpu_s: float = 0.0
    received_bytes: int = 0
    error: str = ""

    @property
    def per_s(self) -> float:
        return self.deliveries / self.seconds

    @property
    def cpu_percent(self) -> float:
        return 100 * self.cpu_s / self.seconds

    @property
    def own_cpu_percent(self) -> float:
        """Near 100, the load is the limit and what it says of the server means little."""
        return 100 * self.own_cpu_s / self.seconds

    @property
    def us_per_delivery(self) -> float:
        return 1e6 * self.cpu_s / self.deliveries if self.deliveries else float("inf")

    @property
    def faults(self) -> int:
        return self.missing + self.doubled + self.disordered + self.closed


class Client:
    """One connection, and what came through it."""

    def __init__(self, sock: socket.socket, stream: Stream, number: int) -> None:
        self.sock, self.stream, self.number = sock, stream, number
        self.is_up = self.is_closed = False


class Clients:
    """All connections, read by one loop over one buffer."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._buffer = bytearray(ROOM)
        self._view = memoryview(self._buffer)
        self._poller = select.epoll()
        self._by_file: dict[int, Client] = {}
        self._pong_due_s = time.monotonic() + PONG_PERIOD_S
        self.all: list[Client] = []
        self.load: Load | None = None
        """Where to count; None while nothing is measured."""
        self.latencies = Latencies()

    def open(self) -> None:
        """Connect everybody, reading meanwhile what is already sent to the first of them."""
        until_s = time.monotonic() + CONNECT_TIMEOUT_S
        for number in range(self._plan.clients):
            self._connect(number)
            self._poll(0)
        while not all(client.is_up for client in self.all):
            self._poll(0.05)
            if time.monotonic() > until_s:
                up = sum(client.is_up for client in self.all)
                give_up(f"{up} of {len(self.all)} clients connected in {CONNECT_TIMEOUT_S:.0f} s")

    def run(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self._poll(min(0.05, left_s))
            if time.monotonic() > self._pong_due_s:
                self._pong()

    def _connect(self, number: int) -> None:
        plan = self._plan
        sock = socket.create_connection(("127.0.0.1", plan.port), CONNECT_TIMEOUT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        query = plan.queries[number % len(plan.queries)] if plan.queries else ""
        path = plan.path.replace("{i}", str(number)) + query
        sock.sendall(wire.request("127.0.0.1", plan.port, path, plan.subprotocol))
        sock.setblocking(False)
        kind = ExactStream if number < plan.exact else CountingStream
        step = plan.steps[number % len(plan.steps)] if plan.steps else 1
        client = Client(sock, kind(step), number)
        self.all.append(client)
        self._by_file[sock.fileno()] = client
        self._poller.register(sock.fileno(), select.EPOLLIN)

    def _poll(self, timeout_s: float) -> None:
        for file, _ in self._poller.poll(timeout_s, 512):
            if (client := self._by_file.get(file)) is not None:
                self._read(client)

    def _read(self, client: Client) -> None:
        stream = client.stream
        kept = len(stream.tail)
        self._buffer[:kept] = stream.tail
        try:
            received = client.sock.recv_into(self._view[kept : kept + READ_BYTES])
        except BlockingIOError:
            return
        except OSError:
            received = 0
        now_ns = time.monotonic_ns()
        if not received:
            self._close(client)
        elif client.is_up:
            self._take(client, kept + received, now_ns)
        else:
            self._answered(client, kept + received)

    def _answered(self, client: Client, end: int) -> None:
        head_end = self._buffer.find(b"\r\n\r\n", 0, end)
        if head_end < 0:
            client.stream.tail = bytes(self._buffer[:end])
            return
        if not self._buffer.startswith(b"HTTP/1.1 101"):
            give_up(f"refused: {self._buffer[: min(end, 200)].decode(errors='replace')}")
        client.is_up = True
        client.stream.tail = bytes(self._buffer[head_end + 4 : end])
        if self._plan.hello:
            hello = self._plan.hello.replace("{i}", f"{client.number:06}").encode("latin-1")
            client.sock.sendall(wire.client_frame(hello, wire.BINARY))

    def _take(self, client: Client, end: int, now_ns: int) -> None:
        stream = client.stream
        try:
            seen = stream.take(self._buffer, end)
        except BrokenFrame as error:
            give_up(str(error))
        if isinstance(stream, ExactStream) and (stream.pings or stream.close_code):
            self._reply(client, stream)
        if seen is None or self.load is None:
            return
        load = self.load
        load.deliveries += seen.events
        load.received_bytes += end
        # The events of one chunk lie between its first and its last.
        self.latencies.add(now_ns - seen.first_due_ns, seen.events / 2)
        self.latencies.add(now_ns - seen.last_due_ns, seen.events / 2)

    def _reply(self, client: Client, stream: ExactStream) -> None:
        for payload in stream.pings:
            client.sock.sendall(wire.client_frame(payload, wire.PONG))
        stream.pings.clear()
        if stream.close_code:
            self._close(client)

    def _pong(self) -> None:
        """Keep alive those who only count, and so do not see a ping, by a pong unasked for."""
        self._pong_due_s = time.monotonic() + PONG_PERIOD_S
        for client in self.all:
            if isinstance(client.stream, CountingStream) and not client.is_closed:
                with contextlib.suppress(OSError):
                    client.sock.send(wire.client_frame(b"", wire.PONG))

    def _close(self, client: Client) -> None:
        client.is_closed = client.is_up = True
        self._poller.unregister(client.sock.fileno())
        del self._by_file[client.sock.fileno()]
        client.sock.close()


def measure(plan: Plan) -> Load:
    """Open the clients, let them run warm, and count what they get."""
    clients = Clients(plan)
    clients.open()
    if plan.publisher:
        os.kill(plan.publisher, START)
    clients.run(plan.warm_s)
    for client in clients.all:
        client.stream.forget_faults()
    load = clients.load = Load()
    server_s, own_s, start_s = proc.cpu_s(plan.pids), time.process_time(), time.monotonic()
    clients.run(plan.seconds)
    load.seconds = time.monotonic() - start_s
    load.cpu_s, load.own_cpu_s = proc.cpu_s(plan.pids) - server_s, time.process_time() - own_s
    load.p50_ms = clients.latencies.quantile_ms(0.5)
    load.p99_ms = clients.latencies.quantile_ms(0.99)
    load.max_ms = clients.latencies.max_ms
    load.closed = sum(client.is_closed for client in clients.all)
    for fault in ("missing", "doubled", "disordered"):
        setattr(load, fault, sum(getattr(client.stream, fault) for client in clients.all))
    return load


def give_up(why: str) -> NoReturn:
    print(msgspec.json.encode(Load(error=why)).decode(), flush=True)
    sys.exit(0)


if __name__ == "__main__":
    proc.allow_many_files()
    done = measure(msgspec.json.decode(sys.argv[1], type=Plan))
    print(msgspec.json.encode(done).decode(), flush=True)
