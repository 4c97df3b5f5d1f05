"""A real nginx in front of dashboards, as docs/nginx.conf has it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import provision
from tests.chaos.processes import ROOT, Dashboard
from tests.fixtures.redis import RedisServer, unused_port

EXAMPLE = ROOT / "docs" / "nginx.conf"
_STARTS_WITHIN_S = 10
# What a system's own nginx.conf says around the example; all that is written stays in the folder.
_AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    log_format seen '$request_uri $status $upstream_addr';
    access_log {folder}/access.log seen;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/dashboard.conf;
}}
"""

_TORN = """\
    location = /dashboard {{ proxy_pass http://127.0.0.1:{page}; }}
    location = /dashboard/ws {{ proxy_pass http://127.0.0.1:{socket}; }}

    location / {{"""


class Proxy:
    """nginx and the dashboards behind it."""

    def __init__(self, folder: Path, dashboards: list[Dashboard]) -> None:
        self._folder, self.dashboards = folder, dashboards
        self.port = unused_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def answered(self, path: str) -> list[str]:
        """Return which dashboards answered requests for ``path``, in the order of their ends."""
        lines = map(str.split, (self._folder / "access.log").read_text().splitlines())
        # The one that answered is the last that nginx asked.
        return [asked[-1] for uri, _, *asked in lines if uri.partition("?")[0] == path]

    async def figures(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as http:
            found: dict[str, Any] = (await http.get(f"{self.url}/api/metrics")).json()
        return found

    async def publish(self, *texts: str, key: str | None = None) -> list[str]:
        events = [{"event_type": "test", "source": "t", "data": {"text": text}} for text in texts]
        headers = {} if key is None else {"Idempotency-Key": key}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/api/events", json=events, headers=headers)
        assert answer.status_code == 202, answer.text
        ids: list[str] = answer.json()["ids"]
        return ids

    def write(self, *, torn: bool) -> None:
        """Write the configuration; only the ports are other ones than documented.

        A ``torn`` one has a page from the one dashboard, its WebSocket at the other, its files
        from both.
        """
        site = EXAMPLE.read_text()
        ports = {
            "8080": self.port,
            "8001": self.dashboards[0].port,
            "8002": self.dashboards[1].port,
        }
        for documented, port in ports.items():
            site, count = re.subn(rf"(listen |127\.0\.0\.1:){documented}\b", rf"\g<1>{port}", site)
            assert count > 0, f"{EXAMPLE.name} names no port {documented}"
        if torn:
            one, two = self.dashboards
            apart = _TORN.format(page=one.port, socket=two.port)
            site = site.replace("ip_hash;", "").replace("    location / {", apart, 1)
        (self._folder / "dashboard.conf").write_text(site)
        (self._folder / "nginx.conf").write_text(_AROUND.format(folder=self._folder))

    async def listening(self, process: asyncio.subprocess.Process) -> None:
        async with asyncio.timeout(_STARTS_WITHIN_S), httpx.AsyncClient() as http:
            while True:
                assert process.returncode is None, (self._folder / "error.log").read_text()
                with suppress(httpx.TransportError):
                    await http.get(f"{self.url}/health")
                    return
                await asyncio.sleep(0.02)


@asynccontextmanager
async def two_behind_nginx(
    folder: Path, redis: RedisServer, *, torn: bool = False
) -> AsyncIterator[Proxy]:
    """Start two dashboards on one stream, and nginx in front of them."""
    try:
        program = provision.nginx()
    except provision.Missing as missing:
        pytest.fail(str(missing), pytrace=False)
    dashboards = [Dashboard(folder, f"process {number}", redis.url) for number in range(2)]
    proxy = Proxy(folder, dashboards)
    proxy.write(torn=torn)
    nginx: asyncio.subprocess.Process | None = None
    try:
        for dashboard in dashboards:
            await dashboard.start()
        for dashboard in dashboards:
            await dashboard.ready()
        command = (str(program), "-p", str(folder), "-c", str(folder / "nginx.conf"))
        nginx = await asyncio.create_subprocess_exec(*command, "-e", str(folder / "error.log"))
        await proxy.listening(nginx)
        yield proxy
    finally:
        if nginx is not None and nginx.returncode is None:
            nginx.terminate()
            await nginx.wait()
        for dashboard in dashboards:
            await dashboard.kill()
