"""Who needs a token, how it is given, and where it must never show."""

import asyncio
import json
import logging
import re
import sys

import bokeh.server.server as made_by
import httpx
import pytest
import websockets
from bokeh.util.token import get_token_payload

from dashboard.access import Access
from dashboard.door import door
from dashboard.settings import Settings
from tests.fixtures.door import FOREIGN, LISTED, TIMEOUT_S, TOKEN, cookie_of, running


async def test_on_loopback_everything_is_open(local):
    assert (await local.get("/api/seen")).status_code == 200
    assert (await local.get("/dashboard")).status_code == 200
    assert await local.upgrade("/ws/a") == 101


async def test_a_set_token_is_needed_on_loopback_too():
    async with running(api_token=TOKEN, allow_anonymous=True) as server:
        assert (await server.get("/api/seen")).status_code == 401
        assert (await server.get("/health")).status_code == 200


@pytest.mark.parametrize(
    ("addresses", "is_loopback"),
    [
        (["127.0.0.1"], True),
        (["127.0.0.2", "::1", "::ffff:127.0.0.1"], True),
        (["127.0.0.1", "192.168.0.1"], False),
        (["0.0.0.0"], False),
        (["::"], False),
        (["/run/dashboard.sock"], False),
        ([], False),
    ],
)
def test_loopback_means_every_address_bound(addresses, is_loopback):
    access = Access(Settings(host="127.0.0.1"))

    access.bind(addresses)

    assert access.is_loopback == is_loopback
    assert access.needs_token != is_loopback


async def test_beyond_loopback_a_token_is_made_and_told_once(server_log):
    async with running("0.0.0.0") as server:
        refused = await server.get("/dashboard")
        [line] = [line for line in server_log if "open http" in line]
        url = re.search(r"http://127\.0\.0\.1:\d+/dashboard\?token=[\w-]{43}", line)
        assert url
        opened = await server.client.get(url.group(), follow_redirects=True)

    assert refused.status_code == 401
    assert opened.status_code == 200
    assert sum(str(server.access.made_token) in line for line in server_log) == 1


async def test_the_made_token_is_told_whatever_the_level():
    seen: list[str] = []
    logger = logging.getLogger("dashboard.access")
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    logger.setLevel(logging.CRITICAL)
    try:
        async with running("0.0.0.0"):
            pass
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)

    assert any("token=" in line for line in seen)


async def test_everyone_may_enter_where_that_is_said(server_log):
    async with running("0.0.0.0", allow_anonymous=True) as server:
        status = (await server.get("/api/seen", Host="any.example")).status_code

    assert status == 200
    assert not any("token=" in line for line in server_log)


@pytest.mark.parametrize("path", ["/health", "/ready", "/health?token=wrong"])
async def test_checks_need_no_token(guarded, path):
    assert (await guarded.get(path)).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/health/", "//health", "/%68ealth", "/HEALTH", "/health;a", "/health%00", "/./ready"],
)
async def test_what_resembles_a_check_needs_one(guarded, path):
    answer = await guarded.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")

    assert answer.status_code == 401


async def test_without_a_token_the_answer_says_how(guarded):
    answer = await guarded.get("/api/seen")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="dashboard"'
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Authorization: Bearer" in answer.json()["detail"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
async def test_a_token_in_the_header_opens(guarded, scheme):
    answer = await guarded.get("/api/seen", Authorization=f"{scheme} {TOKEN}")

    assert answer.status_code == 200
    assert await guarded.upgrade("/ws/a", Authorization=f"{scheme} {TOKEN}") == 101


async def test_a_token_in_the_query_opens(guarded):
    query = httpx.QueryParams({"token": TOKEN})

    assert (await guarded.get(f"/api/seen?{query}")).status_code == 200
    assert await guarded.upgrade(f"/ws/a?{query}") == 101


async def test_a_page_keeps_the_token_in_a_cookie_and_leaves_the_address(guarded):
    answer = await guarded.client.get("/dashboard", params={"q": "a b&c", "token": TOKEN, "x": ""})
    guarded.client.cookies.clear()

    assert answer.status_code == 303
    assert answer.headers["location"] == "./dashboard?q=a+b%26c&x="
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    name_and_value, *flags = answer.headers["set-cookie"].split("; ")
    assert name_and_value.startswith(f"dashboard_token_{guarded.port}=")
    assert TOKEN not in name_and_value
    assert flags == ["HttpOnly", "SameSite=Lax", "Path=/"]


async def test_the_cookie_opens_page_and_sockets(guarded):
    cookie = await cookie_of(guarded)

    assert (await guarded.get("/dashboard", Cookie=f"a=b; {cookie}")).status_code == 200
    assert (await guarded.get("/api/seen", Cookie=cookie)).status_code == 200
    assert await guarded.upgrade("/ws/a", Cookie=cookie) == 101


async def test_an_address_opened_in_a_browser_redirects_a_program_does_not(guarded):
    query = httpx.QueryParams({"token": TOKEN})

    in_browser = await guarded.get(f"/api/seen?{query}", Accept="text/html,*/*;q=0.8")
    guarded.client.cookies.clear()
    in_program = await guarded.get(f"/api/seen?{query}", Accept="*/*")

    assert (in_browser.status_code, in_program.status_code) == (303, 200)


async def test_the_root_redirects_in_place(guarded):
    answer = await guarded.client.get("/", params={"token": TOKEN})
    guarded.client.cookies.clear()

    assert (answer.status_code, answer.headers["location"]) == (303, "./")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": TOKEN},
        {"Authorization": b"Bearer \xff\xfe"},
        {"Cookie": "dashboard_token_1=wrong"},
        {"Cookie": f"dashboard_token_1={TOKEN}"},
        {"Cookie": b"dashboard_token_1=\xff; ;;=;\xe4"},
        {"X-API-Key": TOKEN},
    ],
)
async def test_a_wrong_token_does_not_open(guarded, headers):
    answer = await guarded.client.get("/api/seen", headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize("query", ["token=", "token=wrong", "Token=x", "token[]=x", "token=%ff"])
async def test_a_wrong_token_in_the_query_does_not_open(guarded, query):
    assert (await guarded.get(f"/api/seen?{query}")).status_code == 401
    assert await guarded.upgrade(f"/ws/a?{query}") == 401


async def test_nothing_behind_the_door_sees_a_token(guarded):
    cookie = await cookie_of(guarded)
    query = httpx.QueryParams([("a", "1"), ("token", TOKEN), ("b", "2"), ("token", "old")])

    answer = await guarded.get(
        f"/api/seen?{query}",
        Authorization=f"Bearer {TOKEN}",
        Cookie=f"mine=1; {cookie}; dashboard_token_1=other; yours=2",
        Referer=f"http://127.0.0.1/dashboard?token={TOKEN}",
    )

    seen = answer.json()
    assert seen["uri"] == "/api/seen?a=1&b=2"
    assert seen["arguments"] == {"a": ["1"], "b": ["2"]}
    assert seen["cookies"] == ["mine", "yours"]
    assert not {"Authorization", "Referer"} & seen["headers"].keys()
    assert TOKEN not in answer.text
    assert "token" not in answer.text


async def test_the_page_and_the_log_hold_no_token(guarded, server_log):
    cookie = await cookie_of(guarded)
    query = httpx.QueryParams({"token": TOKEN})

    page = await guarded.get("/dashboard", Cookie=cookie, Authorization=f"Bearer {TOKEN}")
    await guarded.get(f"/nowhere?{query}")
    await guarded.get(f"/api/seen?{query}", Origin=FOREIGN)
    await guarded.get("/api/seen?token=wrong")
    await guarded.upgrade(f"/ws/a?{query}")

    payload = get_token_payload(session_token(page.text))
    value = cookie.partition("=")[2]
    for secret in (TOKEN, value, query["token"], "t0ken"):
        assert secret not in page.text
        assert secret not in repr(payload)
        assert not any(secret in line for line in server_log)
    assert any("/nowhere" in line for line in server_log)


def session_token(page: str) -> str:
    found = re.search(r'"token":"([^"]+)"', page)
    assert found
    return found.group(1)


@pytest.mark.parametrize("origin", ["own", LISTED])
async def test_the_pages_own_socket_passes(guarded, origin):
    cookie = await cookie_of(guarded)
    page = await guarded.get("/dashboard", Cookie=cookie)

    async with websockets.connect(
        f"ws://127.0.0.1:{guarded.port}/dashboard/ws",
        subprotocols=["bokeh", session_token(page.text)],  # type: ignore[list-item]
        additional_headers={
            "Cookie": cookie,
            "Origin": guarded.url if origin == "own" else origin,
        },
        proxy=None,
    ) as socket:
        first = json.loads(await asyncio.wait_for(socket.recv(), TIMEOUT_S))

    assert first["msgtype"] == "ACK"


async def test_modules_named_in_an_address_are_not_imported(local):
    for path in ("/components/this/x/_css/y", "/components/", "/components/this/../x/_css/y"):
        assert (
            await local.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        ).status_code == 404

    assert "this" not in sys.modules


PLUGIN = """
from tornado.web import RequestHandler
from dashboard.access import Access
from dashboard.door import install_door
from dashboard.settings import Settings

class CheckHandler(RequestHandler):
    def get(self):
        self.finish({"status": "healthy"})

ROUTES = [(r"/health", CheckHandler, {})]
install_door(Access(Settings.load()), max_body_bytes=1000)
"""
APP = "import panel as pn\npn.pane.Str('hello').servable()\n"


async def test_panel_serve_stands_behind_the_door_and_listens_where_it_really_does(tmp_path):
    (tmp_path / "plugin_with_door.py").write_text(PLUGIN)
    (tmp_path / "page.py").write_text(APP)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "panel", "serve", str(tmp_path / "page.py"), "--port", "0"),
        *("--plugins", "plugin_with_door"),
        cwd=tmp_path,
        stderr=asyncio.subprocess.STDOUT,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "", "HOME": str(tmp_path)},
    )
    try:
        async with asyncio.timeout(30):
            url = await _find_url(process)
            async with httpx.AsyncClient(follow_redirects=True) as client:
                bare = await client.get(url.partition("?")[0])
                opened = await client.get(url)
                health = await client.get(httpx.URL(url).join("/health"))
    finally:
        process.kill()
        await process.communicate()

    assert httpx.URL(url).path == "/page"
    assert (bare.status_code, opened.status_code, health.status_code) == (401, 200, 200)


async def _find_url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    lines = []
    async for line in process.stdout:
        lines.append(line.decode())
        if found := re.search(r"http://\S+\?token=\S+", lines[-1]):
            return found.group()
    raise AssertionError("".join(lines))


def test_a_door_for_a_block_leaves_other_servers_alone():
    before = vars(made_by)["BokehTornado"]

    with door(Access(Settings()), max_body_bytes=1):
        within = vars(made_by)["BokehTornado"]

    assert issubclass(within, before)
    assert vars(made_by)["BokehTornado"] is before
