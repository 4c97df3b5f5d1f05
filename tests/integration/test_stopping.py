"""How a program ends: in order and with 0, whatever it is doing, and at once when told twice."""

import asyncio
import contextlib
import json
import os
import signal

import httpx
import pytest
import websockets

from tests.fixtures.redis import unused_port
from tests.programs import ROOT, START_S, Program, running
from tests.waiting import until

EVENTS = [{"event_type": "test", "source": "tests", "data": {"n": n}} for n in range(500)]
WAYS = ("python -m dashboard", "panel serve")


def command(way: str, port: int, *more: str) -> tuple[str, ...]:
    if way == WAYS[0]:
        return ("-m", "dashboard")
    served = ("-m", "panel", "serve", str(ROOT / "dashboard/app.py"), "--port", str(port))
    return (*served, "--plugins", "dashboard.plugin", "--address", "127.0.0.1", *more)


@contextlib.asynccontextmanager
async def program(folder, way, *more, **environ):
    port = unused_port()
    async with running(folder, *command(way, port, *more), port=port, **environ) as started:
        yield started


def connect(program: Program):
    url = program.url.replace("http", "ws")
    return websockets.connect(f"{url}/ws/reader?ids=true", proxy=None)


async def publish(program: Program, events=EVENTS) -> httpx.Response:
    async with httpx.AsyncClient(base_url=program.url, timeout=START_S) as http:
        return await http.post("/api/events", json=events)


async def read_to_the_end(connection) -> list[dict]:
    messages = []
    async with asyncio.timeout(START_S):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                messages.append(json.loads(await connection.recv()))
    return messages


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def workers_of(program: Program, count: int) -> set[int]:
    """Ask until so many processes have answered."""
    found: set[int] = set()
    async with asyncio.timeout(START_S):
        while len(found) < count:
            found.add((await program.get("/api/metrics")).json()["process"]["pid"])
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("way", WAYS)
async def test_what_was_published_goes_out_before_clients_are_closed_with_1001(
    tmp_path, way, number
):
    async with program(tmp_path, way) as started:
        await started.is_ready()
        async with connect(started) as connection:
            accepted = (await publish(started)).json()
            assert await started.end(number) == 0
            messages = await read_to_the_end(connection)

            assert connection.close_code == 1001
            assert [m["id"] for m in messages if "id" in m] == accepted["ids"]
    assert "Traceback" not in started.output


@pytest.mark.parametrize("way", WAYS)
async def test_it_ends_while_redis_does_not_answer(tmp_path, way, redis_server):
    async with program(tmp_path, way, REDIS_URL=redis_server.url) as started:
        await started.is_ready()
        async with connect(started) as connection:
            await connection.recv()
            redis_server.stop_signal()
            assert await started.end() == 0

            await read_to_the_end(connection)
            assert connection.close_code == 1001
    assert "Traceback" not in started.output


async def test_a_publish_that_is_under_way_is_answered(tmp_path, redis_server, redis):
    async with program(tmp_path, WAYS[0], REDIS_URL=redis_server.url) as started:
        await started.is_ready()
        redis_server.stop_signal()
        publishing = asyncio.create_task(publish(started))
        await until(lambda: "does not answer" in started.output)
        started.process.send_signal(signal.SIGTERM)
        redis_server.cont_signal()

        assert (await publishing).status_code in (202, 503)
        assert await started.process.wait() == 0
    assert "Traceback" not in started.output


async def test_it_ends_in_order_while_it_still_starts(tmp_path):
    nobody = f"redis://127.0.0.1:{unused_port()}"
    async with program(tmp_path, WAYS[0], REDIS_URL=nobody) as started:
        await until(lambda: "refuses connections" in started.output, START_S)

        assert await started.end() == 0
    assert "Traceback" not in started.output


@pytest.mark.parametrize("way", WAYS)
async def test_a_second_signal_ends_it_at_once(tmp_path, way, redis_server):
    async with program(tmp_path, way, REDIS_URL=redis_server.url) as started:
        await started.is_ready()
        redis_server.stop_signal()
        # What is under way is waited for, so that there is a time for a second signal.
        publishing = asyncio.create_task(publish(started))
        await until(lambda: "does not answer" in started.output)
        again = asyncio.create_task(publish(started))
        await until(lambda: publishing.done())
        started.process.send_signal(signal.SIGTERM)

        # Two of one kind may become one before the process looks.
        assert await started.end(signal.SIGINT) == 1
        await asyncio.gather(publishing, again, return_exceptions=True)


async def test_workers_of_panel_serve_end_with_their_parent(tmp_path):
    async with program(tmp_path, WAYS[1], "--num-procs", "2") as started:
        await started.is_ready()
        workers = await workers_of(started, 2)

        assert await started.end() == 0
        assert [pid for pid in workers if is_alive(pid)] == []
    assert "Traceback" not in started.output


async def test_workers_of_panel_serve_end_when_their_parent_was_killed(tmp_path):
    async with program(tmp_path, WAYS[1], "--num-procs", "2") as started:
        await started.is_ready()
        workers = await workers_of(started, 2)

        started.process.kill()

        await until(lambda: not any(map(is_alive, workers)))


async def test_workers_that_get_the_signal_of_their_parent_too_end_in_order(tmp_path):
    async with program(tmp_path, WAYS[1], "--num-procs", "2") as started:
        await started.is_ready()
        workers = await workers_of(started, 2)
        async with connect(started) as connection:
            await connection.recv()
            for pid in workers:
                os.kill(pid, signal.SIGINT)

            assert await started.end(signal.SIGINT) == 0
            await read_to_the_end(connection)
            assert connection.close_code == 1001
    assert "restarting" not in started.output
    assert "Traceback" not in started.output
