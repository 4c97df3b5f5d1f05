"""An agent in a process of its own: ``python -m tests.chaos.agent <name> <seed>``.

Publishes until its input ends, and prints the id and the mark of each event that has arrived.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
from datetime import UTC, datetime

from sources.websocket_manager import EventMessage, SourceUnreachable, get_websocket_manager


async def main(name: str, seed: str) -> None:
    rng = random.Random(f"{seed} {name}")
    ends = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    for number in itertools.count():
        if ends.done():
            return
        mark = f"{name}:{number}"
        event = EventMessage(
            event_type="test",
            data={"n": mark, "mark": "x" if number % 5 == 0 else "y"},
            timestamp=datetime.now(UTC),
            source=name,
            priority=rng.choice(("low", "normal", "high")),
        )
        try:
            id = await get_websocket_manager().broadcast_event(event)
            print(json.dumps([id, mark]), flush=True)
        except SourceUnreachable:
            # Perhaps it was published: without a key it is not for us to try again.
            pass
        await asyncio.sleep(rng.uniform(0.01, 0.06))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
