"""Each way to run it, as a program of its own: the page, the API, and how it ends."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from tests.fixtures.redis import unused_port
from tests.waiting import until

ROOT = Path(__file__).parents[2]
START_S = 30
STOP_S = 10


class Program:
    """A running program with its output so far."""

    def __init__(self, process, port):
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.output = ""

    async def read(self):
        while line := await self.process.stdout.readline():
            self.output += line.decode()

    async def get(self, path):
        async with httpx.AsyncClient(base_url=self.url, timeout=START_S) as client:
            return await client.get(path)

    async def answers(self, path):
        """Wait until the address is answered."""
        async with asyncio.timeout(START_S):
            while True:
                assert self.process.returncode is None, self.output
                with contextlib.suppress(httpx.TransportError):
                    return await self.get(path)
                await asyncio.sleep(0.05)

    async def end(self, number=signal.SIGTERM):
        """Send a signal; returns the exit status."""
        self.process.send_signal(number)
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def running(folder, *command, cwd=None, port=0, **environ):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=cwd or folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(port), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    program = Program(process, port)
    reading = asyncio.create_task(program.read())
    try:
        yield program
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def test_python_m_dashboard(tmp_path):
    async with running(tmp_path, "-m", "dashboard", port=unused_port()) as program:
        page = await program.answers("/dashboard")
        health = await program.get("/health")

        assert page.status_code == 200
        assert "client/bridge.js" in page.text
        assert health.json()["status"] == "healthy"
        assert await program.end() == 0

    assert f"{program.url}/dashboard" in program.output
    assert "Traceback" not in program.output


async def test_python_app_py_in_its_folder(tmp_path):
    folder = ROOT / "dashboard"
    async with running(tmp_path, "app.py", cwd=folder, port=unused_port()) as program:
        assert (await program.answers("/dashboard")).status_code == 200
        assert await program.end(signal.SIGINT) == 0


async def test_demo_has_a_past_and_goes_on(tmp_path):
    async with running(tmp_path, "-m", "dashboard", "--demo", port=unused_port()) as program:
        await program.answers("/health")
        async with asyncio.timeout(START_S):
            figures: dict[str, float] = {}
            while not (figures.get("events_per_second") and figures["events_received"] > 10_000):
                figures = (await program.get("/api/metrics")).json()
        assert await program.end() == 0


def panel_serve(port, *more):
    return ("-m", "panel", "serve", str(ROOT / "dashboard/app.py"), "--port", str(port), *more)


async def test_panel_serve_with_the_plugin(tmp_path):
    port = unused_port()
    command = panel_serve(port, "--plugins", "dashboard.plugin", "--address", "127.0.0.1")
    async with running(tmp_path, *command, port=port) as program:
        page = await program.answers("/app")
        documented = await program.get("/dashboard")
        health = await program.get("/health")
        async with httpx.AsyncClient(base_url=program.url) as client:
            rebound = await client.get("/app", headers={"Host": "evil.example"})

        assert page.status_code == 200
        assert documented.headers["Location"] == "app"
        assert health.json()["status"] == "healthy"
        assert rebound.status_code == 403
        assert await program.end() == 0
    assert "Traceback" not in program.output


async def test_bare_panel_serve_gives_the_page_alone_and_warns(tmp_path):
    port = unused_port()
    async with running(tmp_path, *panel_serve(port), port=port) as program:
        page = await program.answers("/app")
        api = await program.get("/api/metrics")

        assert page.status_code == 200
        assert api.status_code == 404
        await until(lambda: "anyone who reaches this machine sees the page" in program.output)


async def test_bare_panel_serve_on_loopback_does_not_warn(tmp_path):
    port = unused_port()
    command = panel_serve(port, "--address", "127.0.0.1")
    async with running(tmp_path, *command, port=port) as program:
        assert (await program.answers("/app")).status_code == 200
        await program.end()

    assert "anyone who reaches" not in program.output


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PORT", "many", "PORT='many' is refused"),
        ("FILTER_CLASS", "nothing:Here", "FILTER_CLASS='nothing:Here' cannot be imported"),
        ("HOST", "192.0.2.1", "cannot listen on HOST='192.0.2.1'"),
    ],
)
async def test_a_bad_setting_stops_the_start_with_one_line(tmp_path, variable, value, says):
    async with running(tmp_path, "-m", "dashboard", **{variable: value}) as program:
        async with asyncio.timeout(START_S):
            status = await program.process.wait()

    assert status == 2
    assert program.output.startswith(says)
    assert program.output.count("\n") == 1


async def test_beyond_loopback_the_address_with_the_token_is_logged_once(tmp_path):
    port = unused_port()
    async with running(tmp_path, "-m", "dashboard", port=port, HOST="0.0.0.0") as program:
        refused = await program.answers("/api/metrics")
        open_to_all = await program.get("/health")
        await until(lambda: "?token=" in program.output)
        token = program.output.partition("?token=")[2].split('"')[0].split()[0]
        entered = await program.get(f"/api/metrics?token={token}")
        await program.end()

    assert refused.status_code == 401
    assert open_to_all.status_code == 200
    assert entered.status_code == 200
    assert program.output.count(token) == 1
