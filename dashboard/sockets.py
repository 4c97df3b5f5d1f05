"""What we touch of Tornado beneath its documented interface; a test fails when it changes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler, WebSocketProtocol, WebSocketProtocol13

SEND_BUFFER_BYTES: Final = 262_144
_NO_PONG: Final = "ping timed out"
"""The reason that Tornado gives when it closes for want of a pong."""
_LINGER_S: Final = 2.0
_DRAIN_BYTES: Final = 65_536


class Outlet:
    """The sending side of one connection: what is sent at once costs no Future and no copy.

    ``is_closing`` tells that nothing may be sent any more, as after the frame of a close.
    """

    def __init__(self, stream: IOStream, is_closing: Callable[[], bool]) -> None:
        self._stream, self._is_closing = stream, is_closing
        self.is_writing: Callable[[], bool | int] = stream.writing
        """Tells whether something sent earlier has not yet gone to the kernel."""
        # On TLS only the stream may write; a plain socket takes the first try directly.
        self._plain = not isinstance(stream, SSLIOStream)
        self._sent = 0
        # A client may be gone before its connection is open, and with it the socket.
        if not stream.closed():
            limit_send_buffer(stream)
            # The same as `writing`, in one call where that takes three.
            self.is_writing = stream._write_buffer.__len__
            self._send_now = stream.socket.send

    @property
    def is_closed(self) -> bool:
        return self._stream.closed()

    @property
    def progress(self) -> int:
        """Bytes that have gone to the kernel so far."""
        return self._sent + taken(self._stream)

    def send(self, data: bytes) -> None:
        """Send ``data`` after all that was sent before; a connection that closes swallows it."""
        if self._is_closing():
            return
        try:
            if self._plain and not self.is_writing():
                try:
                    count = self._send_now(data)
                except BlockingIOError:
                    count = 0
                self._sent += count
                if count < len(data):
                    self._stream.write(memoryview(data)[count:])
            else:
                self._stream.write(data)
        except (StreamClosedError, OSError) as error:
            self._stream.close(exc_info=error)

    def abort(self) -> None:
        """Close at once; what was not yet taken is lost."""
        self._stream.close()

    async def drained(self) -> None:
        """Wait until all that was sent has gone to the kernel, or the connection is closed."""
        if self._stream.writing():
            try:
                await self._stream.write(b"")
            except StreamClosedError:
                return


def taken(stream: IOStream) -> int:
    """Return how many bytes of what was written to a stream have gone to the kernel."""
    return stream._total_write_done_index


def limit_send_buffer(stream: IOStream) -> None:
    """Let a client that is behind be seen: the kernel would grow its buffer to megabytes."""
    stream.set_nodelay(True)
    with suppress(OSError):
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


class ServerProtocol(WebSocketProtocol13):
    """Takes masked frames only; closes on a message that is too big without losing the close frame.

    Tornado closes the socket with the rest of the message unread; the kernel then resets the
    connection, and the client never sees code 1009. So the rest is read and dropped for a while.
    """

    _lingering = False

    def is_closing(self) -> bool:
        # Asked for each client at each flush, so in one call where Tornado's own takes two.
        return self.stream._closed or self.client_terminated or self.server_terminated

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        if code == 1009 and not self._lingering:
            self._lingering = True
            super().close(code, reason)
            self._drain = asyncio.ensure_future(self._drop_input())
        elif reason == _NO_PONG:
            # One that answers no ping answers no close either, and would hold its place till then.
            super().close(1011, reason)
            self._abort()
        else:
            super().close(code, reason)

    def _handle_message(self, opcode: int, data: bytes) -> asyncio.Future[None] | None:
        # RFC 6455, 5.1: what is not masked may be the work of something between.
        mask, self._frame_mask = self._frame_mask, None
        if mask is None:
            self._abort()
            return None
        return super()._handle_message(opcode, data)

    def _abort(self) -> None:
        self.client_terminated = True
        if not self._lingering:
            super()._abort()

    async def _drop_input(self) -> None:
        try:
            async with asyncio.timeout(_LINGER_S):
                await self.stream.write(b"")
                # The client reads its close frame, then an end, and need not wait for us.
                self.stream.socket.shutdown(socket.SHUT_WR)
                while self.stream is not None:
                    await self.stream.read_bytes(_DRAIN_BYTES, partial=True)
        except (TimeoutError, StreamClosedError, AssertionError, OSError):
            pass
        finally:
            self._lingering = False
            self._abort()


def protocol_of(
    handler: WebSocketHandler, chosen: WebSocketProtocol | None
) -> ServerProtocol | None:
    """Return our protocol in place of the one that Tornado chose; None stays None."""
    if not isinstance(chosen, WebSocketProtocol13):
        return None
    return ServerProtocol(handler, False, chosen.params)


def outlet_of(handler: WebSocketHandler) -> Outlet:
    """Return the sending side of an open WebSocket."""
    assert handler.ws_connection is not None
    stream = handler.ws_connection.stream
    assert stream is not None
    return Outlet(stream, handler.ws_connection.is_closing)


def cut(handler: RequestHandler) -> None:
    """Break off an answer, so that the client sees it is not whole."""
    handler.detach().close()


def outlet_of_stream(handler: RequestHandler) -> Outlet:
    """Return the sending side of a response that is sent bit by bit."""
    connection = handler.request.connection
    assert isinstance(connection, HTTP1Connection)
    return Outlet(connection.stream, connection.stream.closed)


def has_begun(handler: RequestHandler) -> bool:
    """Return whether the headers of an answer were sent, so that it can no longer be another."""
    return handler._headers_written


def open_connections(server: HTTPServer) -> int:
    """Return how many HTTP connections are open, answered or not."""
    return len(server._connections)


def is_chunked(handler: RequestHandler) -> bool:
    """Return whether what follows the headers, which were sent, goes out in chunks."""
    connection = handler.request.connection
    assert isinstance(connection, HTTP1Connection)
    return connection._chunking_output


def leave_body_as_sent(request: HTTPServerRequest) -> None:
    """Keep Tornado from reading a body as a form, and from refusing one that is none."""
    request._parse_body = _do_nothing  # type: ignore[method-assign]


def _do_nothing() -> None:
    pass


def send_untransformed(handler: RequestHandler) -> None:
    """Keep compression away from a stream whose every part must arrive at once."""
    handler._transforms = []
