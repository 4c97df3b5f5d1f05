"""The hub: one per process, behind the page, the API and the notebook alike."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from dashboard.connections import Connections
from dashboard.fanout import Fanout
from dashboard.gaps import Gaps
from dashboard.limits import PublishLimit
from dashboard.metrics import Metrics
from dashboard.settings import InvalidSetting, Settings
from dashboard.stats import Stats
from sources.base import EventSource, Publish
from sources.event import Event
from sources.filters import EventFilter
from sources.ids import BEGINNING, EventId
from sources.log import LAG_BYTES, Entry, EventLog
from sources.memory import MemorySource
from sources.rollup import Rollup
from sources.websocket_manager import forget_source, use_source

_log = logging.getLogger("dashboard.hub")
_RESTART_S: Final = 1.0
_SWEEP_S: Final = 1.0
_READ_BACK_S: Final = 1.0
_IN_HAND_S: Final = 1.0
# What the query strings of the API and of the page mean besides the filter.
_TAKEN: Final = frozenset(
    ("after", "before", "event", "format", "history", "ids", "limit", "tab", "theme", "token")
)


class Client(msgspec.Struct, frozen=True):
    """An open connection; ``behind`` is None where it lost its place."""

    id: str
    via: str
    sent: int
    behind: int | None
    gaps: int
    since_s: float


class Hub:
    """Owns the log, its source, the rollup and the fan-out; started once, stopped in order.

    Only to be used from the event loop's thread.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.filter_class = load_filter_class(settings.filter_class)
        self.log = EventLog(
            settings.max_history_size,
            settings.max_history_bytes,
            lag_bytes=min(LAG_BYTES, settings.max_history_bytes),
        )
        self.source = make_source(settings, self.log)
        self.rollup = Rollup()
        self.gaps = Gaps(self.source)
        self.fanout = Fanout(self.log, settings.slow_client_timeout)
        self.stats = Stats(self.fanout, self.source)
        self.connections = Connections(settings.max_connections)
        self.publish_limit = PublishLimit(settings.publish_rate_limit)
        self.metrics = Metrics(self)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopped = False
        self._publishing = 0
        self._idle = asyncio.Event()  # no publish is under way
        self._idle.set()
        self._counted, self._generation = BEGINNING, self.log.generation

    async def start(self) -> None:
        """Start once; a second call does nothing, nor does one after `stop`."""
        if self._tasks or self._is_stopped:
            return
        self.source.on_prime = self._count
        self.log.listen(self._count_added)
        self.log.listen(self.gaps.note)
        self.log.listen(_log_events)
        self.fanout.live_since_ms = self.stats.started_ms
        use_source(self.source, asyncio.get_running_loop(), self.settings.max_event_bytes)
        for name, run in (
            ("source", self.source.run),
            ("stats", self.stats.run),
            ("gaps", self.gaps.run),
            ("sweep", self._sweep),
        ):
            self._tasks.append(asyncio.create_task(_keep_running(name, run), name=f"hub {name}"))

    async def stop(self) -> None:
        """Let what is in hand go out, close the clients with 1001, then the source.

        Safe to call twice.
        """
        # Requests and pages that are still under way ask for a start.
        self._is_stopped = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_IN_HAND_S):
                await self._idle.wait()
        self.fanout.flush()
        for reader in self.connections:
            reader.go_away()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        forget_source(self.source)
        self.fanout.close()

    async def ready(self, timeout_s: float) -> bool:
        """Wait until the history is loaded, at most ``timeout_s``."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.source.ready.wait()
        except TimeoutError:
            return False
        return True

    async def publish(
        self, events: Sequence[Event], publish: Publish | None = None
    ) -> list[EventId]:
        """Publish through the source, as `EventSource.publish` says.

        Returns once this process has read the events back, so that who publishes finds them here.
        """
        with self.in_hand():
            ids = await self.source.publish(events, publish)
            if ids:
                await self._read_back(ids[-1])
        return ids

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Have `stop` wait for a publish that is under way, or about to be."""
        self._publishing += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._publishing -= 1
            if not self._publishing:
                self._idle.set()

    def _count(self, entries: Sequence[Entry]) -> None:
        """Count each event once: a stream that comes back as an older copy brings them again."""
        is_new = entries[0].id > self._counted
        fresh = entries if is_new else [each for each in entries if each.id > self._counted]
        if fresh:
            self._counted = fresh[-1].id
            self.rollup.fold(fresh)
            self.stats.note(fresh)

    def _count_added(self, added: Sequence[Entry]) -> None:
        self._count(added)
        if self.log.generation != self._generation:
            # An older copy comes in one piece; what follows is new, also where its ids are lower.
            self._generation, self._counted = self.log.generation, added[-1].id

    async def _read_back(self, id: EventId) -> None:
        if self.log.last_id is not None and self.log.last_id >= id:
            return
        arrived = asyncio.get_running_loop().create_future()

        def note(added: Sequence[Entry]) -> None:
            if added[-1].id >= id and not arrived.done():
                arrived.set_result(None)

        stop = self.log.listen(note)
        try:
            async with asyncio.timeout(_READ_BACK_S):
                await arrived
        except TimeoutError:
            _log.warning("published events are slow to come back from the source")
        finally:
            stop()

    def clients(self) -> list[Client]:
        now_s = time.monotonic()
        return [
            Client(
                reader.id,
                reader.via,
                reader.sent,
                self.fanout.behind(reader),
                reader.gaps,
                now_s - reader.since_s,
            )
            for reader in self.connections
        ]

    async def _sweep(self) -> None:
        """Drop clients that take nothing for too long, and frames that no one needs."""
        while True:
            await asyncio.sleep(min(_SWEEP_S, self.settings.slow_client_timeout / 4))
            now_s = time.monotonic()
            for reader in self.connections:
                if self.fanout.is_stuck(reader, now_s):
                    reader.drop()
            self.log.release()


def _log_events(added: Sequence[Entry]) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        for entry in added:
            fields = {"id": str(entry.id), "event_type": entry.event_type, "source": entry.source}
            _log.debug("event", extra=fields)


def make_source(settings: Settings, log: EventLog) -> EventSource:
    if settings.redis_url is None:
        return MemorySource(log)
    # Its client costs 7 MB, which the embedded form saves.
    from sources.redis import RedisSource
    from sources.redis_connection import InvalidRedisUrl

    try:
        return RedisSource(
            log,
            settings.redis_url,
            stream=settings.event_stream,
            channel=settings.event_channel,
            maxlen=settings.stream_maxlen,
            max_event_bytes=settings.max_event_bytes,
            history=settings.max_history_size,
        )
    except InvalidRedisUrl as error:
        raise InvalidSetting(f"REDIS_URL is refused: {error}") from None


def load_filter_class(path: str | None) -> type[EventFilter]:
    """Import a platform's own filter, given as ``module:Class``.

    Raises
    ------
    InvalidSetting
        If there is no such class, or it is no `EventFilter`.
    """
    if path is None:
        return EventFilter
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InvalidSetting(f"FILTER_CLASS={path!r} cannot be imported: {error}") from None
    if not (isinstance(found, type) and issubclass(found, EventFilter)):
        raise InvalidSetting(f"FILTER_CLASS={path!r} is not a subclass of EventFilter")
    if taken := _TAKEN.intersection(found.fields()):
        raise InvalidSetting(
            f"FILTER_CLASS={path!r} has a param {min(taken)!r}, which the address already uses"
        )
    return found


async def _keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception:
            _log.exception("%s stopped unexpectedly and is started again", name)
        else:
            _log.error("%s ended, which it never should, and is started again", name)
        await asyncio.sleep(_RESTART_S)


_hub: Hub | None = None


def get_hub() -> Hub:
    """Return the hub of this process; made from the settings on first use, not yet started."""
    global _hub
    if _hub is None:
        _hub = Hub(Settings.load())
    return _hub
