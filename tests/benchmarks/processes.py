"""Starts the programs of a measurement and ends them with its block."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.load import Load, Plan
from tests.benchmarks.posts import Posted, Posts
from tests.polling import polls

ROOT: Final = Path(__file__).parents[2]
START_TIMEOUT_S: Final = 20.0
STOP_TIMEOUT_S: Final = 10.0
RUN_TIMEOUT_S: Final = 120.0


class Failed(Exception):
    """A program did not do its part; the message ends with what it last printed."""


def module(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of the benchmarks."""
    return [sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, arguments)]


@contextlib.contextmanager
def running(
    command: Sequence[str], port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Give the started program, once it listens on ``port``; it ends with the block."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        try:
            if port is not None:
                _wait_for(port, process)
            yield process
        except Failed as failed:
            log.seek(0)
            raise Failed(f"{failed}; {command[0]} said: {log.read()[-400:].strip()!r}") from None
        finally:
            _end(process)


@contextlib.contextmanager
def publishing(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Give a publisher that waits to be told to begin."""
    with running(command) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise Failed(f"the publisher ended at its start with {process.wait()}")
        yield process


def load(plan: Plan) -> Load:
    """Let the load of ``plan`` run in a process of its own.

    Raises
    ------
    Failed
    """
    command = module("load", msgspec.json.encode(plan).decode())
    done = finished(command, plan.seconds + RUN_TIMEOUT_S)
    return msgspec.json.decode(done, type=Load)


def posts(plan: Posts) -> Posted:
    """Let the requests of ``plan`` be made by a process of its own.

    Raises
    ------
    Failed
    """
    done = finished(module("posts", msgspec.json.encode(plan).decode()))
    return msgspec.json.decode(done, type=Posted)


def finished(command: Sequence[str], timeout_s: float = RUN_TIMEOUT_S) -> str:
    """Return what a program prints that ends by itself.

    Raises
    ------
    Failed
    """
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[2]} did not end within {timeout_s:.0f} s") from None
    if done.returncode:
        raise Failed(f"{command[2]} ended with {done.returncode}: {done.stderr[-400:]}")
    return done.stdout


def free_ports() -> int:
    """Return a port of 127.0.0.1 on which, as on the next one, nothing listens at the moment."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            second.bind(("127.0.0.1", port + 1))
            return port


def ask(process: subprocess.Popen[str], line: str = "report") -> bytes:
    """Send a line to a program that answers each by one."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    if not (answer := process.stdout.readline()):
        raise Failed(f"no answer to {line!r}")
    return answer.encode()


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in polls(START_TIMEOUT_S):
        if process.poll() is not None:
            raise Failed(f"the server ended with {process.returncode} at its start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    raise Failed(f"nothing listened on port {port} in {START_TIMEOUT_S:.0f} s")


def _end(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
