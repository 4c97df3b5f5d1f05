"""What a simulated request is about: tenants, invoices, builds, tickets."""

from __future__ import annotations

from random import Random
from typing import Any, Final

_TENANTS: Final = (
    "acme",
    "northwind",
    "globex",
    "initech",
    "umbra",
    "contoso",
    "hooli",
    "wayfarer",
)
_APPS: Final = (
    "acme-crm",
    "northwind-shop",
    "billing-portal",
    "tenant-admin",
    "event-relay",
    "site-api",
)
_FILES: Final = ("checkout.spec.ts:118", "retry_policy.py:42", "ledger.sql:7", "session.go:231")
_PAGES: Final = (
    "/guides/webhooks",
    "/guides/sso",
    "/reference/events",
    "/changelog",
    "/guides/quotas",
)
_TOPICS: Final = (
    "SSO: SAML or OIDC?",
    "data residency",
    "seat limits",
    "export formats",
    "audit trail",
)
_REGIONS: Final = ("eu-central-1", "eu-west-1", "us-east-1")


def facts(rng: Random) -> dict[str, Any]:
    """Draw what one request is about."""
    # One draw for all: a dozen would cost as much as the rest of the event.
    n = rng.getrandbits(40)
    return {
        "tenant": _TENANTS[n % 8],
        "app": _APPS[n // 8 % 6],
        "file": _FILES[n // 48 % 4],
        "path": _PAGES[n // 192 % 5],
        "topic": _TOPICS[n // 960 % 5],
        "region": _REGIONS[n // 4800 % 3],
        "invoice_id": f"inv_{20_000 + n % 9_973}",
        "amount": (900 + n % 400_009) / 100,
        "currency": "EUR",
        "ticket_id": 4_000 + n % 5_987,
        "confidence": (70 + n % 30) / 100,
        "build": 300 + n % 89,
        "pull_request": 1_100 + n % 397,
        "files": 2 + n % 11,
        "added": 4 + n % 301,
        "removed": n % 113,
        "passed": 380 + n % 97,
        "failed": 2 + n % 7,
        "stories": 6 + n % 29,
        "questions": 2 + n % 5,
        "tables": 3 + n % 17,
        "migrations": 2 + n % 4,
        "critical": 0,
        "medium": n % 6,
        "rows": 10_000 + n % 1_999_993,
        "cohorts": 12 + n % 31,
        "paragraphs": 2 + n % 9,
        "steps": 2 + n % 39,
        "input_tokens": 400 + n % 7_001,
        "output_tokens": 40 + n % 883,
    }
