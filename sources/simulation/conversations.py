"""Requests among the simulated agents, and how each is answered."""

from __future__ import annotations

from functools import partial
from itertools import chain, repeat
from math import exp
from typing import Any, Final

from sources.event import Event
from sources.simulation.agenda import Agenda
from sources.simulation.facts import facts
from sources.simulation.incidents import Incidents
from sources.simulation.scenarios import ROLES, Role, Task

MAX_ATTEMPTS: Final = 3
_LONGEST_S: Final = 90.0
_CALLED: Final = tuple(chain.from_iterable(repeat(role, role.share) for role in ROLES))
_BY_NAME: Final = {role.name: role for role in ROLES}


class _Request:
    """One matter, from its first request to its last answer."""

    __slots__ = ("asked_by", "asked_s", "attempt", "correlation", "facts", "role", "task")

    def __init__(self, role: Role, task: Task, asked_by: str, correlation: str) -> None:
        self.role, self.task, self.asked_by = role, task, asked_by
        self.correlation = correlation
        self.facts: dict[str, Any] = {}
        self.attempt, self.asked_s = 1, 0.0


class Conversations:
    """Fills up the rate: a new request whenever no other event has taken the turn.

    `count` is to be told of every event, of any kind.
    """

    def __init__(self, agenda: Agenda, incidents: Incidents) -> None:
        self._agenda, self._rng, self._incidents = agenda, agenda.rng, incidents
        self._ahead = 0
        agenda.at(0.0, self._turn)

    def count(self) -> None:
        """Note an event; it takes a turn, so that a request has to wait for another."""
        self._ahead += 1

    def _turn(self, due_s: float) -> Event | None:
        self._agenda.at(due_s + self._rng.expovariate(self._agenda.rate(due_s)), self._turn)
        self._ahead -= 1
        return self._ask(self._new(), due_s) if self._ahead < 0 else None

    def _new(self) -> _Request:
        chance = self._rng.random
        role = _CALLED[int(chance() * len(_CALLED))]
        if self._incidents.agent and chance() < 0.2:
            # What fails is asked again from all sides.
            role = _BY_NAME[self._incidents.agent]
        task = role.tasks[int(chance() * len(role.tasks))]
        asked_by = role.asked_by[int(chance() * len(role.asked_by))]
        request = _Request(role, task, asked_by, f"c-{self._rng.getrandbits(32):08x}")
        request.facts = facts(self._rng)
        return request

    def _ask(self, request: _Request, due_s: float) -> Event:
        request.asked_s = due_s
        self._agenda.at(due_s + self._takes_s(request.role), partial(self._answer, request))
        data = _data(request, request.task.ask.format_map(request.facts))
        data["headers"] = {
            "x-tenant": request.facts["tenant"],
            "x-region": request.facts["region"],
            "x-attempt": request.attempt,
        }
        return self._event("agent_request", due_s, request, request.asked_by, _usual(request), data)

    def _answer(self, request: _Request, due_s: float) -> Event:
        troubled = self._incidents.agent == request.role.name
        error_rate = self._incidents.error_rate if troubled else request.role.error_rate
        if self._rng.random() < error_rate:
            return self._fail(request, due_s, troubled)
        data = _data(request, request.task.done.format_map(request.facts))
        data["duration_ms"] = round((due_s - request.asked_s) * 1000)
        data["usage"] = {key: request.facts[key] for key in ("input_tokens", "output_tokens")}
        return self._event(
            "agent_response", due_s, request, request.role.name, request.task.priority, data
        )

    def _fail(self, request: _Request, due_s: float, troubled: bool) -> Event:
        # An incident is one fault that repeats, the first of the role's.
        known = request.role.failures
        failure = known[0 if troubled else int(self._rng.random() * len(known))]
        subject = request.task.part.subject.format_map(request.facts)
        message = failure.message.format_map(request.facts)
        attempt = request.attempt
        data = _data(request, f"{subject} failed: {message}, attempt {attempt} of {MAX_ATTEMPTS}")
        data["duration_ms"] = round((due_s - request.asked_s) * 1000)
        data["error"] = {
            "kind": failure.kind,
            "message": message,
            "retryable": failure.retryable,
            "attempt": attempt,
        }
        given_up = attempt == MAX_ATTEMPTS
        if failure.retryable and not given_up:
            self._agenda.at(
                due_s + attempt * self._agenda.between(0.4, 1.2), partial(self._retry, request)
            )
        priority = "critical" if given_up and troubled else "high"
        return self._event("agent_error", due_s, request, request.role.name, priority, data)

    def _retry(self, request: _Request, due_s: float) -> Event:
        request.attempt += 1
        return self._ask(request, due_s)

    def _takes_s(self, role: Role) -> float:
        slower = self._incidents.slower if self._incidents.agent == role.name else 1.0
        return min(role.median_s * slower * exp(self._rng.gauss(0.0, role.spread)), _LONGEST_S)

    def _event(
        self,
        kind: str,
        due_s: float,
        request: _Request,
        source: str,
        priority: str,
        data: dict[str, Any],
    ) -> Event:
        part = request.task.part
        data[part.name] = {key: request.facts[key] for key in part.keys}
        return self._agenda.event(due_s, kind, source, priority, data)


def _usual(request: _Request) -> str:
    return "high" if request.attempt == MAX_ATTEMPTS else request.task.priority


def _data(request: _Request, message: str) -> dict[str, Any]:
    return {
        "agent": request.role.name,
        "action": request.task.action,
        "correlation_id": request.correlation,
        "message": message,
    }
