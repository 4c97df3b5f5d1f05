"""Every part of Tornado that `dashboard.sockets` touches beneath its documented interface.

A failure here means that Tornado changed: read what the name is used for in that file, and find
out how the new version does it.
"""

import ast
import asyncio
import contextlib
import inspect
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from tornado import http1connection, httpserver, httputil, iostream, web, websocket
from tornado.testing import bind_unused_port

from dashboard import sockets

ROOT = Path(__file__).parents[2]
# Bokeh's and Panel's, to end sessions in order and to leave nothing of a page; the tests of the
# shutdown and of what is left fail when they change.
NOT_TORNADOS = {
    "_applications", "_clients", "_http", "_server_config", "_servers", "_session_contexts",
    "_socket", "_tornado", "_fake_roots",
}  # fmt: skip


def private_names():
    """Return the private names that a module of the dashboard reads and none of them defines."""
    read: dict[str, set[str]] = {}
    defined: set[str] = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "attr", getattr(node, "name", getattr(node, "id", "")))
            if not str(name).startswith("_") or str(name).startswith("__"):
                continue
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.setdefault(path.name, set()).add(name)
            elif not isinstance(getattr(node, "ctx", None), ast.Load):
                defined.add(name)
    return {path: names - defined for path, names in read.items()}


def test_private_names_of_tornado_are_touched_in_one_file_only():
    names = private_names()

    here = names.pop("sockets.py")
    elsewhere = set().union(*names.values())

    assert here >= {"_total_write_done_index", "_write_buffer", "_chunking_output", "_closed"}
    assert elsewhere - NOT_TORNADOS - {"_exit"} == set()


@pytest.mark.parametrize(
    ("owner", "name", "arguments"),
    [
        (websocket.WebSocketProtocol13, "close", ["self", "code", "reason"]),
        (websocket.WebSocketProtocol13, "is_closing", ["self"]),
        (websocket.WebSocketProtocol13, "_abort", ["self"]),
        (websocket.WebSocketProtocol13, "_handle_message", ["self", "opcode", "data"]),
        (websocket.WebSocketProtocol13, "__init__", ["self", "handler", "mask_outgoing", "params"]),
        (websocket.WebSocketHandler, "get_websocket_protocol", ["self"]),
        (web.RequestHandler, "detach", ["self"]),
        (httputil.HTTPServerRequest, "_parse_body", ["self"]),
        (iostream.IOStream, "writing", ["self"]),
        (iostream.IOStream, "write", ["self", "data"]),
        (httpserver.HTTPServer, "handle_stream", ["self", "stream", "address"]),
    ],
)
def test_what_is_called_or_overridden_is_as_it_was(owner, name, arguments):
    assert list(inspect.signature(getattr(owner, name)).parameters) == arguments


def test_words_that_are_looked_for_are_said():
    assert f'self.close(reason="{sockets._NO_PONG}")' in inspect.getsource(
        websocket.WebSocketProtocol13
    )
    assert 'self.close(1009, "message too big")' in inspect.getsource(websocket)
    closing = "return self.stream.closed() or self.client_terminated or self.server_terminated"
    assert closing in inspect.getsource(websocket.WebSocketProtocol13.is_closing)
    assert "return self._closed" in inspect.getsource(iostream.BaseIOStream.closed)
    assert "return bool(self._write_buffer)" in inspect.getsource(iostream.BaseIOStream.writing)
    assert "self.request._parse_body()" in inspect.getsource(httpserver)
    assert "in self._transforms" in inspect.getsource(web.RequestHandler.flush)
    assert "self._frame_mask = await" in inspect.getsource(websocket.WebSocketProtocol13)


class Talk(websocket.WebSocketHandler):
    """Keeps its connection where the test finds it."""

    opened: asyncio.Future

    def get_websocket_protocol(self):
        return sockets.protocol_of(self, super().get_websocket_protocol())

    def open(self):
        self.opened.set_result(self)


class Answer(web.RequestHandler):
    """An answer that goes on and on."""

    opened: asyncio.Future

    async def get(self):
        sockets.send_untransformed(self)
        self.flush()
        self.opened.set_result(self)
        self.ended = asyncio.Event()
        await self.ended.wait()


@contextlib.asynccontextmanager
async def serving(handler, tls=None):
    """Serve one handler; gives the port."""
    handler.opened = asyncio.get_running_loop().create_future()
    server = httpserver.HTTPServer(web.Application([("/", handler)]), ssl_options=tls)
    listener, port = bind_unused_port()
    server.add_socket(listener)
    try:
        yield port
    finally:
        server.stop()
        async with asyncio.timeout(10):
            await server.close_all_connections()


UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@contextlib.asynccontextmanager
async def raw_client(port, request, tls=None):
    """Send a request and read the headers of its answer; a small buffer makes the client slow."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(
        sock=client, limit=65_536, ssl=tls, server_hostname="127.0.0.1" if tls else None
    )
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            headers = await reader.readuntil(b"\r\n\r\n")
        yield reader, headers
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_bytes_sent_past_a_websocket_arrive_whole_and_in_order_beside_tornados_own():
    async with serving(Talk) as port, raw_client(port, UPGRADE) as (reader, _):
        handler = await Talk.opened
        outlet = sockets.outlet_of(handler)
        stream = handler.ws_connection.stream
        assert isinstance(stream, iostream.IOStream)
        assert isinstance(stream.socket, socket.socket)
        assert stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) >= 262_144

        parts = [bytes((number,)) * 300_000 for number in range(8)]
        before = outlet.progress
        for part in parts:
            outlet.send(part)
        assert outlet.is_writing(), "the kernel took it all"
        assert stream.writing()
        handler.ping(b"!")
        async with asyncio.timeout(10):
            assert await reader.readexactly(2_400_000) == b"".join(parts)
            assert await reader.readexactly(3) == b"\x89\x01!"
            await outlet.drained()

        assert outlet.progress - before >= 2_400_000
        assert not outlet.is_writing()
        assert not stream.writing()
        assert not outlet.is_closed
        handler.close()


async def test_through_tls_only_the_stream_writes():
    authority = trustme.CA()
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(ours)
    theirs = ssl.create_default_context()
    authority.configure_trust(theirs)

    async with serving(Talk, ours) as port, raw_client(port, UPGRADE, theirs) as (reader, _):
        handler = await Talk.opened
        assert isinstance(handler.ws_connection.stream, iostream.SSLIOStream)
        outlet = sockets.outlet_of(handler)
        parts = [bytes((number,)) * 300_000 for number in range(4)]

        for part in parts:
            outlet.send(part)

        async with asyncio.timeout(10):
            assert await reader.readexactly(1_200_000) == b"".join(parts)
            await outlet.drained()
        assert outlet.progress >= 1_200_000
        handler.close()


async def test_after_the_frame_of_a_close_nothing_follows():
    async with serving(Talk) as port, raw_client(port, UPGRADE) as (reader, _):
        handler = await Talk.opened
        outlet = sockets.outlet_of(handler)

        handler.ws_connection.close(1009, "message too big")
        outlet.send(b"late")

        async with asyncio.timeout(10):
            assert await reader.read() == b"\x88\x11\x03\xf1message too big"


async def test_an_answer_is_gone_on_with_past_tornado_in_chunks():
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with serving(Answer) as port, raw_client(port, request) as (reader, headers):
        handler = await Answer.opened
        assert isinstance(handler.request.connection, http1connection.HTTP1Connection)
        assert b"Transfer-Encoding: chunked" in headers
        assert sockets.is_chunked(handler)
        assert sockets.has_begun(handler)

        sockets.outlet_of_stream(handler).send(b"2\r\nhi\r\n")
        handler.ended.set()

        async with asyncio.timeout(10):
            assert await reader.readuntil(b"0\r\n\r\n") == b"2\r\nhi\r\n0\r\n\r\n"


async def test_to_an_old_client_an_answer_goes_out_as_it_is():
    request = b"GET / HTTP/1.0\r\n\r\n"
    async with serving(Answer) as port, raw_client(port, request) as (reader, _):
        handler = await Answer.opened
        assert not sockets.is_chunked(handler)

        sockets.outlet_of_stream(handler).send(b"hi")
        handler.ended.set()

        async with asyncio.timeout(10):
            assert await reader.read() == b"hi"
