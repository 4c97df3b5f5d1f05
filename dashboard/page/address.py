"""What a page's address says: the filter, the tab, the open event."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlencode

import msgspec

from sources.filters import EventFilter, InvalidFilter

TABS: Final = ("events", "analytics", "agents", "health")
MAX_CHARS: Final = 16_384
_NOT_OURS: Final = ("token", "bokeh-session-id", "theme")


class Address(msgspec.Struct, frozen=True):
    """A view of the page; ``fault`` says what in its address could not be read."""

    filter: EventFilter
    tab: str = TABS[0]
    event: str = ""
    fault: str = ""


def parse(search: object, filter_class: type[EventFilter]) -> Address:
    """Read ``location.search``; what cannot be read is left out and named in ``fault``."""
    if not isinstance(search, str) or len(search) > MAX_CHARS:
        return Address(filter_class(), fault="the address is too long to be read")
    arguments = parse_qs(search.removeprefix("?"))
    for name in _NOT_OURS:
        arguments.pop(name, None)
    tab = arguments.pop("tab", [TABS[0]])[-1]
    event = arguments.pop("event", [""])[-1]
    chosen, fault = _read(arguments, filter_class)
    if tab not in TABS:
        fault = fault or f"tab {tab[:60]!r} is not one of {', '.join(TABS)}"
        tab = TABS[0]
    return Address(chosen, tab, event[:64], fault)


def write(chosen: EventFilter, tab: str, event: str) -> str:
    """Return the query string that `parse` reads, '' where nothing differs from the plain page."""
    pairs = chosen.to_query()
    if tab != TABS[0]:
        pairs.append(("tab", tab))
    if event:
        pairs.append(("event", event))
    return "?" + urlencode(pairs) if pairs else ""


def _read(
    arguments: dict[str, list[str]], filter_class: type[EventFilter]
) -> tuple[EventFilter, str]:
    try:
        return filter_class.from_query(arguments), ""
    except InvalidFilter as error:
        faulty = {fault.loc[0] for fault in error.faults if fault.loc}
        fault = str(error)
    rest = {key: texts for key, texts in arguments.items() if key not in faulty}
    return filter_class.from_query(rest), fault
