"""Requests one after the other over some connections: ``python -m tests.benchmarks.posts PLAN``.

It takes a `Posts` as JSON, sends what it says for so long, and prints a `Posted` as JSON.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from typing import Final, Literal

import msgspec

from tests.benchmarks import proc
from tests.benchmarks.events import event

BATCH: Final = 1000
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
Form = Literal["array", "ndjson", "single"]


class Posts(msgspec.Struct):
    """What to send where: ``form`` is an array or lines of `BATCH` events, or single ones."""

    port: int
    form: Form
    seconds: float
    connections: int
    pids: list[int]
    """The processes of the server."""
    padding: str = ""
    most: int = 1 << 60
    """So many requests at most."""


class Posted(msgspec.Struct):
    """How many events were accepted in ``seconds``, and the CPU time that the server took."""

    events: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0

    @property
    def per_s(self) -> float:
        return self.events / self.seconds

    @property
    def us_an_event(self) -> float:
        return 1e6 * self.cpu_s / self.events


def request(plan: Posts) -> bytes:
    """Return the one request that is sent again and again."""
    kind, body = body_of(plan.form, plan.padding)
    head = (
        f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def body_of(form: Form, padding: str = "") -> tuple[str, bytes]:
    """Return a content type, and what is of it."""
    if form == "single":
        return "application/json", json.dumps(event(0, 0, padding=padding)).encode()
    events = [event(number, 0, padding=padding) for number in range(BATCH)]
    if form == "array":
        return "application/json", json.dumps(events).encode()
    return "application/x-ndjson", b"".join(json.dumps(each).encode() + b"\n" for each in events)


def post(plan: Posts) -> Posted:
    """Keep one request under way on every connection."""
    sent, each = request(plan), 1 if plan.form == "single" else BATCH
    poller, sockets = select.poll(), {}
    for _ in range(plan.connections):
        sock = socket.create_connection(("127.0.0.1", plan.port), 10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[sock.fileno()] = sock
        poller.register(sock, select.POLLIN)
    posted = Posted()
    cpu_s, start_s = proc.cpu_s(plan.pids), time.monotonic()
    for sock in sockets.values():
        sock.sendall(sent)
    begun, answered = len(sockets), 0
    while answered < begun:
        for file, _ in poller.poll(10_000):
            take_answer(sockets[file])
            answered += 1
            if time.monotonic() - start_s < plan.seconds and begun < plan.most:
                sockets[file].sendall(sent)
                begun += 1
    posted.events, posted.seconds = answered * each, time.monotonic() - start_s
    posted.cpu_s = proc.cpu_s(plan.pids) - cpu_s
    for sock in sockets.values():
        sock.close()
    return posted


def take_answer(sock: socket.socket) -> None:
    """Read one answer, which is to say that all was accepted."""
    answer = sock.recv(1 << 18)
    if not answer.startswith(b"HTTP/1.1 20"):
        raise ValueError(f"refused: {answer[:300].decode(errors='replace')!r}")
    while b"\r\n\r\n" not in answer:
        answer += more(sock)
    head, _, body = answer.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    assert found is not None, head
    left = int(found[1]) - len(body)
    while left > 0:
        left -= len(more(sock))


def more(sock: socket.socket) -> bytes:
    part = sock.recv(1 << 18)
    if not part:
        raise ValueError("the server closed the connection")
    return part


if __name__ == "__main__":
    print(msgspec.json.encode(post(msgspec.json.decode(sys.argv[1], type=Posts))).decode())
