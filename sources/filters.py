"""The one filter, behind the page, its URL, REST, WebSocket, SSE, exports and Python."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import param

from sources import search, time_range
from sources.event import PRIORITIES, Fault, NotJson, decode_json, encode
from sources.filter_values import InvalidValue, from_text, reader_of
from sources.log import Category, Entry

if TYPE_CHECKING:
    import pandas as pd

_MAX_MEMO: Final = 4096


class InvalidFilter(ValueError):
    """A filter that cannot be read; ``faults`` names all that is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.msg for fault in faults))
        self.faults = faults


class TimeRangeParameter(param.Parameter[Any]):
    """A param that holds a time range in its canonical form."""

    def _validate(self, val: Any) -> None:
        time_range.normalise(val)


class EventFilter(param.Parameterized):
    """Which events pass; what is empty does not restrict.

    A platform's own filter is a subclass with further params and a `passes` of its own. Each such
    param becomes a widget, a key on the wire and a key in the URL. Params of the kinds String,
    Boolean, Integer, Number, List (of strings), Selector and ListSelector are understood.
    """

    event_types = param.ListSelector(
        default=[], objects=[], check_on_set=False, doc="Types of event, any of them."
    )
    sources = param.ListSelector(
        default=[], objects=[], check_on_set=False, doc="Sources of events, any of them."
    )
    priority = param.ListSelector(
        default=[], objects=list(PRIORITIES), doc="Priorities, any of them."
    )
    search = param.String(default="", doc='Words, "a phrase", -excluded, field:term.')
    time_range = TimeRangeParameter(
        default=time_range.ALL, doc="15m, 1h, 24h, 7d, all, or {start, end}."
    )

    def passes(self, entry: Entry) -> bool:
        """Decide by what a subclass added; ``entry`` has event_type, source, priority and data."""
        return True

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """The keys of this filter on the wire."""
        return tuple(name for name in cls.param if name != "name")

    @classmethod
    def extra_fields(cls) -> list[param.Parameter[Any]]:
        """The params that a platform's subclass added."""
        return [cls.param[name] for name in cls.fields() if name not in EventFilter.param]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read a filter from decoded JSON.

        Raises
        ------
        InvalidFilter
            With every fault: unknown keys, wrong types, unknown priorities, unreadable ranges.
        """
        if not isinstance(value, dict):
            raise InvalidFilter([Fault((), "a filter is a JSON object", "dict_type")])
        faults = [
            Fault(
                (key,),
                f"unknown filter key {str(key)[:60]!r}; known are {', '.join(cls.fields())}",
                "extra_forbidden",
            )
            for key in value.keys() - set(cls.fields())
        ]
        chosen: dict[str, Any] = {}
        for key in cls.fields():
            if value.get(key) is None:
                continue
            try:
                chosen[key] = cls._reader(key)(value[key])
            except InvalidValue as error:
                faults.append(Fault((key, *error.loc), f"{key}: {error}", error.type))
        if faults:
            raise InvalidFilter(faults)
        return cls(**chosen)

    @classmethod
    def from_query(cls, arguments: Mapping[str, Sequence[str]]) -> Self:
        """Read a filter from query arguments: lists repeated, ``time_range`` also as JSON.

        Raises
        ------
        InvalidFilter
        """
        value: dict[str, Any] = {}
        faults: list[Fault] = []
        for key, texts in arguments.items():
            if key == "time_range" and texts[-1].lstrip().startswith("{"):
                try:
                    value[key] = decode_json(texts[-1])
                except NotJson as error:
                    faults.append(Fault((key,), f"time_range: {error}", "json_invalid"))
            elif key in cls.fields():
                value[key] = from_text(cls.param[key], texts)
            else:
                value[key] = texts
        try:
            chosen = cls.from_json(value)
        except InvalidFilter as error:
            raise InvalidFilter(faults + error.faults) from None
        if faults:
            raise InvalidFilter(faults)
        return chosen

    def to_json(self) -> dict[str, Any]:
        """Return what restricts, in canonical form; equal filters give equal objects."""
        values = {key: getattr(self, key) for key in self.fields()}
        values["search"] = self.search.strip()
        values["time_range"] = time_range.normalise(self.time_range)
        if values["time_range"] == time_range.ALL:
            del values["time_range"]
        return {
            key: value
            for key, value in values.items()
            if value not in (None, "", []) and value != self.param[key].default
        }

    def to_query(self) -> list[tuple[str, str]]:
        """Return the query arguments that `from_query` reads."""
        pairs: list[tuple[str, str]] = []
        for key, value in self.to_json().items():
            values = value if isinstance(value, list) else [value]
            pairs += [
                (key, item if isinstance(item, str) else encode(item).decode()) for item in values
            ]
        return pairs

    def key(self) -> str:
        """Return a text that equal filters share."""
        value = {
            key: sorted(item) if isinstance(item, list) else item
            for key, item in self.to_json().items()
        }
        return encode(value).decode()

    def compile(self) -> Matcher:
        """Return this filter as it is now, ready to decide quickly."""
        return Matcher(self)

    def apply(self, frame: pd.DataFrame, now_ns: int | None = None) -> pd.DataFrame:
        """Return the rows that pass, of a table as `sources.tables.to_frame` makes it."""
        from sources.tables import apply  # pandas is imported where a table is asked for

        return apply(self, frame, now_ns)

    @classmethod
    def _reader(cls, key: str) -> Callable[[Any], Any]:
        return reader_of(cls.param[key])


class Matcher:
    """A filter at one moment; reading params for every event would cost a hundred times more."""

    def __init__(self, chosen: EventFilter) -> None:
        self.key = chosen.key()
        terms = search.parse(chosen.search)
        self._categories = _Categories(chosen, terms)
        self._tests = search.tests(terms)
        if type(chosen).passes is not EventFilter.passes:
            snapshot = type(chosen)(**{key: getattr(chosen, key) for key in chosen.fields()})
            self._tests += (snapshot.passes,)
        self.range = time_range.read(chosen.time_range)

    @property
    def reads_content(self) -> bool:
        """Whether anything beyond type, source, priority and time decides."""
        return bool(self._tests)

    @property
    def restricts(self) -> bool:
        return bool(self._categories.restricts or self._tests or self.range.restricts)

    def category(self, event_type: str, source: str, priority: str) -> bool:
        """Decide by type, source and priority alone."""
        return self._categories[event_type, source, priority]

    def matches(self, entry: Entry, now_ns: int) -> bool:
        """Decide for one event."""
        return bool(self.select((entry,), now_ns))

    def select(self, entries: Iterable[Entry], now_ns: int | None = None) -> list[Entry]:
        """Return the entries that pass, in their order."""
        now_ns = time.time_ns() if now_ns is None else now_ns
        since, until = self.range.since_ns(now_ns), self.range.end_ns
        if self._categories.restricts:
            passes = self._categories
            entries = [e for e in entries if passes[e.category]]
        if since is not None:
            entries = [e for e in entries if e.time_ns >= since]
        if until is not None:
            entries = [e for e in entries if e.time_ns <= until]
        for test in self._tests:
            entries = [e for e in entries if test(e)]
        return entries if isinstance(entries, list) else list(entries)


class _Categories(dict[Category, bool]):
    """Which categories pass: decided when first asked, then a look-up; forgets all when full."""

    def __init__(self, chosen: EventFilter, terms: Iterable[search.Term]) -> None:
        self._lists = tuple(map(frozenset, (chosen.event_types, chosen.sources, chosen.priority)))
        self._terms = tuple(term for term in terms if term.is_categorical)
        self.restricts = bool(any(self._lists) or self._terms)

    def __missing__(self, category: Category) -> bool:
        if len(self) >= _MAX_MEMO:
            self.clear()
        self[category] = passes = self._decide(category)
        return passes

    def _decide(self, category: Category) -> bool:
        listed = zip(self._lists, category, strict=True)
        return all(not wanted or value in wanted for wanted, value in listed) and all(
            term.accepts_category(*category) for term in self._terms
        )
