"""What a reader scrolls back to: retained events beyond the rows of the table, part by part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from dashboard.hub import Hub
from dashboard.page.rows import Rows
from dashboard.scan import Turn, scan
from sources.base import SourceUnreachable
from sources.filters import Matcher
from sources.ids import BEGINNING, EventId, InvalidId
from sources.log import Entry

ROWS: Final = 250
"""Asked for at once; more than a screen, and quickly made."""
AROUND: Final = 60
"""To each side of an event."""
SEARCHED: Final = 5000
"""Events looked at for one answer, so that a reader sees how far the search has come."""
_PAGE: Final = 500
_LAST: Final = 2**64 - 1
_ROWS_A_TURN: Final = 50

logger = logging.getLogger("dashboard.page")


class Stretch(msgspec.Struct, frozen=True):
    """What passes, oldest first, of all that lies between ``back_to`` and where it was asked from.

    ``whole`` where there is nothing to ask further, ``last`` where the source ends there;
    ``missed`` counts the events after the wanted end that are gone, None where it is not known.
    """

    entries: Sequence[Entry]
    back_to: EventId
    whole: bool = False
    last: bool = False
    missed: int | None = 0


async def look_back(
    hub: Hub, matcher: Matcher, before: EventId, after: EventId = BEGINNING
) -> Stretch:
    """Return the newest that pass of the retained events before one id and after another.

    Raises
    ------
    SourceUnreachable
    """
    found: list[Entry] = []
    searched, page, turn = 0, ROWS, Turn()
    while len(found) < ROWS and searched < SEARCHED:
        entries = await hub.source.before(before, page)
        wanted = [entry for entry in entries if entry.id > after]
        found = [*await scan(matcher, wanted, turn), *found]
        searched += len(entries)
        if len(wanted) < len(entries):
            return Stretch(found, after, whole=True)
        before = entries[0].id if entries else before
        if len(entries) < page:
            missed = 0 if after == BEGINNING else (await hub.source.read(after, 1)).missed
            return Stretch(found, before, whole=True, last=True, missed=missed)
        page = _PAGE
    if len(found) > ROWS:
        found = found[-ROWS:]
        before = found[0].id
    return Stretch(found, before)


async def look_around(hub: Hub, matcher: Matcher, id: EventId) -> list[Entry]:
    """Return the events next to an id that pass, itself among them, oldest first.

    Raises
    ------
    SourceUnreachable
    """
    older = await look_back(hub, matcher, _following(id))
    newer: list[Entry] = []
    at, searched, turn = id, 0, Turn()
    while len(newer) < AROUND and searched < SEARCHED:
        batch = await hub.source.read(at, _PAGE)
        # An id that is not of this log reads from its beginning.
        newer += await scan(matcher, [each for each in batch.entries if each.id > id], turn)
        searched += len(batch.entries)
        if len(batch.entries) < _PAGE:
            break
        at = batch.position
    return [*older.entries[-AROUND:], *newer[:AROUND]]


class Past:
    """Answers one page, one question at a time: a new one takes the place of the last."""

    def __init__(
        self, hub: Hub, rows: Rows, answer: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        self._hub, self._rows, self._answer = hub, rows, answer
        self._task: asyncio.Task[None] | None = None

    def ask(self, question: object, matcher: Matcher) -> None:
        """Look for what lies ``before`` an id and ``after`` another, or ``around`` one."""
        self.stop()
        if isinstance(question, dict):
            self._task = asyncio.get_running_loop().create_task(
                self._reply(question, matcher), name="page past"
            )

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _reply(self, question: dict[str, Any], matcher: Matcher) -> None:
        told = {"n": question.get("n"), "view": matcher.key, "error": ""}
        try:
            found = await self._find(question, matcher)
        except SourceUnreachable as error:
            found = {"error": str(error)}
        except Exception:
            logger.exception("older events could not be loaded")
            found = {"error": "the server could not read them"}
        await self._answer({**told, **found})

    async def _find(self, question: dict[str, Any], matcher: Matcher) -> dict[str, Any]:
        if (around := _id(question.get("around"))) is not None:
            return {"rows": await self._written(await look_around(self._hub, matcher, around))}
        before = _id(question.get("before")) or self._hub.log.first_id or BEGINNING
        after = _id(question.get("after")) or BEGINNING
        found = await look_back(self._hub, matcher, before, after)
        return {
            "rows": await self._written(found.entries),
            "back_to": str(found.back_to),
            "whole": found.whole,
            "last": found.last,
            "missed": found.missed,
        }

    async def _written(self, entries: Sequence[Entry]) -> str:
        """Return the rows as one JSON text, made a few at a time."""
        texts: list[str] = []
        for first in range(0, len(entries), _ROWS_A_TURN):
            texts += self._rows.texts(entries[first : first + _ROWS_A_TURN])
            await asyncio.sleep(0)
        return f"[{','.join(texts)}]"


def _following(id: EventId) -> EventId:
    return EventId(id.ms, id.seq + 1) if id.seq < _LAST else EventId(min(id.ms + 1, _LAST))


def _id(text: object) -> EventId | None:
    try:
        return EventId.parse(text) if isinstance(text, str) else None
    except InvalidId:
        return None
