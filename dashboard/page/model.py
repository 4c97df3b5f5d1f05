"""What a page and its server share: one Bokeh model, whose view is ``client/bridge.js``."""

from __future__ import annotations

from typing import Any, Final

from bokeh.core.properties import Any as AnyValue
from bokeh.core.properties import Bool, Instance, Int, String
from bokeh.core.property.bases import Property
from bokeh.models import ColumnDataSource
from bokeh.models.ui import UIElement

ROW: Final = "row"
"""The one column of ``events``: a row's cells as JSON, the id first. Bokeh serialises each cell
anew for each page, and one costs a tenth of ten."""

MAX_ROWS: Final = 1000


def _declared(declaration: Property[Any]) -> Any:
    """Give a property the type of its value, as which it is read and set."""
    return declaration


class LivePage(UIElement):
    """A page's state, property by property; dictionaries are replaced whole, never changed.

    What changes all the time is JSON text: made once for many pages, and nothing for Bokeh to walk.
    """

    # From the server to the browser.
    events: ColumnDataSource = _declared(Instance(ColumnDataSource))
    table: Any = _declared(AnyValue(default={}))
    older: Any = _declared(AnyValue(default=None))
    status: str = _declared(String(default="{}"))
    kpis: str = _declared(String(default="[]"))
    facets: str = _declared(String(default="{}"))
    fields: Any = _declared(AnyValue(default=[]))
    filter_error: str = _declared(String(default=""))
    url: str = _declared(String(default=""))
    detail: Any = _declared(AnyValue(default=None))
    agents: str = _declared(String(default="[]"))
    health: str = _declared(String(default="{}"))
    breakdown: str = _declared(String(default="{}"))
    toast: Any = _declared(AnyValue(default=None))
    clock: Any = _declared(AnyValue(default=None))
    answered: int = _declared(Int(default=0))
    """The ``choice`` that ``filters`` takes into account."""

    # Both ways: the browser asks, the server answers with what it made of it.
    filters: Any = _declared(AnyValue(default={}))
    tab: str = _declared(String(default="events"))
    selected: str = _declared(String(default=""))

    # From the browser to the server.
    choice: int = _declared(Int(default=0))
    """Counts what the reader chose as ``filters``."""
    hidden: bool = _declared(Bool(default=False))
    paused: bool = _declared(Bool(default=False))
    request: Any = _declared(AnyValue(default=None))

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)


def no_rows() -> dict[str, list[Any]]:
    return {ROW: []}
