"""Connections whose other end takes nothing: closed after a while, whatever they serve."""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from tornado.iostream import IOStream

from dashboard import sockets

GRACE_S: Final = 10.0
"""After the time allowed to a client, in which those that are told why are closed first."""


class Stalled:
    """Watches connections from their beginning to their end, and looks only while there are any.

    What waits for one to take it (an answer, a page of an export, what a browser page shows)
    would else stay in memory for as long as the other end likes.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s + GRACE_S
        # How far each had come, and when that was first seen.
        self._seen: WeakKeyDictionary[IOStream, tuple[int, float]] = WeakKeyDictionary()
        self._is_looking = False

    def watch(self, stream: IOStream) -> None:
        self._seen[stream] = (-1, 0.0)
        self._look_later()

    def _look_later(self) -> None:
        if self._seen and not self._is_looking:
            self._is_looking = True
            asyncio.get_running_loop().call_later(self._timeout_s / 4, self._look)

    def _look(self) -> None:
        self._is_looking = False
        now_s = asyncio.get_running_loop().time()
        for stream, (taken, since_s) in list(self._seen.items()):
            if stream.closed():
                del self._seen[stream]
            elif not stream.writing() or sockets.taken(stream) != taken:
                self._seen[stream] = (sockets.taken(stream), now_s)
            elif now_s - since_s >= self._timeout_s:
                stream.close()
        self._look_later()
