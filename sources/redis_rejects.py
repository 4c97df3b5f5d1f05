"""The stream of the rejected: what is no valid event, set aside once for all processes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from redis.exceptions import ResponseError

from sources.base import Rejected
from sources.redis_connection import Connection
from sources.redis_entries import Invalid
from sources.redis_faults import sentence
from sources.redis_scripts import SET_ASIDE

MAX_REJECTED: Final = 10_000

_logger = logging.getLogger("dashboard.source")


class Rejects:
    """Sets entries of ``stream`` aside, and counts those that this process saw."""

    def __init__(self, stream: str, count: Callable[[Iterable[str]], None]) -> None:
        self.stream = f"{stream}:rejected"
        self._keys = (stream, self.stream, f"{self.stream}:upto")
        self._count = count

    async def set_aside(
        self, connection: Connection, invalid: Sequence[Invalid], *, live: bool
    ) -> None:
        """Set entries aside, in the order of ids, unless they already were.

        With ``live`` they are new to this process, and counted whoever set them aside first.
        """
        if not invalid:
            return
        args = [text for entry in invalid for text in _words(entry)]
        try:
            added: int = await connection.run(SET_ASIDE, self._keys, (MAX_REJECTED, *args))
        except ResponseError as error:
            # Reading goes on: one bad entry must not hold up all that follow.
            _logger.warning("%s; the rejected are not kept", sentence(error, connection.address))
            added = len(invalid)
        self.note(invalid, len(invalid) if live else added)

    def note(self, invalid: Sequence[Invalid], count: int) -> None:
        """Count entries that were set aside, and say so."""
        if count == 0:
            return
        # Those that others had set aside before come first.
        self._count(entry.kind for entry in invalid[-count:])
        last = invalid[-1]
        _logger.warning(
            "%d set aside in %s as no valid event; the last, %s: %s",
            count,
            self.stream,
            last.id or "a message of the channel",
            last.reason,
            extra={"rejected": count},
        )

    async def newest(self, connection: Connection, limit: int) -> list[Rejected]:
        found = await connection.call("XREVRANGE", self.stream, "+", "-", "COUNT", limit)
        return [_rejected(fields) for _, fields in reversed(found)]


def _words(entry: Invalid) -> tuple[str, str, str, str]:
    return str(entry.id), entry.timestamp, entry.reason, entry.raw


def _rejected(fields: Mapping[bytes, bytes]) -> Rejected:
    texts = {key.decode(): value.decode("utf-8", "replace") for key, value in fields.items()}
    return Rejected(
        original_id=texts.get("original_id") or None,
        timestamp=texts.get("timestamp", ""),
        reason=texts.get("reason", ""),
        raw=texts.get("raw", ""),
    )
