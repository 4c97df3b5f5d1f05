"""The peer that Panel's documentation leads to: FastListTemplate and a Tabulator that streams."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

import pandas as pd
import panel as pn

from sources.event import Event
from sources.summary import agent_of, summarise, title
from tests.benchmarks.page import program, traffic

COLUMNS = ("time", "priority", "type", "source", "agent", "summary")
PERIOD_MS = 200


def row_of(event: Event) -> dict[str, str]:
    said = title(summarise(event.event_type, event.data), event.event_type)
    agent = agent_of(event.data, event.source)
    cells = (event.timestamp, event.priority, event.event_type, event.source, agent, said)
    return dict(zip(COLUMNS, cells, strict=True))


class Feed:
    """The newest rows, for pages that begin, and what each page has not had yet."""

    def __init__(self, retained: int) -> None:
        self.retained = retained
        self.newest: deque[dict[str, str]] = deque(maxlen=retained)
        self.waiting: list[list[dict[str, str]]] = []

    async def publish(self, events: Sequence[Event]) -> None:
        rows = [row_of(event) for event in events]
        self.newest += rows
        for waiting in self.waiting:
            waiting += rows

    def page(self) -> Any:
        table = pn.widgets.Tabulator(
            pd.DataFrame(list(self.newest), columns=list(COLUMNS)),
            height=600,
            sizing_mode="stretch_width",
            disabled=True,
            show_index=False,
        )
        waiting: list[dict[str, str]] = []
        self.waiting.append(waiting)

        def stream() -> None:
            if waiting:
                frame = pd.DataFrame(waiting, columns=list(COLUMNS))
                waiting.clear()
                table.stream(frame, rollover=self.retained, follow=False)

        pn.state.add_periodic_callback(stream, period=PERIOD_MS)
        pn.state.on_session_destroyed(lambda _: self.waiting.remove(waiting))
        return pn.template.FastListTemplate(title="Events", main=[table])


async def main() -> None:
    given = program.arguments()
    program.one_core()
    pn.extension("tabulator")
    feed = Feed(given.retained)
    await traffic.fill(feed.publish, given.filled)
    # As compact as it can be: without this its files are sent as they are.
    server = pn.io.server.get_server(
        {"page": feed.page}, port=0, start=True, show=False, compress_response=True
    )
    playing = asyncio.create_task(traffic.play(feed.publish, given.rate))
    await program.answer(f"http://localhost:{server.port}/page")
    playing.cancel()
    server.stop()


if __name__ == "__main__":
    asyncio.run(main())
