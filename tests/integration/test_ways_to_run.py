"""Each way to run it, as a program of its own: the page, the API, and how it ends."""

import asyncio
import signal

import httpx
import pytest

from tests.fixtures.redis import unused_port
from tests.programs import ROOT, START_S, running
from tests.waiting import until


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
        # What it began with can be looked at, too.
        kept = (await program.get("/api/events/history?limit=20000")).json()
        assert len(kept) > 10_000
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
