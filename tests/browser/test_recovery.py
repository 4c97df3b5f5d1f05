"""A page outlives its server: a crash, and the next one on the same port."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Visit

ROOT = Path(__file__).parents[2]
# Bokeh tries again after half a second, then ever later, up to about half a minute.
RECOVERS_WITHIN_MS = 40_000
STARTS_WITHIN_S = 20


class Process:
    """The server as its own program, which may be killed and started again."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**os.environ, "PORT": str(port), "LOG_LEVEL": "WARNING"}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dashboard"),
            cwd=ROOT,
            env=self._environment,
        )
        async with asyncio.timeout(STARTS_WITHIN_S), httpx.AsyncClient() as client:
            while not await self._answers(client):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await client.get(f"{self.url}/health")).is_success
        return False

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def publish(self, text: str) -> None:
        event = {"event_type": "test", "source": "tester", "data": {"text": text}}
        async with httpx.AsyncClient() as client:
            (await client.post(f"{self.url}/api/events", json=event)).raise_for_status()


@pytest.fixture
async def process(free_port: int) -> AsyncIterator[Process]:
    process = Process(free_port)
    await process.start()
    yield process
    await process.kill()


@pytest.mark.timeout(120)
async def test_a_page_goes_on_by_itself_after_its_server_was_killed(
    process: Process, browser: Browser
):
    context = await browser.new_context()
    visit = Visit(await context.new_page())
    await visit.go(f"{process.url}/dashboard?search=light")
    await process.publish("first light")
    await expect(visit.cell(0, "text")).to_contain_text("first light")

    await process.kill()
    await expect(visit.page.locator("#pill b")).to_have_text("Reconnecting")
    await process.start()
    await process.publish("second light")
    await process.publish("darkness")

    newest = visit.cell(0, "text")
    await expect(newest).to_contain_text("second light", timeout=RECOVERS_WITHIN_MS)
    await expect(visit.page.locator("#pill b")).to_have_text("Live")
    await expect(visit.page.locator("#chart-hist canvas").first).to_be_visible()
    assert not await visit.was_reloaded()
    assert visit.errors == []
    await context.close()
