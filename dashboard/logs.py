"""Log lines: one a record, whatever came from outside; JSON for programs, text for people."""

from __future__ import annotations

import copy
import json
import logging
import reprlib
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra
from pythonjsonlogger.json import JsonEncoder, JsonFormatter
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler, StaticFileHandler

from dashboard.settings import Settings

ROOT: Final = "dashboard"
CHECKS: Final = ("/health", "/ready")
_OURS = (ROOT, "sources")
# They bring handlers of their own, or speak at INFO of every connection.
_LIBRARIES = ("asyncio", "bokeh", "panel", "param", "py.warnings", "tornado")
_SHOWN_CHARACTERS = 512

_access = logging.getLogger("dashboard.access")


class JsonLines(JsonFormatter):
    """One JSON object a line, in ASCII, so that nothing in a value can end the line."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(_with_message(record))

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        known = {
            "timestamp": _timestamp(record),
            "level": record.levelname,
            "logger": _logger_name(record),
            "message": record.msg,
        }
        log_data.update(known)
        super().add_fields(log_data, record, message_dict)
        # A field of the matter may have one of these names; the line's own meaning stays.
        log_data.update(known)

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        try:
            return json.dumps(log_data, cls=JsonEncoder, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            # No number in JSON, a key that is no text, or a value that contains itself.
            return json.dumps({key: _plain(value) for key, value in log_data.items()})


class TextLines(logging.Formatter):
    """Readable lines; a traceback follows indented, so that it cannot pass for a line."""

    def format(self, record: logging.LogRecord) -> str:
        record = _with_message(record)
        fields = merge_record_extra(record, {}, reserved=RESERVED_ATTRS)
        head = f"{_timestamp(record)} {record.levelname:<8} {_logger_name(record)}: {record.msg}"
        parts = [head, *(f"{key}={_quoted(value)}" for key, value in fields.items())]
        below = self.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
        if record.stack_info:
            below += f"\n{record.stack_info}"
        lines = (f"    | {escape(line)}" for line in below.splitlines())
        return "\n".join([escape(" ".join(parts)), *lines])


class _OwnHandler(logging.StreamHandler[TextIO]):
    """The handler of `setup_logging`, known again by its class."""


def setup_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Write every log line of the process to ``stream`` (standard error), in one form.

    May be called again. To be called after Panel was imported, which sets up its own.
    """
    handler = _OwnHandler(stream)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    _remove_handlers(root)
    root.addHandler(handler)
    level = logging.getLevelNamesMapping()[settings.log_level]
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    # Below WARNING the libraries tell of every connection, Tornado with its query.
    root.setLevel(max(level, logging.WARNING))
    for name in _LIBRARIES:
        _adopt(logging.getLogger(name), max(level, logging.WARNING))
    # Bokeh warns each time a tab closes while something is on its way to it.
    logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)
    # `log_request` takes its place.
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL + 1)
    logging.captureWarnings(True)


def escape(text: str) -> str:
    """Write what cannot be printed (line breaks, controls, lone surrogates) as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def log_request(handler: RequestHandler) -> None:
    """Log a finished request; Tornado's ``log_function``."""
    quiet = isinstance(handler, StaticFileHandler)
    log_answer(handler.request, handler.get_status(), quiet=quiet)


def log_answer(request: HTTPServerRequest, status: int, *, quiet: bool = False) -> None:
    """Log how a request was answered, without its query, which may hold a token."""
    quiet = quiet or request.path.endswith(CHECKS)
    path = request.path[:_SHOWN_CHARACTERS]
    _access.log(
        logging.DEBUG if quiet else logging.INFO,
        "%s %s %d",
        request.method,
        path,
        status,
        extra={
            "method": request.method,
            "path": path,
            "status": status,
            "ms": round(1000 * request.request_time(), 1),
        },
    )


def _with_message(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy whose ``msg`` is the whole message."""
    whole = copy.copy(record)
    try:
        whole.msg = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Wrong arguments are a fault of who logs; the line is worth more than its form.
        whole.msg = f"{record.msg} {reprlib.repr(record.args)}"
    whole.args = None
    return whole


def _timestamp(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _logger_name(record: logging.LogRecord) -> str:
    name = record.name
    return name if name == ROOT or name.startswith(f"{ROOT}.") else f"{ROOT}.{name}"


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str | bool) else reprlib.repr(value)


def _quoted(value: object) -> str:
    text = str(value)
    is_plain = text.isprintable() and not any(c in ' "=' for c in text)
    return text if text and is_plain else json.dumps(text, ensure_ascii=False)


def _adopt(logger: logging.Logger, level: int) -> None:
    """Let a library's lines reach the root's handler, and no other."""
    _remove_handlers(logger)
    logger.setLevel(level)
    logger.propagate = True
    # param gives itself a handler where it finds none.
    logger.addHandler(logging.NullHandler())


def _remove_handlers(logger: logging.Logger) -> None:
    """Remove those that print; what others put there to listen stays."""
    for handler in tuple(logger.handlers):
        if type(handler) in (logging.StreamHandler, logging.NullHandler, _OwnHandler):
            logger.removeHandler(handler)
