"""Every few minutes one simulated agent fails more often, is noticed, and recovers."""

from __future__ import annotations

from typing import Any, Final

from sources.event import Event
from sources.simulation.agenda import Agenda
from sources.simulation.scenarios import TROUBLED

_THRESHOLD: Final = 0.05


class Incidents:
    """At most one incident at a time: ``agent`` is who has it, '' while all is well."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.agent = ""
        self.error_rate = 0.0
        self.slower = 1.0
        agenda.at(agenda.between(70, 110), self._begin)

    def _begin(self, due_s: float) -> None:
        agenda = self._agenda
        self.agent = agenda.rng.choice(TROUBLED)
        self.error_rate = agenda.between(0.35, 0.65)
        self.slower = agenda.between(1.6, 3.5)
        ends_s = due_s + agenda.between(40, 90)
        agenda.at(due_s + agenda.between(6, 14), self._alert)
        if ends_s - due_s > 50:
            agenda.at(due_s + agenda.between(30, 40), self._escalate)
        agenda.at(ends_s, self._recover)
        agenda.at(ends_s + agenda.between(100, 260), self._begin)

    def _alert(self, due_s: float) -> Event:
        return self._say(due_s, "high", "error_rate", "{rate:.1f} % over 1 min, threshold 5 %")

    def _escalate(self, due_s: float) -> Event:
        return self._say(
            due_s, "critical", "error_rate", "still {rate:.1f} % errors, paging the team on call"
        )

    def _recover(self, due_s: float) -> Event:
        recovered = self._say(due_s, "normal", "recovered", "below 5 % again, alert closed")
        self.agent, self.error_rate, self.slower = "", 0.0, 1.0
        return recovered

    def _say(self, due_s: float, priority: str, action: str, message: str) -> Event:
        rate = round(self.error_rate * self._agenda.between(0.8, 1.0), 4)
        data: dict[str, Any] = {
            "agent": self.agent,
            "action": action,
            "message": f"{self.agent}: {message.format(rate=rate * 100)}",
            "alert": {"threshold": _THRESHOLD, "value": 0.012 if action == "recovered" else rate},
        }
        return self._agenda.event(due_s, "alerts", "watchdog", priority, data)
