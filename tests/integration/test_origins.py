"""What another site's page can make a browser do here, and what it cannot."""

import httpx
import pytest
from tornado.routing import PathMatches

from tests.fixtures.door import FOREIGN, LISTED, TOKEN, Running, cookie_of, running


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "a.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8000",
     "localhost.", "listed.example", "listed.example:81"],
)  # fmt: skip
async def test_names_of_this_machine_are_served(local, host):
    assert (await local.get("/api/seen", Host=host)).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["foreign.example", "localhost.foreign.example", "127.0.0.1.foreign.example", "127.1",
     "xlocalhost", "0.0.0.0", "192.168.0.1", "[::2]", "listed.example.foreign.example", ""],
)  # fmt: skip
async def test_a_rebound_name_is_not(local, host):
    for path in ("/api/seen", "/dashboard", "/health", "/ws/a"):
        answer = await local.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")
        assert answer.status_code == 403
        assert "Host" in answer.json()["detail"]


async def test_names_are_not_checked_beyond_loopback(guarded):
    answer = await guarded.get("/api/seen", Host="any.example", Authorization=f"Bearer {TOKEN}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8000", "http://localhost:8000"),
        ("localhost:8000", "https://LOCALHOST:8000"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("localhost:443", "https://localhost"),
        ("127.0.0.1:8000", LISTED),
        ("127.0.0.1:8000", LISTED.upper()),
    ],
)
async def test_own_and_listed_origins_are_served(local, host, origin):
    assert (await local.get("/api/seen", Host=host, Origin=origin)).status_code == 200
    assert await local.upgrade("/ws/a", Origin=LISTED) == 101


@pytest.mark.parametrize(
    "origin",
    [FOREIGN, "null", "", "http://localhost:8001", "http://127.0.0.1:8000", "http://listed.example",
     f"{LISTED}:444", f"{LISTED}, {FOREIGN}", f"{LISTED}.foreign.example", "localhost:8000", "://"],
)  # fmt: skip
async def test_other_origins_are_not(local, origin):
    for path in ("/api/seen", "/dashboard", "/health", "/static/js/bokeh.min.js", "/ws/a"):
        answer = await local.get(path, Host="localhost:8000", Origin=origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    assert await local.upgrade("/ws/a", Origin=origin) == 403


async def test_another_site_may_link_here_but_not_include_us(local):
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    image = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}

    assert (await local.get("/dashboard", **link)).status_code == 200
    assert (await local.get("/dashboard", **image)).status_code == 403
    assert (await local.get("/api/seen", **image)).status_code == 403


async def preflight(server: Running, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return await server.client.options("/api/seen", headers=headers)


async def test_a_preflight_from_a_listed_origin_needs_no_token(guarded):
    answer = await preflight(guarded, LISTED)

    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "Origin" in answer.headers["vary"]


async def test_a_preflight_from_elsewhere_is_refused(guarded):
    assert (await preflight(guarded, FOREIGN)).status_code == 403


async def test_options_that_is_no_preflight_needs_a_token(guarded):
    answer = await guarded.client.options("/api/seen", headers={"Origin": LISTED})

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/api/seen", "/nowhere", "/dashboard/autoload.js", "/health"])
async def test_a_listed_origin_may_read_every_answer(guarded, path):
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
        answer = await guarded.get(path, Origin=LISTED, **headers)

        assert answer.headers.get_list("access-control-allow-origin") == [LISTED]
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]


async def test_any_origin_may_come_without_credentials():
    async with running(api_token=TOKEN, cors=("*",)) as server:
        cookie = await cookie_of(server)
        with_token = await server.get("/api/seen", Origin=FOREIGN, Authorization=f"Bearer {TOKEN}")
        with_cookie = await server.get("/api/seen", Origin=FOREIGN, Cookie=cookie)
        socket_with_cookie = await server.upgrade("/ws/a", Origin=FOREIGN, Cookie=cookie)
        own = await server.get("/api/seen", Origin=server.url, Cookie=cookie)

    assert with_token.status_code == 200
    assert with_token.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in with_token.headers
    assert (with_cookie.status_code, socket_with_cookie, own.status_code) == (401, 401, 200)


async def test_bokeh_lets_no_origin_read_by_itself(local):
    script = await local.get("/dashboard/autoload.js?bokeh-autoload-element=a")

    assert script.status_code == 200
    assert not [name for name in script.headers if name.startswith("access-control")]


def sample_paths(server: Running) -> dict[str, str]:
    """A path for every rule of the running application, found by what its pattern matches."""
    samples = {}
    candidates = ["/favicon.ico", "/dashboard", "/dashboard/ws", "/dashboard/metadata", "/health",
                  "/dashboard/autoload.js", "/ready", "/api/seen", "/ws/a", "/static/js/bokeh.js",
                  "/static/extensions/panel/panel.min.js", "/components/a/b/c/d", "/",
                  "/dashboard/static/x"]  # fmt: skip
    for rule in server.server._tornado.wildcard_router.rules:
        assert isinstance(rule.matcher, PathMatches)
        pattern = rule.matcher.regex
        fitting = [path for path in candidates if pattern.match(path)]
        assert fitting, f"no sample for the route {pattern.pattern}"
        samples[pattern.pattern] = fitting[0]
    return samples


OPEN = {"/health", "/ready"}


async def test_no_route_opens_without_a_token(guarded):
    for path in sample_paths(guarded).values():
        status = (await guarded.get(path)).status_code
        assert status == (200 if path in OPEN else 401), path


@pytest.mark.parametrize("headers", [{"Origin": FOREIGN}, {"Host": "foreign.example"}])
async def test_no_route_opens_to_another_site(local, headers):
    for path in sample_paths(local).values():
        assert (await local.get(path, **headers)).status_code == 403, path


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
async def test_no_method_opens_without_a_token(guarded, method):
    for path in ("/api/seen", "/dashboard", "/nowhere"):
        answer = await guarded.client.request(method, path)
        assert answer.status_code == 401
        assert bool(answer.content) == (method != "HEAD")
