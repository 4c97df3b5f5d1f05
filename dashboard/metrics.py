"""The figures of this process in the form that Prometheus reads.

Labels are bounded: routes and doors are ours, and no value from outside becomes one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from dashboard.latency import LatencyHistogram, upper_ms
from sources.process import process_name

if TYPE_CHECKING:
    from dashboard.hub import Hub

_DELIVERY_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0)
_REQUEST_S: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


class Metrics:
    """One registry for each hub, so that two hubs in a process do not add up."""

    def __init__(self, hub: Hub) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(HubCollector(hub))
        ProcessCollector(registry=self._registry)
        self._requests = Histogram(
            "dashboard_request_seconds",
            "Time to answer a request, by route.",
            ("route", "method", "status"),
            buckets=_REQUEST_S,
            registry=self._registry,
        )

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, f"{status // 100}xx").observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class HubCollector(Collector):
    """Reads the hub's counters when asked, so that counting costs nothing in between."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        hub, stats = self._hub, self._hub.stats
        yield _counter("events_received", "Events that entered the log.", stats.received)
        yield _counter("events_delivered", "Deliveries to live clients.", hub.fanout.delivered)
        yield _counter("connections_opened", "Connections since the start.", hub.connections.total)
        yield _counter("gaps", "Gaps that clients were told.", hub.fanout.gaps)
        yield _counter("errors", "Requests that failed by our fault.", stats.errors)
        yield _rejected(hub.source.rejected_by)
        yield _refused(stats.refused)
        yield _connections(Counter(reader.via for reader in hub.connections))
        yield _gauge("history_events", "Events retained in this process.", len(hub.log))
        yield _gauge("history_bytes", "Their bytes.", hub.log.retained_bytes)
        yield _gauge("events_per_second", "Events a second, of late.", stats.rate)
        yield _gauge("source_lag_seconds", "From id to log, of late.", (stats.lag_ms or 0) / 1000)
        yield _gauge("event_loop_lag_seconds", "How late a timer was.", stats.loop_lag_ms / 1000)
        yield _gauge("source_up", "1 while events are read.", hub.source.status.is_read)
        yield _gauge("uptime_seconds", "Since the start.", stats.uptime_s)
        yield delivery(hub.fanout.latency)
        yield _process()


def delivery(latency: LatencyHistogram) -> Metric:
    """Fold the fine buckets into those of the exposition; each is counted where it surely fits."""
    counts = [0] * (len(_DELIVERY_S) + 1)
    for bucket, count in latency.total.items():
        upper_s = upper_ms(bucket) / 1000
        index = next((i for i, limit in enumerate(_DELIVERY_S) if upper_s <= limit), -1)
        counts[index] += count
    buckets, total = [], 0
    for limit, count in zip((*map(str, _DELIVERY_S), "+Inf"), counts, strict=True):
        total += count
        buckets.append((limit, total))
    return HistogramMetricFamily(
        "dashboard_delivery_seconds",
        "Publish to sent, one for each event and filter.",
        buckets=buckets,
        sum_value=latency.sum_ms / 1000,
    )


def _process() -> Metric:
    host, _, pid = process_name().rpartition(":")
    value = {"id": process_name(), "host": host, "pid": pid}
    return InfoMetricFamily("dashboard_process", "The process that answers.", value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"dashboard_{name}", text, value=value)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"dashboard_{name}", text, value=value)


def _rejected(counts: Counter[str]) -> Metric:
    family = CounterMetricFamily(
        "dashboard_rejected_events",
        "Entries of the source set aside, by first reason.",
        labels=("reason",),
    )
    for reason, count in counts.items():
        family.add_metric((reason,), count)
    return family


def _refused(counts: Counter[tuple[str, str]]) -> Metric:
    family = CounterMetricFamily(
        "dashboard_refused_events",
        "Events refused when published, by door and first reason.",
        labels=("door", "reason"),
    )
    for (door, reason), count in counts.items():
        family.add_metric((door, reason), count)
    return family


def _connections(counts: Counter[str]) -> Metric:
    family = GaugeMetricFamily("dashboard_connections", "Open connections.", labels=("via",))
    for via in ("ws", "sse"):
        family.add_metric((via,), counts[via])
    return family
