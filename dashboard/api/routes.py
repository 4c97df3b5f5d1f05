"""The routes of the API, joined into the server and given to ``panel serve --plugins``."""

from __future__ import annotations

from typing import Any, Final

from tornado.web import RequestHandler

from dashboard.api.base import NotFoundHandler
from dashboard.api.docs import DocsHandler
from dashboard.api.events import FilterHandler, HistoryHandler, RejectedHandler
from dashboard.api.export import ExportHandler
from dashboard.api.openapi import OpenApiHandler
from dashboard.api.publish import EventsHandler, TestEventHandler
from dashboard.api.sse import StreamHandler
from dashboard.api.status import HealthHandler, MetricsHandler, PrometheusHandler, ReadyHandler
from dashboard.api.websocket import EventsWebSocketHandler

Route = tuple[str, type[RequestHandler], dict[str, Any]]

ROUTES: Final[list[Route]] = [
    (r"/health", HealthHandler, {}),
    (r"/ready", ReadyHandler, {}),
    (r"/metrics", PrometheusHandler, {}),
    (r"/api/metrics", MetricsHandler, {}),
    (r"/api/events/history", HistoryHandler, {}),
    (r"/api/events/filter", FilterHandler, {}),
    (r"/api/events/rejected", RejectedHandler, {}),
    (r"/api/events/stream", StreamHandler, {}),
    (r"/api/events/export", ExportHandler, {}),
    (r"/api/events", EventsHandler, {}),
    (r"/api/test/publish-event", TestEventHandler, {}),
    (r"/openapi\.json", OpenApiHandler, {}),
    (r"/docs", DocsHandler, {}),
    (r"/ws/([^/]*)", EventsWebSocketHandler, {}),
    (r"/(?:api|ws)(?:/.*)?", NotFoundHandler, {}),
]
