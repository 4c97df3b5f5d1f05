"""Whatever is logged, a line stays a line."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import panel  # noqa: F401 - it sets up logging of its own, which ours must take over
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import RequestHandler

from dashboard.logs import JsonLines, TextLines, log_request, setup_logging
from dashboard.settings import Settings

NAMES = ("", "dashboard", "sources", "asyncio", "bokeh", "panel", "param", "py.warnings", "tornado")
HOSTILE = 'a\nb\r\x1b[2K\x00\u2028\u202e\udcff {"level":"ERROR"} %s'
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ +dashboard[\w.]*: ")


@pytest.fixture(autouse=True)
def _loggers_stay_as_they_were() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (*NAMES, "tornado.access")]
    before = [(log, log.level, log.propagate, tuple(log.handlers)) for log in loggers]
    yield
    logging.captureWarnings(False)
    for log, level, propagate, handlers in before:
        log.setLevel(level)
        log.propagate = propagate
        for handler in set(log.handlers) - set(handlers):
            log.removeHandler(handler)
        for handler in set(handlers) - set(log.handlers):
            log.addHandler(handler)


def lines_of(settings: Settings) -> io.StringIO:
    stream = io.StringIO()
    setup_logging(settings, stream)
    return stream


def parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def record(message: str, *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("dashboard.hub", logging.INFO, "f", 1, message, args, None)
    made.__dict__.update(fields)
    return made


def test_a_json_line_has_the_documented_shape():
    stream = lines_of(Settings())

    logging.getLogger("dashboard.api").info("client %s", "a", extra={"client_id": "a"})

    [line] = parsed(stream)
    assert list(line) == ["timestamp", "level", "logger", "message", "client_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert line == {
        "level": "INFO",
        "logger": "dashboard.api",
        "message": "client a",
        "client_id": "a",
    }


def test_a_text_line_can_be_read():
    stream = lines_of(Settings(log_format="text"))

    logging.getLogger("dashboard.api").info("client %s", "ä", extra={"path": "/a b", "ms": 1.5})

    [line] = stream.getvalue().splitlines()
    assert LINE.match(line)
    assert line.endswith('INFO     dashboard.api: client ä path="/a b" ms=1.5')


@given(st.text(st.characters()), st.text(st.characters()))
def test_no_value_ends_a_json_line(message, field):
    line = JsonLines().format(record("%s", message, field=field))

    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == message
    assert json.loads(line)["field"] == field


@given(st.text(st.characters()), st.text(st.characters()))
def test_no_value_ends_a_text_line(message, field):
    line = TextLines().format(record("%s", message, field=field))

    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_a_field_cannot_pass_for_another(formatter):
    line = formatter.format(record("hello", user='x level=ERROR user="y"'))

    if isinstance(formatter, JsonLines):
        assert json.loads(line)["level"] == "INFO"
    else:
        assert line.endswith(r'user="x level=ERROR user=\"y\""')


def test_the_own_keys_of_a_line_cannot_be_replaced():
    line = json.loads(JsonLines().format(record("hello", timestamp="never", level=1, logger="x")))

    assert (line["level"], line["logger"], line["message"]) == ("INFO", "dashboard.hub", "hello")
    assert line["timestamp"] != "never"


def test_values_that_json_has_no_word_for_are_logged_all_the_same():
    itself: list[object] = []
    itself.append(itself)
    fields = {"lag": float("nan"), "at": {("a", 1): b"\xff"}, "itself": itself, "when": object()}

    lines = [JsonLines().format(record("hello", **{key: value})) for key, value in fields.items()]

    def refuse(name: str) -> None:
        raise AssertionError(name)

    for line, key in zip(lines, fields, strict=True):
        assert key in json.loads(line, parse_constant=refuse)


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_wrong_arguments_of_a_log_call_still_give_a_line(formatter):
    line = formatter.format(record("%d of %s", HOSTILE))

    assert "%d of %s" in line
    assert line.isprintable()


def test_a_traceback_stays_in_its_json_line():
    stream = lines_of(Settings())

    logging.getLogger("dashboard").warning("failed", exc_info=raised(HOSTILE))

    [line] = parsed(stream)
    assert line["message"] == "failed"
    assert line["exc_info"].startswith("Traceback")
    assert HOSTILE in line["exc_info"]


def test_a_traceback_cannot_forge_a_text_line():
    stream = lines_of(Settings(log_format="text"))
    forged = "x\n2024-01-15T10:30:00.000Z ERROR    dashboard: forged"

    logging.getLogger("dashboard").warning("failed", exc_info=raised(forged))

    first, *rest = stream.getvalue().splitlines()
    assert LINE.match(first)
    assert rest
    assert all(line.startswith("    | ") for line in rest)


def test_other_loggers_go_below_ours_in_the_same_form(capfd):
    stream = lines_of(Settings())

    for name in ("tornado.general", "bokeh.server", "panel", "sources.redis", "urllib3"):
        logging.getLogger(name).warning("hello")

    assert [line["logger"] for line in parsed(stream)] == [
        "dashboard.tornado.general",
        "dashboard.bokeh.server",
        "dashboard.panel",
        "dashboard.sources.redis",
        "dashboard.urllib3",
    ]
    assert capfd.readouterr() == ("", "")


def test_libraries_speak_from_warning_on_even_when_we_debug():
    stream = lines_of(Settings(log_level="DEBUG"))

    for name in ("tornado.general", "bokeh", "panel", "asyncio", "urllib3", "dashboard", "sources"):
        logging.getLogger(name).info("hello")
    logging.getLogger("tornado.access").warning("GET /?token=secret")

    assert [line["logger"] for line in parsed(stream)] == ["dashboard", "dashboard.sources"]


def test_setting_up_again_replaces_the_first():
    first = lines_of(Settings())
    second = lines_of(Settings(log_format="text", log_level="WARNING"))

    logging.getLogger("dashboard").info("hidden")
    logging.getLogger("dashboard").warning("shown")

    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


def raised(message: str) -> Any:
    try:
        raise RuntimeError(message)
    except RuntimeError:
        return sys.exc_info()


def finished(method: str, uri: str, status: int = 200) -> RequestHandler:
    start = RequestStartLine(method, uri, "HTTP/1.1")
    request = HTTPServerRequest(start_line=start, headers=HTTPHeaders({"Host": "localhost"}))
    handler = SimpleNamespace(request=request, get_status=lambda: status)
    return cast(RequestHandler, handler)


def test_a_request_is_logged_without_its_query():
    stream = lines_of(Settings())

    log_request(finished("GET", "/api/metrics?token=secret", 404))

    [line] = parsed(stream)
    assert line.pop("ms") >= 0
    assert line.pop("timestamp")
    assert line == {
        "level": "INFO",
        "logger": "dashboard.access",
        "message": "GET /api/metrics 404",
        "method": "GET",
        "path": "/api/metrics",
        "status": 404,
    }


def test_health_checks_are_logged_for_debugging_only():
    stream = lines_of(Settings())

    for path in ("/health", "/ready?x=1", "/prefix/health"):
        log_request(finished("GET", path))

    assert stream.getvalue() == ""
