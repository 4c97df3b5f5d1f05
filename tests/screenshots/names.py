"""Events whose names are long, run from right to left, or are made of emoji."""

from __future__ import annotations

from typing import Any, Final


def _event(kind: str, source: str, priority: str, agent: str, *said: str) -> dict[str, Any]:
    action, message = said
    data = {"agent": agent, "action": action, "message": message, "correlation_id": source[:24]}
    return {"event_type": kind, "source": source, "priority": priority, "data": data}


LONG: Final = _event(
    ("a_type_whose_name_goes_on.and-on:for_as_long_as_a_type_may_be_" * 3)[:128],
    ("source_that_goes_on_" * 7)[:128],
    "high",
    ("agent_with_a_very_long_name_" * 5)[:128],
    "an_action_that_no_column_is_wide_enough_for_" * 2,
    "and a text that goes on " * 12,
)
STRANGE: Final = (
    _event("metrics", "🛰️ telemetry", "low", "👩‍👩‍👧‍👦 family", "orbit", "🇪🇺 👍🏽 all nominal 🚀"),
    _event("agent_response", "خدمة_الفواتير", "normal", "وكيل_الفوترة", "إصدار", "تم إصدار ١٢٣"),
    _event("agent_error", "שירות_תשלומים", "critical", "סוכן", "חיוב", "נכשל: timeout 30 s"),
    _event("custom", "сервис_счетов", "normal", "агент", "выставить", "Ελληνικά, Zażółć jaźń"),
    _event("alerts", "invoice_\u202egnp.exe", "high", "<b>bold</b>", "${rule}", "\u202egnirts"),
    _event("agent_request", "orchestrator", "normal", "billing_agent", "charge", "an ordinary one"),
)
EVENTS: Final = (*STRANGE, LONG, *STRANGE, LONG)
