"""The door in Tornado: before every route of a Bokeh server, Panel's own included."""

from __future__ import annotations

import logging
import resource
import socket
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import responses
from typing import Any, ClassVar, Final

import bokeh.server.server as bokeh_server
import msgspec
from bokeh.server.tornado import BokehTornado
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream
from tornado.process import task_id
from tornado.web import OutputTransform, RequestHandler

from dashboard.access import Access, Answer
from dashboard.csp import page_policy
from dashboard.logs import log_answer, log_request
from dashboard.sockets import open_connections
from dashboard.stalled import Stalled

_log = logging.getLogger("dashboard.access")

HTTP_TIMEOUTS: Final[Mapping[str, float]] = {"idle_connection_timeout": 30, "body_timeout": 30}
"""Seconds, for `tornado.httpserver.HTTPServer`; the first also bounds the reading of headers."""
SLOW_CLIENT_S: Final = 30.0
SMALL_BODY_BYTES: Final = 65_536
"""The largest body for a handler that takes none."""
_DROPPED_BYTES: Final = 128 << 20
_DROPPING_S: Final = 5
_CSP: Final = "Content-Security-Policy"
_JSON: Final = "application/json; charset=utf-8"
# Tornado's own limit answers without a body; ours comes first, in JSON.
_UNLIMITED: Final = 1 << 62

# Panel and Bokeh look these two names up here when they make a server.
_MADE_BY: Final[Any] = bokeh_server
_NAMES: Final = ("BokehTornado", "HTTPServer")

StartLine = RequestStartLine | ResponseStartLine


class Refusal(HTTPMessageDelegate):
    """Answers a request without a handler.

    A body is read and dropped, within bounds: a client that is still sending when the connection
    is closed would lose the answer.
    """

    def __init__(
        self, request: HTTPServerRequest, answer: Answer, headers: Mapping[str, str]
    ) -> None:
        self._request = request
        self._answer = answer
        self._headers = HTTPHeaders(headers)
        self._is_sent = self._is_finished = False
        self._dropped = 0

    def headers_received(self, start_line: StartLine, headers: HTTPHeaders) -> None:
        self._request.connection.set_max_body_size(_UNLIMITED)  # type: ignore[union-attr]
        self._request.connection.set_body_timeout(_DROPPING_S)  # type: ignore[union-attr]
        if not has_body(headers):
            return
        self.send(close=True)
        if "Expect" in headers:
            self._finish()

    def data_received(self, chunk: bytes) -> None:
        self._dropped += len(chunk)
        if self._dropped > _DROPPED_BYTES:
            self._finish()

    def finish(self) -> None:
        self.send()
        self._finish()

    def on_connection_close(self) -> None:
        self._is_finished = True

    def send(self, close: bool = False) -> None:
        if self._is_sent:
            return
        self._is_sent = True
        if close:
            self._headers["Connection"] = "close"
        status = self._answer.status
        log_answer(self._request, status)
        detail = self._answer.detail
        body = msgspec.json.encode({"detail": detail}) if detail else b""
        if body:
            self._headers["Content-Type"] = _JSON
            self._headers["Content-Length"] = str(len(body))
        chunk = b"" if self._request.method == "HEAD" else body
        first = ResponseStartLine("HTTP/1.1", status, responses[status])
        assert self._request.connection is not None
        self._request.connection.write_headers(first, self._headers, chunk)

    def _finish(self) -> None:
        if not self._is_finished:
            self._is_finished = True
            assert self._request.connection is not None
            self._request.connection.finish()


class Limited(HTTPMessageDelegate):
    """Counts a body on its way to ``inner``, whatever was announced; too much becomes 413."""

    def __init__(self, inner: HTTPMessageDelegate, refusal: Refusal, limit_bytes: int) -> None:
        self._inner = inner
        self._refusal = refusal
        self._left = limit_bytes
        self._target = inner

    def headers_received(self, start_line: StartLine, headers: HTTPHeaders) -> Any:
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._left -= len(chunk)
        if self._left < 0 and self._target is self._inner:
            self._inner.on_connection_close()
            self._target = self._refusal
            self._refusal.send(close=True)
        return self._target.data_received(chunk)

    def finish(self) -> None:
        self._target.finish()

    def on_connection_close(self) -> None:
        self._target.on_connection_close()


class AnswerHeaders(OutputTransform):
    """Gives every answer of a handler the headers of the door, and errors their one form."""

    access: ClassVar[Access]

    def __init__(self, request: HTTPServerRequest) -> None:
        self._request = request

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        # Bokeh lets any origin read its autoload script.
        for name in [name for name in headers if name.startswith("Access-Control-")]:
            del headers[name]
        own = self.access.answer_headers(self._request)
        if policy := page_policy(chunk):
            frames = own.get(_CSP, "")
            own[_CSP] = f"{policy}; {frames}" if frames else policy
        for name, value in own.items():
            if name == "Vary":
                headers.add(name, value)
            else:
                headers.setdefault(name, value)
        # The page of Tornado's own for an error, as the handlers of Panel and Bokeh send it.
        if status_code >= 400 and chunk.startswith(b"<html><title>%d: " % status_code):
            chunk = msgspec.json.encode({"detail": responses.get(status_code, "Unknown").lower()})
            headers["Content-Type"] = _JSON
            headers["Content-Length"] = str(len(chunk))
            if status_code == 405:
                headers["Allow"] = "GET"
        return status_code, headers, chunk


class DoorApplication(BokehTornado):
    """A Bokeh application that asks `access` before any of its routes; see `install_door`."""

    access: ClassVar[Access]
    app_settings: ClassVar[Mapping[str, Any]] = {}
    max_body_bytes: ClassVar[int]
    slow_client_s: ClassVar[float]

    def __init__(self, applications: Any, **kwargs: Any) -> None:
        given = {"log_function": log_request, **self.app_settings, **kwargs}
        # Origins are compared here, for the page's WebSocket as for everything else.
        super().__init__(applications, **{**given, "extra_websocket_origins": ["*"]})
        self.access.mount(self.prefix, self.app_paths)
        # Before compression, which must see the body as it will be.
        self.transforms.insert(0, type("AnswerHeaders", (AnswerHeaders,), {"access": self.access}))

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        answer = self.access.check(request)
        if answer is not None:
            return self._refusal(request, answer)
        self.access.strip(request)
        delegate = super().find_handler(request, **kwargs)
        if not has_body(request.headers):
            return delegate
        handler = getattr(delegate, "handler_class", RequestHandler)
        limit = self.max_body_bytes if _takes_body(handler) else SMALL_BODY_BYTES
        refusal = self._refusal(request, Answer(413, f"the body is larger than {limit} bytes"))
        announced = request.headers.get("Content-Length", "0")
        # Not too many digits: a number may be longer than Python reads.
        if len(announced) > 18 or (announced.isdecimal() and int(announced) > limit):
            return refusal
        request.connection.set_max_body_size(_UNLIMITED)  # type: ignore[union-attr]
        return Limited(delegate, refusal, limit)

    def entry_line(self, scheme: str, port: int) -> str | None:
        """Return the message that gives the address with the token; None without a made one."""
        pages = sorted(self.app_paths)
        page = "/dashboard" if "/dashboard" in pages else next(iter(pages), "/")
        url = self.access.entry_url(scheme, port, self.prefix + page)
        return url and f"no API_TOKEN is set, so one was made for this start; open {url}"

    def _refusal(self, request: HTTPServerRequest, answer: Answer) -> Refusal:
        headers = {"Cache-Control": "no-store"} | self.access.answer_headers(request)
        return Refusal(request, answer, headers | answer.headers)


class DoorServer(HTTPServer):
    """Tells the door the addresses really bound, and does not wait for ever, or for everyone."""

    max_sockets: int

    def initialize(  # type: ignore[override]  # the rest is passed on by name
        self, request_callback: Any, **kwargs: Any
    ) -> None:
        super().initialize(request_callback, **{**HTTP_TIMEOUTS, **kwargs})
        self._scheme = "https" if kwargs.get("ssl_options") else "http"
        # The other half is for open WebSockets, pages, the source and files.
        self.max_sockets = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
        self._is_full = False
        self._stalled = Stalled(getattr(request_callback, "slow_client_s", SLOW_CLIENT_S))

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if open_connections(self) < self.max_sockets:
            self._is_full = False
            # Bokeh sends a message in three parts; without this, the second waits for the other
            # end to confirm the first, which may take it 40 ms.
            stream.set_nodelay(True)
            self._stalled.watch(stream)
            super().handle_stream(stream, address)
            return
        # Without a file left to open, nothing could be accepted, not even to be closed.
        stream.close()
        if not self._is_full:
            self._is_full = True
            _log.warning("too many sockets are open; new ones are closed")

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        bound = list(sockets)
        app = self.request_callback
        if isinstance(app, DoorApplication):
            addresses = [one.getsockname() for one in bound]
            # The name of a Unix socket is a path, and no loopback address.
            app.access.bind(str(a[0] if isinstance(a, tuple) else a) for a in addresses)
            ports = [address[1] for address in addresses if isinstance(address, tuple)]
            self._announce(app, ports)
        super().add_sockets(bound)

    def _announce(self, app: DoorApplication, ports: list[int]) -> None:
        for port in ports[:1]:
            _log.info("listening", extra={"addresses": app.access.bound, "port": port})
        line = app.entry_line(self._scheme, ports[0]) if ports else None
        # Once, where several processes share the sockets.
        if line and not task_id():
            # Handled, not logged: whatever LOG_LEVEL is, this is the only way in.
            record = _log.makeRecord(_log.name, logging.WARNING, __file__, 0, line, (), None)
            _log.handle(record)


def install_door(
    access: Access,
    *,
    max_body_bytes: int,
    slow_client_s: float = SLOW_CLIENT_S,
    application: type[DoorApplication] = DoorApplication,
    app_settings: Mapping[str, Any] | None = None,
) -> None:
    """Put the door before every Bokeh server that is made from now on, in whatever way.

    That is ``panel serve``, ``pn.serve`` and ``get_server``. ``app_settings`` are defaults for
    the application's arguments.
    """
    attributes = {
        "access": access,
        "max_body_bytes": max_body_bytes,
        "slow_client_s": slow_client_s,
        "app_settings": dict(app_settings or {}),
    }
    guarded = type(application.__name__, (application,), attributes)
    for name, made in zip(_NAMES, (guarded, DoorServer), strict=True):
        setattr(_MADE_BY, name, made)


@contextmanager
def door(access: Access, **kwargs: Any) -> Iterator[None]:
    """Install the door for the servers made in a block, and for no other of the process."""
    before = [getattr(_MADE_BY, name) for name in _NAMES]
    install_door(access, **kwargs)
    try:
        yield
    finally:
        for name, made in zip(_NAMES, before, strict=True):
            setattr(_MADE_BY, name, made)


def has_body(headers: HTTPHeaders) -> bool:
    return "Transfer-Encoding" in headers or headers.get("Content-Length", "0") != "0"


def _takes_body(handler: type[RequestHandler]) -> bool:
    return handler.post is not RequestHandler.post
