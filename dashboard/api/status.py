"""How the process is: ``/health``, ``/ready`` and ``/api/metrics``."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.web import HTTPError

from dashboard.api.base import ApiHandler
from dashboard.api.schemas import Health, Metrics, Percentiles, Ready, SourceStatus
from dashboard.hub import Hub
from dashboard.stats import memory_mb
from sources import timestamps


class HealthHandler(ApiHandler):
    """Always 200 while the process can answer."""

    def get(self) -> None:
        source = self.hub.source
        status = source.status
        self.answer(
            Health(
                status="degraded" if status.state == "unreachable" else "healthy",
                timestamp=timestamps.now(),
                websocket_manager="available",
                active_connections=len(self.hub.connections),
                source=SourceStatus(source.name, status.state, status.since, status.reason),
            )
        )

    head = get


class ReadyHandler(ApiHandler):
    """200 once the source is connected and the history loaded."""

    def get(self) -> None:
        source = self.hub.source
        if source.status.state != "connected" or not source.ready.is_set():
            raise HTTPError(503, f"not ready: the event source is {source.status.state}")
        self.answer(Ready("ready", timestamps.now()))

    head = get


class MetricsHandler(ApiHandler):
    """The documented figures, and more."""

    def get(self) -> None:
        self.answer(figures(self.hub))

    head = get


class PrometheusHandler(ApiHandler):
    """The same figures, and more, as Prometheus scrapes them."""

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(self.hub.metrics.text())

    head = get


def figures(hub: Hub) -> Metrics:
    """Return what ``/api/metrics`` shows; times in ms, sizes as named."""
    stats = hub.stats
    return Metrics(
        timestamp=timestamps.now(),
        active_connections=len(hub.connections),
        total_connections=hub.connections.total,
        events_sent=stats.events_sent,
        last_activity=stats.last_activity,
        event_history_size=len(hub.log),
        events_received=stats.received,
        events_per_second=round(stats.rate, 3),
        deliveries_per_second=round(stats.delivery_rate, 3),
        delivery_ms=Percentiles(*map(stats.delivery_ms, (50, 95, 99))),
        gaps=hub.fanout.gaps,
        errors=stats.errors,
        rejected_events=hub.source.rejected_total,
        refused_events=stats.refused.total(),
        source_lag_ms=stats.lag_ms,
        event_loop_lag_ms=round(stats.loop_lag_ms, 3),
        memory_mb=round(memory_mb(), 1),
        uptime_s=round(stats.uptime_s, 3),
    )
