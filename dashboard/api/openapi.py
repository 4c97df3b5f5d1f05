"""``/openapi.json``: made of the types that the handlers validate with and answer in."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec

from dashboard.access import Access, cookie_name
from dashboard.api.base import ApiHandler
from dashboard.api.filter_schema import Schema
from dashboard.api.operations import JSON, OPERATIONS, TAGS, Answer, Operation
from dashboard.api.parameters import EXAMPLE_EVENT, bodies, parameters
from dashboard.api.schemas import Faults, Problem
from dashboard.settings import Settings
from sources.event import PRIORITIES, SOURCE_PATTERN, TYPE_PATTERN, Published
from sources.filters import EventFilter

_REF: Final = "#/components/schemas/{name}"
_ABOUT: Final = """\
Publish events of a platform of software agents, read them back, and follow them live.

- **Ids** rise in the order in which events entered, in the form of a Redis Stream id. They are
  written where one asks: `ids=true`, or any use of `after` or `before`.
- **Nothing is missing in silence.** Where events are no longer retained, `X-Gap` says how many
  were missed, or `unknown`; the live interfaces say it as an event.
- **Errors** are one JSON object: `{"detail": "..."}`, or for 422 `{"detail": [{"loc", "msg",
  "type"}]}`, naming everything that is wrong.
- Every address answers `OPTIONS`, and `HEAD` where it answers `GET`; another method gets 405 with
  `Allow`, an unknown address 404, a body over its size 413.
"""
_FAILURES: Final[dict[int, tuple[str, type, tuple[str, ...]]]] = {
    400: ("The body is not JSON, or the request cannot be read.", Problem, ()),
    401: ("A token is needed, or this one is not valid.", Problem, ("WWW-Authenticate",)),
    403: ("This Host or Origin is not allowed.", Problem, ()),
    413: ("The body is too large.", Problem, ()),
    415: ("This content type is not read here.", Problem, ()),
    422: ("Not valid; everything that is wrong is named.", Faults, ()),
    426: ("This address speaks WebSocket.", Problem, ("Upgrade", "Sec-WebSocket-Version")),
    429: ("Published faster than one address may.", Problem, ("Retry-After",)),
    503: ("The event source is away, or all places are taken.", Problem, ("Retry-After",)),
}
_HEADERS: Final[dict[str, Schema]] = {
    "Content-Disposition": {
        "description": "A name for the file.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds after which to try again, where it is known.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Sec-WebSocket-Version": {"description": "What is spoken.", "schema": {"const": "13"}},
    "Upgrade": {"description": "What to ask for.", "schema": {"const": "websocket"}},
    "WWW-Authenticate": {
        "description": "How to send the token.",
        "schema": {"type": "string"},
    },
    "X-Accel-Buffering": {
        "description": "Keeps a proxy from holding events back.",
        "schema": {"const": "no"},
    },
    "X-Gap": {
        "description": "How many of the events asked for are no longer retained; absent: none.",
        "schema": {"type": "string", "pattern": "^(?:[1-9][0-9]*|unknown)$"},
    },
}
# What the types do not say for themselves.
_PROPERTIES: Final[dict[str, dict[str, Schema]]] = {
    "Event": {
        "event_type": {"pattern": TYPE_PATTERN},
        "timestamp": {"format": "date-time", "description": "RFC 3339, UTC, ending in `Z`."},
        "source": {"pattern": SOURCE_PATTERN},
        "priority": {"enum": list(PRIORITIES)},
        "id": {"type": "string", "description": "Only where it was asked for."},
    },
    "Published": {
        "event_type": {"description": "Any name; `connection` from `dashboard` is reserved."},
        "data": {"description": "Any JSON object, nested to at most 32 levels."},
        "timestamp": {
            "format": "date-time",
            "description": "RFC 3339; no offset means UTC. Without one: the time of receipt.",
        },
        "priority": {"enum": list(PRIORITIES)},
        "id": {"description": "Ignored: an id is given when the event enters."},
    },
    "Rejected": {"timestamp": {"format": "date-time"}},
}


def document(
    settings: Settings, filter_class: type[EventFilter], security: dict[str, Schema] | None = None
) -> Schema:
    """Return the OpenAPI document of a server; ``security`` holds its schemes if it needs any."""
    schemas = _schemas()
    named = parameters(settings, filter_class)
    sent = bodies(settings, filter_class, schemas["Published"])
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        shown = _operation(operation, named, sent, needs_token=security is not None)
        methods = "HEAD and OPTIONS" if operation.method == "get" else "OPTIONS"
        item = paths.setdefault(operation.path, {"description": f"Answers {methods}, too."})
        item[operation.method] = shown
    made: Schema = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": "Event monitor API", "version": _version(), "description": _ABOUT},
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {str(status): _failure(status) for status in _FAILURES},
            "headers": _HEADERS,
        },
    }
    if security is not None:
        made["components"]["securitySchemes"] = security
        made["security"] = [{name: []} for name in security]
    return made


def token_schemes(cookie: str) -> dict[str, Schema]:
    """Return the three ways to send the token."""
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "The token API_TOKEN."},
        "query": {"type": "apiKey", "in": "query", "name": "token"},
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "Set by a visit to a page with `?token=`.",
        },
    }


def _operation(
    operation: Operation,
    named: dict[str, list[Schema]],
    sent: dict[str, Schema],
    *,
    needs_token: bool,
) -> Schema:
    errors = {403, *operation.errors}
    made: Schema = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.words,
        "parameters": [one for name in operation.parameters for one in named[name]],
    }
    if operation.body is not None:
        made["requestBody"] = sent[operation.body]
    if operation.is_open:
        made["security"] = []
    elif needs_token:
        errors.add(401)
    made["responses"] = {str(operation.answer.status): _answer(operation.answer)} | {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(errors)
    }
    return {key: value for key, value in made.items() if value or key == "security"}


def _answer(answer: Answer) -> Schema:
    return _response(answer.words, answer.media, answer.headers)


def _failure(status: int) -> Schema:
    words, kind, headers = _FAILURES[status]
    return _response(words, {JSON: kind}, headers)


def _response(words: str, media: dict[str, Any], headers: tuple[str, ...]) -> Schema:
    made: Schema = {"description": words}
    if media:
        made["content"] = {name: {"schema": _schema(kind)} for name, kind in media.items()}
    if headers:
        made["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return made


def _schema(kind: Any) -> Schema:
    if isinstance(kind, dict):
        return kind
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return schema


def _schemas() -> dict[str, Schema]:
    """Return the components of every type that an operation names."""
    kinds: list[Any] = [Published, *(kind for _, kind, _ in _FAILURES.values())]
    for operation in OPERATIONS:
        kinds += [kind for kind in operation.answer.media.values() if not isinstance(kind, dict)]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_REF)
    for name, properties in _PROPERTIES.items():
        for key, more in properties.items():
            known = schemas[name]["properties"].setdefault(key, {})
            known.update(more)
    schemas["Event"]["required"].append("priority")
    schemas["Event"]["examples"] = [{**EXAMPLE_EVENT, "timestamp": "2024-01-15T10:30:00Z"}]
    schemas["Published"]["examples"] = [EXAMPLE_EVENT]
    for schema in schemas.values():
        schema["description"] = schema.get("description", "").replace("``", "`")
    return schemas


def _version() -> str:
    try:
        return version("event-dashboard")
    except PackageNotFoundError:
        return "0"  # run from its folder, not installed


class OpenApiHandler(ApiHandler):
    """The document of this server: its limits, its filter, and a token only where it needs one."""

    def get(self) -> None:
        self.answer(document(self.hub.settings, self.hub.filter_class, self._security()))

    head = get

    def _security(self) -> dict[str, Schema] | None:
        access = getattr(self.application, "access", None)
        if not isinstance(access, Access) or not access.needs_token:
            return None
        return token_schemes(cookie_name(self.request))
