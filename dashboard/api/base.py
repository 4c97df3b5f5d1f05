"""What every handler shares: JSON in and out, and one shape for errors."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from http.client import responses
from types import TracebackType
from typing import Any, Final

from tornado.web import HTTPError, RequestHandler

from dashboard import sockets
from dashboard.api.schemas import Faults, Problem
from dashboard.hub import Hub, get_hub
from dashboard.limits import TooFast
from sources.base import KeyReused, SourceUnreachable
from sources.event import Fault, InvalidEvent, NotJson, decode_json, encode
from sources.filters import InvalidFilter

_log = logging.getLogger("dashboard.api")
METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
JSON: Final = "application/json; charset=utf-8"


class Unprocessable(ValueError):
    """A request that is well formed and yet not allowed; ``faults`` lead to what is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.msg for fault in faults))
        self.faults = faults


class ApiHandler(RequestHandler):
    """Answers in JSON, also when it fails; no traceback and no HTML ever leaves here."""

    SUPPORTED_METHODS = METHODS

    def initialize(self, hub: Callable[[], Hub] = get_hub) -> None:
        self._hub = hub
        sockets.leave_body_as_sent(self.request)

    @property
    def hub(self) -> Hub:
        return self._hub()

    def set_default_headers(self) -> None:
        self.set_header("Content-Type", JSON)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    async def prepare(self) -> None:
        await self.hub.start()
        encoding = self.request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding != "identity" and self.request.body:
            shown = f"Content-Encoding {encoding[:60]!r}"
            raise HTTPError(415, f"{shown} is not read here; send the body as it is")

    def compute_etag(self) -> None:
        """Give no tag: nothing here may be cached, and a digest of every answer costs time."""

    def options(self, *args: str) -> None:
        self.set_header("Allow", self.allowed_methods)
        self.set_status(204)
        self.clear_header("Content-Type")

    @property
    def allowed_methods(self) -> str:
        """The methods this handler answers, as ``Allow`` lists them."""
        own, untouched = (
            [getattr(owner, method.lower()) for method in METHODS]
            for owner in (type(self), RequestHandler)
        )
        have = zip(METHODS, own, untouched, strict=True)
        return ", ".join(method for method, mine, empty in have if mine is not empty)

    def answer(self, value: Any, status: int = 200) -> None:
        """Finish with ``value`` as JSON."""
        self.set_status(status)
        self.finish(encode(value))

    def json_body(self) -> Any:
        """Decode the request's body.

        Raises
        ------
        HTTPError
            415 for a content type other than JSON.
        NotJson
        """
        self.check_content_type()
        return decode_json(self.request.body)

    def check_content_type(self, *also: str) -> None:
        """Refuse, with 415, a content type other than JSON or one of ``also``."""
        content_type = self.content_type
        is_json = content_type in ("", "application/json") or content_type.endswith("+json")
        if not is_json and content_type not in also:
            allowed = ", ".join(("application/json", *also))
            shown = f"Content-Type {content_type[:60]!r}"
            raise HTTPError(415, f"{shown} is not read here; allowed are {allowed}")

    @property
    def content_type(self) -> str:
        return self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def address(self) -> str:
        """The address that the client connects from."""
        return self.request.remote_ip or ""

    def on_finish(self) -> None:
        if self.get_status() != 101:
            self.hub.metrics.observe_request(
                type(self).__name__.removesuffix("Handler"),
                # Any word may stand there, and each would be a series of its own.
                self.request.method if self.request.method in METHODS else "other",
                self.get_status(),
                self.request.request_time(),
            )

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if refusal(value) is None:
            _log.error(
                "%s %s failed",
                self.request.method,
                self.request.path,
                exc_info=(typ, value, tb) if typ and value else None,
            )
            self.hub.stats.errors += 1

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, detail, headers = refusal(error) or (500, "the server failed; its log says why", {})
        self.set_default_headers()
        self.set_status(status)
        for name, value in headers.items():
            self.set_header(name, value)
        if status == 405:
            self.set_header("Allow", self.allowed_methods)
        self.finish(encode(Faults(detail) if isinstance(detail, list) else Problem(detail)))


def refusal(error: BaseException | None) -> tuple[int, Any, Mapping[str, str]] | None:
    """Return the status, the detail and the headers for a caller's mistake; None for ours."""
    match error:
        case InvalidEvent(faults=faults):
            return 422, [fault.under("body") for fault in faults], {}
        case InvalidFilter(faults=faults) | Unprocessable(faults=faults):
            return 422, faults, {}
        case KeyReused():
            fault = Fault(("header", "Idempotency-Key"), str(error), "key_reused")
            return 422, [fault], {}
        case NotJson():
            return 400, f"the body is {error}", {}
        case TooFast(retry_after_s=seconds):
            return 429, str(error), {"Retry-After": str(math.ceil(seconds))}
        case SourceUnreachable():
            return 503, str(error), {"Retry-After": "2"}
        case HTTPError(status_code=status):
            # Tornado keeps a message as a format, its percent signs doubled.
            words = (error.log_message or _WORDS.get(status, responses[status])) % error.args
            return status, words, _UPGRADE if status == 426 else {}
    return None


_UPGRADE: Final = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
_WORDS: Final = {
    400: "the request cannot be read",
    403: "forbidden",
    404: "there is nothing at this address",
    405: "this address does not answer that method",
    413: "the body is too large",
}


class NotFoundHandler(ApiHandler):
    """Answers every address that no route takes."""

    async def prepare(self) -> None:
        raise HTTPError(404)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        # Whatever the method: where nothing is, no other method would be answered.
        error = HTTPError(404)
        super().write_error(404, exc_info=(HTTPError, error, None))
