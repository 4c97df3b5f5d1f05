"""The six key figures above the tabs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dashboard.hub import Hub
from sources.base import Rejected
from sources.log import Category
from sources.rollup import Rollup
from sources.timestamps import InvalidTimestamp, canonical, epoch_ns

SPAN_S: Final = 900
STEP_S: Final = 15
BARS: Final = 15
DAY_S: Final = 86_400
DELIVERY_TARGET_MS: Final = 50
WORSE_POINTS: Final = 0.5
"""How far above the usual, in percentage points, a rate of errors is marked."""
NONE: Final = "\N{EN DASH}"
"""The value before there is any."""

Kpi = dict[str, Any]


class Trend:
    """The latest of a figure of which only the present is known; begins anew after a pause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._noted_s = clock, 0.0
        self.values: deque[float] = deque(maxlen=SPAN_S // STEP_S)

    def note(self, value: float) -> list[float]:
        """Take in the present value; returns the latest."""
        now_s = self._clock()
        if now_s - self._noted_s > 4 * STEP_S:
            self.values.clear()
        if not self.values or now_s - self._noted_s >= STEP_S:
            self.values.append(value)
            self._noted_s = now_s
        return [*self.values, value]


def build(
    hub: Hub, agents: Sequence[Mapping[str, Any]], rejected: Sequence[Rejected], trend: Trend
) -> list[Kpi]:
    return [
        events_per_minute(hub.rollup),
        error_rate(hub.rollup),
        active_agents(agents),
        response_p95(hub.rollup, trend),
        delivery_p99(hub.stats.delivery_ms(99)),
        rejections(hub.source.rejected_total, rejected),
    ]


def events_per_minute(rollup: Rollup) -> Kpi:
    now_s = int(time.time())
    start_s = now_s // STEP_S * STEP_S - SPAN_S
    series = rollup.series(start_s, STEP_S, SPAN_S // STEP_S)
    bars = [sum(counts) * 60 // STEP_S for counts in zip(*series.counts.values(), strict=True)]
    recent = sum(rollup.totals(60).values())
    lately = sum(rollup.totals(SPAN_S).values())
    kpi = _kpi("events_per_minute", "Events per minute", {"kind": "line", "values": bars})
    if not lately:
        kpi["chart"]["values"] = []
        return kpi
    earlier = sum(rollup.totals(2 * SPAN_S).values()) - lately
    kpi["value"] = f"{recent:,}"
    if rollup.covered_since_s <= now_s - 2 * SPAN_S and earlier:
        kpi["delta"] = f"{(lately - earlier) / earlier:+.0%}".replace("%", " %")
        kpi["note"] = "vs 15 min before"
    else:
        kpi["note"] = "in the last 60 s"
    return kpi


def error_rate(rollup: Rollup) -> Kpi:
    chart: dict[str, Any] = {"kind": "line", "values": []}
    kpi = _kpi("error_rate", "Error rate", chart)
    usual, share = _share(rollup.totals(DAY_S)), _share(rollup.totals(SPAN_S))
    if share is None or usual is None:
        return kpi
    chart.update(values=_error_rates(rollup), target=usual)
    points = (share - usual) * 100
    kpi.update(value=f"{share * 100:.2f}", unit="%", note="of answers, last 15 min")
    if abs(points) >= 0.1:
        kpi.update(delta=f"{points:+.1f} pt", note="vs 24 h", tone="ok" if points < 0 else "")
    if points >= WORSE_POINTS:
        kpi["tone"] = chart["tone"] = "bad"
    return kpi


def active_agents(agents: Sequence[Mapping[str, Any]]) -> Kpi:
    states = [agent["state"] for agent in agents]
    kpi = _kpi("active_agents", "Active agents", {"kind": "dots", "values": states[:60]})
    if not agents:
        return kpi
    quiet = [str(agent["name"]) for agent in agents if agent["state"] == "o"]
    failing = [str(agent["name"]) for agent in agents if agent["state"] == "x"]
    kpi.update(value=f"{len(agents) - len(quiet):,}", unit=f"of {len(agents):,}")
    kpi["note"] = _named("failing", failing) or _named("quiet", quiet) or "all well"
    return kpi


def response_p95(rollup: Rollup, trend: Trend) -> Kpi:
    kpi = _kpi("response_p95", "Agent response p95", {"kind": "line", "values": []})
    p95 = rollup.response_percentile(0.95)
    if p95 is None:
        return kpi
    kpi["chart"]["values"] = trend.note(rollup.response_percentile(0.95, 60) or 0.0)
    p50 = rollup.response_percentile(0.5)
    kpi["value"], kpi["unit"] = _duration(p95)
    kpi["note"] = f"p50 {' '.join(_duration(p50))}" if p50 is not None else ""
    return kpi


def delivery_p99(p99_ms: float | None) -> Kpi:
    chart: dict[str, Any] = {
        "kind": "bullet",
        "values": [p99_ms or 0.0],
        "target": DELIVERY_TARGET_MS,
        "max": max(2 * DELIVERY_TARGET_MS, p99_ms or 0),
    }
    kpi = _kpi("delivery_p99", "Delivery latency p99", chart)
    if p99_ms is None:
        kpi["note"] = "no client connected"
        return kpi
    is_late = p99_ms > DELIVERY_TARGET_MS
    chart["tone"] = kpi["tone"] = "bad" if is_late else ""
    kpi.update(value=f"{p99_ms:.0f}" if p99_ms >= 10 else f"{p99_ms:.1f}", unit="ms")
    kpi["note"] = f"target under {DELIVERY_TARGET_MS} ms"
    return kpi


def rejections(total: int, newest: Sequence[Rejected]) -> Kpi:
    now_s = time.time()
    ages_s = [now_s - when for entry in newest if (when := _time_s(entry.timestamp)) is not None]
    bars = [0] * BARS
    for age_s in ages_s:
        if 0 <= age_s < BARS * 60:
            bars[BARS - 1 - int(age_s // 60)] += 1
    kpi = _kpi("rejected", "Rejected events", {"kind": "bars", "values": bars, "tone": "warn"})
    kpi.update(value=f"{total:,}", note=f"last {_ago(min(ages_s))}" if ages_s else "none")
    kpi["tone"] = "warn" if any(bars) else ""
    return kpi


def _kpi(key: str, label: str, chart: dict[str, Any]) -> Kpi:
    return {
        "key": key, "label": label, "value": NONE, "unit": "", "delta": "", "tone": "",
        "note": "waiting for events", "chart": chart,
    }  # fmt: skip


def _named(word: str, names: Sequence[str]) -> str:
    more = f" + {len(names) - 1}" if len(names) > 1 else ""
    return f"{len(names)} {word}: {names[0]}{more}" if names else ""


def _share(totals: Mapping[Category, int]) -> float | None:
    """The share of errors among answers; None where there were none."""
    errors = sum(count for (kind, _, _), count in totals.items() if kind == "agent_error")
    good = sum(count for (kind, _, _), count in totals.items() if kind == "agent_response")
    return errors / (errors + good) if errors + good else None


def _error_rates(rollup: Rollup) -> list[float]:
    start_s = int(time.time()) // STEP_S * STEP_S - SPAN_S
    counts = rollup.series(start_s, STEP_S, SPAN_S // STEP_S, by="type").counts
    none = [0] * (SPAN_S // STEP_S)
    errors, good = (counts.get(kind, none) for kind in ("agent_error", "agent_response"))
    pairs = zip(errors, good, strict=True)
    return [bad / (bad + fine) if bad else 0.0 for bad, fine in pairs]


def _duration(ms: float) -> tuple[str, str]:
    if ms < 1000:
        return f"{ms:.0f}", "ms"
    return (f"{ms / 1000:.2f}", "s") if ms < 10_000 else (f"{ms / 1000:.1f}", "s")


def _time_s(timestamp: str) -> float | None:
    try:
        return epoch_ns(canonical(timestamp)) / 1e9
    except InvalidTimestamp:
        return None


def _ago(age_s: float) -> str:
    if age_s < 60:
        return f"{max(0, age_s):.0f} s ago"
    return f"{age_s / 60:.0f} min ago" if age_s < 3600 else f"{age_s / 3600:.0f} h ago"
