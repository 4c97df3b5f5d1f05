"""The processes of ``panel serve --num-procs``: they end with their parent, however it ends.

The parent only waits for its workers, so a signal to it would leave them orphaned. They share a
pipe whose one end the parent alone holds open: when it closes, by a signal or by the parent's
death, each worker stops in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from tornado.process import task_id

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Lifeline:
    """Made before the fork, in the process that may become a parent."""

    def __init__(self) -> None:
        self._watched, self._held = os.pipe()
        self._has_workers = False
        os.register_at_fork(after_in_child=self._let_go, after_in_parent=self._become_parent)
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                signal.signal(number, self._end)

    def watch(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` when the parent ends; nothing where there is none."""
        if task_id() is None:
            return
        loop = asyncio.get_running_loop()

        def parent_ended() -> None:
            loop.remove_reader(self._watched)
            stop()

        loop.add_reader(self._watched, parent_ended)

    def _let_go(self) -> None:
        # Once only: a file opened later may get the same number.
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def _become_parent(self) -> None:
        self._has_workers = True

    def _end(self, number: int, frame: FrameType | None) -> None:
        if not self._has_workers:
            sys.exit(0)
        if self._held < 0:
            os._exit(1)
        # Tornado waits for the workers, and exits with 0 once all of them have.
        self._let_go()
