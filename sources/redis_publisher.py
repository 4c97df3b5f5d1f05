"""Publishing into a Redis stream: all events or none, and once under an idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sources.base import KeyReused, Publish, SourceUnreachable
from sources.event import Event, encode
from sources.ids import EventId
from sources.redis_connection import Connection
from sources.redis_entries import parse_id
from sources.redis_faults import FAULTS, is_replica, sentence, took_nothing
from sources.redis_scripts import PUBLISH

OnResult = Callable[[Exception | None], None]

KEY_LIFETIME_MS: Final = 86_400_000
ANSWER_WITHIN_S: Final = 2.0


class Publisher:
    """Adds events to ``stream`` and trims it to about ``maxlen``; bound to one event loop.

    ``on_result`` is given the fault of each publish, None of one that succeeded.
    """

    def __init__(
        self, url: str, stream: str, maxlen: int, on_result: OnResult = lambda _: None
    ) -> None:
        self._on_result = on_result
        self.connection = Connection(url, answer_within_s=ANSWER_WITHIN_S, max_connections=16)
        self._stream, self._maxlen = stream, maxlen

    async def publish(
        self, events: Sequence[Event], publish: Publish | None = None
    ) -> list[EventId]:
        """Publish all of ``events`` or none; returns their ids.

        Raises
        ------
        SourceUnreachable, KeyReused
        """
        if not events:
            return []
        keys = [self._stream]
        if publish is not None:
            keys.append(f"{self._stream}:published:{publish.key}")
        digest = publish.digest if publish is not None else ""
        encoded = [encode(event) for event in events]
        try:
            answer = await self._run(keys, [self._maxlen, digest, KEY_LIFETIME_MS, *encoded])
        except FAULTS as error:
            self._on_result(error)
            raise SourceUnreachable(self._advice(error)) from error
        self._on_result(None)
        known, *ids = answer.split(b"\n")
        if known.decode() != digest:
            raise KeyReused("this Idempotency-Key came before with another body")
        return [parse_id(id) for id in ids]

    async def _run(self, keys: Sequence[str], args: Sequence[str | bytes | int]) -> bytes:
        try:
            answer: bytes = await self.connection.run(PUBLISH, keys, args)
        except FAULTS as error:
            if not is_replica(error):
                raise
            # After a failover the address leads to another server, an open connection does not.
            await self.connection.drop_idle()
            answer = await self.connection.run(PUBLISH, keys, args)
        return answer

    async def close(self) -> None:
        await self.connection.close()

    def _advice(self, error: Exception) -> str:
        what = sentence(error, self.connection.address)
        if took_nothing(error):
            return f"{what}. Nothing was published; publish again when that is put right"
        return (
            f"{what}. It is not known whether anything was published; "
            "publish again under the same idempotency key, or look before doing so"
        )
