"""Every route of the product as it runs: none opens by itself, save a frozen list."""

import httpx
import pytest
import websockets
from tornado.routing import PathMatches

OPEN = {"/health", "/ready"}
SAMPLES = [
    "/", "/health", "/ready", "/metrics", "/openapi.json", "/docs", "/api/metrics",
    "/api/events/history", "/api/events/filter", "/api/events/rejected", "/api/events/stream",
    "/api/events/export", "/api/events", "/api/test/publish-event", "/api/nothing", "/ws/a",
    "/favicon.ico", "/dashboard", "/dashboard/ws", "/dashboard/metadata", "/dashboard/autoload.js",
    "/dashboard/static/x", "/static/js/bokeh.min.js", "/static/extensions/panel/panel.min.js",
    "/components/os/x/_css/y",
]  # fmt: skip


def paths_of(server):
    """A path for every rule of the running application."""
    found = set()
    for rule in server.server._server._tornado.wildcard_router.rules:
        assert isinstance(rule.matcher, PathMatches)
        fitting = [path for path in SAMPLES if rule.matcher.regex.match(path)]
        assert fitting, f"no sample for the route {rule.matcher.regex.pattern}"
        found.update(fitting)
    return sorted(found)


@pytest.fixture
async def guarded(start_embedded):
    return await start_embedded(host="0.0.0.0", api_token="t0ken")


async def test_every_sample_is_of_a_route(guarded):
    assert paths_of(guarded) == sorted(SAMPLES)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT"])
async def test_no_route_opens_without_the_token(guarded, method):
    for path in paths_of(guarded):
        status = (await guarded.http.request(method, path)).status_code

        assert (status == 401) is (path not in OPEN), path


async def test_no_websocket_opens_without_the_token(guarded):
    for path in ("/ws/a", "/dashboard/ws"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(guarded.server.url.replace("http", "ws") + path, proxy=None)
        assert refused.value.response.status_code == 401


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
async def test_no_route_opens_to_another_site(start_embedded, headers):
    server = await start_embedded()

    for path in paths_of(server):
        assert (await server.http.get(path, headers=headers)).status_code == 403, path


async def test_with_the_token_everything_opens(guarded):
    async with httpx.AsyncClient(
        base_url=guarded.server.url, headers={"Authorization": "Bearer t0ken"}
    ) as client:
        for path in ("/dashboard", "/api/metrics", "/metrics", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 200, path
