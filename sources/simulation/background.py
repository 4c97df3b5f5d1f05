"""What goes on beside the requests in the simulated platform: health, metrics, deploys, budgets."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from sources.event import Event
from sources.simulation.agenda import Agenda
from sources.simulation.facts import facts
from sources.simulation.incidents import Incidents
from sources.simulation.scenarios import ROLES

SHARE: Final = 0.1
"""Of all events, at the most."""
_FASTEST_BEAT_S: Final = 0.05


class Background:
    """Health and metrics in turn on a beat; deploys and budget alerts every few minutes."""

    def __init__(self, agenda: Agenda, incidents: Incidents) -> None:
        self._agenda, self._incidents = agenda, incidents
        self._turn = 0
        agenda.at(0.5, self._beat)
        agenda.at(agenda.between(20, 60), self._deploy)
        agenda.at(agenda.between(60, 200), self._budget)

    def _beat(self, due_s: float) -> Event:
        self._turn += 1
        beat_s = max(1 / (SHARE * self._agenda.rate(due_s)), _FASTEST_BEAT_S)
        self._agenda.at(due_s + beat_s, self._beat)
        role = ROLES[self._turn // 4 % len(ROLES)].name
        if self._turn % 4 == 0:
            return self._throughput(due_s)
        if self._turn % 4 == 2:
            return self._queue(due_s, role)
        return self._pods(due_s, role)

    def _pods(self, due_s: float, agent: str) -> Event:
        ill = agent == self._incidents.agent
        between = self._agenda.between
        data = {
            "agent": agent,
            "action": "liveness",
            "status": "degraded" if ill else "healthy",
            "replicas": 3 if ill else 2,
            "cpu": round(between(0.7, 0.95) if ill else between(0.1, 0.5), 2),
            "memory_mb": int(between(180, 420)),
        }
        return self._agenda.event(
            due_s, "system_health", "k8s_watch", "normal" if ill else "low", data
        )

    def _queue(self, due_s: float, agent: str) -> Event:
        waiting = int(self._agenda.between(0, 5) * (9 if agent == self._incidents.agent else 1))
        message = f"{waiting} waiting for {agent}, oldest {waiting * 37} ms"
        data = {"action": "queue_depth", "message": message, "queue": {agent: waiting}}
        return self._agenda.event(due_s, "system_health", "gateway", "low", data)

    def _throughput(self, due_s: float) -> Event:
        between = self._agenda.between
        data: dict[str, Any] = {
            "action": "throughput",
            "requests_per_s": round(between(30, 60), 1),
            "p95_ms": int(between(1800, 4200) * self._incidents.slower),
            "tokens_per_s": int(between(900, 2600)),
            "cost_eur_per_h": round(between(2.1, 4.8), 2),
        }
        return self._agenda.event(due_s, "metrics", "gateway", "low", data)

    def _deploy(self, due_s: float) -> Event:
        agenda, known = self._agenda, facts(self._agenda.rng)
        agenda.at(
            due_s + (took_s := agenda.between(15, 45)), partial(self._deployed, known, took_s)
        )
        agenda.at(due_s + agenda.between(90, 240), self._deploy)
        message = f"{known['app']} build {known['build']}, 10 % of traffic"
        return agenda.event(
            due_s, "deploy_started", "deploy_agent", "normal", _release(known, "canary", message)
        )

    def _deployed(self, known: dict[str, Any], took_s: float, due_s: float) -> Event:
        failed = self._agenda.rng.random() < 0.12
        action, priority = ("rollback", "high") if failed else ("promote", "normal")
        end = "rolled back, errors in the canary" if failed else "serves all traffic"
        data = _release(known, action, f"{known['app']} build {known['build']} {end}")
        data["duration_ms"] = round(took_s * 1000)
        return self._agenda.event(due_s, "deploy_finished", "deploy_agent", priority, data)

    def _budget(self, due_s: float) -> Event:
        agenda = self._agenda
        agent, used = agenda.rng.choice(ROLES).name, int(agenda.between(75, 97))
        agenda.at(due_s + agenda.between(200, 500), self._budget)
        data = {
            "agent": agent,
            "action": "token_budget",
            "message": f"{agent} has used {used} % of its daily budget",
            "budget": {"used": used / 100, "limit_eur": 40},
        }
        return agenda.event(due_s, "alerts", "cost_agent", "high" if used > 90 else "normal", data)


def _release(known: dict[str, Any], action: str, message: str) -> dict[str, Any]:
    release = {key: known[key] for key in ("app", "build", "region")}
    return {"agent": "deploy_agent", "action": action, "message": message, "release": release}
