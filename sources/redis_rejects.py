"""The stream of the rejected: what is no valid event, set aside once for all processes."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from redis.exceptions import ResponseError

from sources.base import Rejected
from sources.redis_connection import Connection
from sources.redis_entries import Invalid
from sources.redis_faults import sentence
from sources.redis_scripts import SET_ASIDE

MAX_REJECTED: Final = 10_000
_PART: Final = 500

_logger = logging.getLogger("dashboard.source")


class Rejects:
    """Sets entries of ``stream`` aside, and counts those that this process saw."""

    def __init__(self, stream: str, count: Callable[[Iterable[str]], None]) -> None:
        self.stream = f"{stream}:rejected"
        self._keys = (stream, self.stream, f"{self.stream}:upto")
        self._count = count
        # What could not be written; the stream keeps the entries themselves meanwhile.
        self._owed: deque[Invalid] = deque(maxlen=MAX_REJECTED)

    async def set_aside(
        self, connection: Connection, invalid: Sequence[Invalid], *, live: bool
    ) -> None:
        """Set entries aside, in the order of ids, unless they already were.

        With ``live`` they are new to this process, and counted whoever set them aside first.
        """
        if not invalid:
            return
        try:
            await self.settle(connection)
            added = await self._write(connection, invalid)
        except ResponseError as error:
            # Reading goes on: one bad entry must not hold up all that follow.
            _logger.warning("%s; what is set aside waits", sentence(error, connection.address))
            self._owed += invalid
            added = len(invalid)
        self.note(invalid, len(invalid) if live else added)

    async def settle(self, connection: Connection) -> None:
        """Set aside what Redis refused to take before.

        Raises
        ------
        ResponseError
            It still refuses.
        """
        while self._owed:
            part = tuple(islice(self._owed, _PART))
            await self._write(connection, part)
            for _ in part:
                self._owed.popleft()

    async def _write(self, connection: Connection, invalid: Sequence[Invalid]) -> int:
        args = [text for entry in invalid for text in _words(entry)]
        added: int = await connection.run(SET_ASIDE, self._keys, (MAX_REJECTED, *args))
        return added

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
