"""One Redis, a network before it, one dashboard and one page: what breaks, and who looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, expect
from redis import Redis

from tests.chaos.processes import Dashboard
from tests.fixtures.redis import RedisServer, running_redis
from tests.relay import Relay, relay_to

USER = "dashboard"
PASSWORD = "right"
OPENS_WITHIN_MS = 30_000
# Set at the start, as what is set later is forgotten with a restart.
_KNOWN = ("--user", USER, "on", f">{PASSWORD}", "~*", "&*", "+@all")


class Stage:
    """What a way of being away takes hold of."""

    def __init__(self, redis: RedisServer, admin: Redis, relay: Relay, heir: RedisServer) -> None:
        self.redis, self.admin, self.relay, self.heir = redis, admin, relay, heir

    @property
    def url(self) -> str:
        return f"redis://{USER}:{PASSWORD}@127.0.0.1:{self.relay.port}/0"

    def drop_clients(self) -> None:
        """Cut every connection but the one that asks for it."""
        self.admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


class Witnesses:
    """Look at ``/health``, the log and the page."""

    def __init__(self, dashboard: Dashboard, page: Page) -> None:
        self.dashboard, self.page = dashboard, page


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Start two Redis servers, of which the second follows the first."""
    with (
        running_redis(_made(folder / "redis"), *_KNOWN) as redis,
        running_redis(_made(folder / "heir"), *_KNOWN) as heir,
        redis.client() as admin,
        heir.client() as follower,
    ):
        for client in (admin, follower):
            client.execute_command(
                "ACL", "SETUSER", USER, "on", f">{PASSWORD}", "~*", "&*", "+@all"
            )
        follower.replicaof("127.0.0.1", str(redis.port))
        async with relay_to(redis.port) as relay:
            yield Stage(redis, admin, relay, heir)


@asynccontextmanager
async def witnessed(folder: Path, stage: Stage, browser: Browser) -> AsyncIterator[Witnesses]:
    """Start a dashboard that reaches Redis through the relay, and open its page."""
    dashboard = Dashboard(folder, "dashboard", stage.url)
    context = await browser.new_context()
    try:
        await dashboard.start()
        await dashboard.ready()
        page = await context.new_page()
        await page.goto(f"{dashboard.url}/dashboard")
        await expect(page.locator("#pill b")).to_have_text("Live", timeout=OPENS_WITHIN_MS)
        yield Witnesses(dashboard, page)
    finally:
        await context.close()
        await dashboard.kill()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
