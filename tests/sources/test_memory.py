"""What the source in one process keeps in memory."""

import tracemalloc

from sources.base import Publish
from sources.event import validate
from sources.log import EventLog
from sources.memory import MemorySource

BATCH = 1000
KEYS = 20


async def test_a_key_takes_the_same_room_however_large_its_batch():
    source = MemorySource(EventLog(max_events=1, lag_events=1))
    batch = [validate({"event_type": "t", "source": "s"})] * BATCH
    await source.publish(batch, Publish("warm", ""))
    tracemalloc.start()

    try:
        for number in range(KEYS):
            await source.publish(batch, Publish(f"key-{number}", ""))
        source.log.clear()
        taken_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken_bytes / KEYS < 2000


async def test_a_batch_has_consecutive_ids_which_its_key_gives_again():
    times_s = iter((1.0, 1.0005, 5.0, 5.0, 9.0))
    source = MemorySource(EventLog(), clock=lambda: next(times_s))
    event = validate({"event_type": "t", "source": "s"})

    ids = await source.publish([event] * 3, Publish("key", "digest"))

    assert list(map(str, ids)) == ["1000-0", "1000-1", "1000-2"]
    assert await source.publish([event] * 3, Publish("key", "digest")) == ids
