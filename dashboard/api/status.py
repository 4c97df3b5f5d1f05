"""How the process is: ``/health``, ``/ready`` and ``/api/metrics``."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.web import HTTPError

from dashboard.api.base import ApiHandler
from dashboard.api.schemas import Health, Metrics, Percentiles, Process, Ready, SourceStatus
from dashboard.hub import Hub
from dashboard.stats import memory_mb
from sources import timestamps
from sources.process import process_name


class HealthHandler(ApiHandler):
    """Always 200 while the process can answer."""

    def get(self) -> None:
        state = self.hub.source.status.state
        self.answer(
            Health(
                status="degraded" if state in ("unreachable", "read-only") else "healthy",
                timestamp=timestamps.now(),
                websocket_manager="available",
                active_connections=len(self.hub.connections),
                source=source_status(self.hub),
            )
        )

    head = get


class ReadyHandler(ApiHandler):
    """200 once the source is connected and the history loaded."""

    def get(self) -> None:
        source = self.hub.source
        if not (source.status.is_read and source.ready.is_set()):
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


def source_status(hub: Hub) -> SourceStatus:
    source, status = hub.source, hub.source.status
    next_try_s = None if source.next_try_s is None else round(source.next_try_s, 1)
    return SourceStatus(
        source.name, status.state, status.since, status.reason, status.still_works, next_try_s
    )


def process(hub: Hub) -> Process:
    host, _, pid = process_name().rpartition(":")
    return Process(process_name(), host, int(pid), timestamps.from_ms(hub.stats.started_ms))


def figures(hub: Hub) -> Metrics:
    """Return what ``/api/metrics`` shows; times in ms, sizes as named."""
    stats = hub.stats
    return Metrics(
        timestamp=timestamps.now(),
        process=process(hub),
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
