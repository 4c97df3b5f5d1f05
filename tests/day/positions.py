"""Whether the dashboard finds again whatever place in the stream it is asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence

import httpx

PAGE = 1000
PLACES = 20


async def faults(url: str, ids: Sequence[str], retained: int, rng: random.Random) -> list[str]:
    """Read on from places all over the day; the stream holds the newest ``retained``."""
    found: list[str] = []
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        for place in sorted(rng.sample(range(len(ids)), PLACES)):
            found += await _faults_at(http, place, ids, len(ids) - retained)
        newest = (await http.get("/api/events/history?ids=true&limit=100")).json()
        if [event["id"] for event in newest] != list(ids[-100:]):
            found.append("the newest events are not the newest of the stream")
    return found


async def _faults_at(
    http: httpx.AsyncClient, place: int, ids: Sequence[str], first: int
) -> list[str]:
    query: dict[str, str | int] = {"after": ids[place], "limit": PAGE, "ids": "true"}
    answer = await http.get("/api/events/history", params=query)
    begin = max(place + 1, first)
    found: list[str] = []
    if [event["id"] for event in answer.json()] != list(ids[begin : begin + PAGE]):
        found.append(f"after event {place} come not those from {begin}")
    told, missed = answer.headers.get("X-Gap"), begin - place - 1
    if told not in ((None,) if missed == 0 else ("unknown", str(missed))):
        found.append(f"after event {place} a gap of {told} is told, {missed} are missing")
    return found
