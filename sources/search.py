"""The search language of the filter: literal terms, no regular expressions.

=====================  =====================================================
``invoice timeout``    every term must occur, in any field
``"exact phrase"``     these words in this order
``-heartbeat``         leave out events in which it occurs
``type:agent_error``   occurrence in one field: type, source or priority
``data.agent:bill``    the same at a path inside data; lists are looked through
``data.error:``        what has the path at all, whatever is there
=====================  =====================================================

The forms combine (``-data.agent:"night shift"``). A field that is not known makes an ordinary term.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from sources.log import Entry
from sources.texts import collect_text, folded, is_unescaped

MAX_SEARCH_CHARS: Final = 1024
CATEGORY_FIELDS: Final = ("type", "source", "priority")
_TOKEN = re.compile(
    r"""(?P<not>-(?=\S))?(?P<field>(?:type|source|priority|data\.[^\s:"]+):)?"""
    r"""(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>\S*))"""
)


class Term(msgspec.Struct, frozen=True):
    """One term: ``needle`` is casefolded, ``sought`` the same in UTF-8; no ``field`` is any.

    ``unescaped`` where it stands in JSON as it is.
    """

    needle: str
    sought: bytes
    field: str | None
    excluded: bool
    unescaped: bool = False

    @property
    def is_categorical(self) -> bool:
        """Whether type, source and priority alone decide it."""
        return self.field in CATEGORY_FIELDS

    def accepts_category(self, event_type: str, source: str, priority: str) -> bool:
        value = {"type": event_type, "source": source, "priority": priority}[self.field or ""]
        return (self.needle in value.casefold()) is not self.excluded

    def accepts(self, entry: Entry) -> bool:
        if self.field is None:
            found = entry.holds(self.sought, self.unescaped)
        elif not entry.holds(self.sought, self.unescaped):
            found = False  # what is nowhere is not in the field either, and data stays undecoded
        else:
            found = any(self.needle in text for text in _texts_at(entry.data, self.field))
        return found is not self.excluded


def parse(text: str) -> tuple[Term, ...]:
    """Split a search into its terms; every text is a search, an empty one has no terms."""
    terms = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            break
        position = match.end()
        if (term := _term(match)) is not None:
            terms.append(term)
    return tuple(dict.fromkeys(terms))


def tests(terms: tuple[Term, ...]) -> tuple[Callable[[Entry], bool], ...]:
    """Return what must hold of an entry beyond its category, cheapest first."""
    rest = [term for term in terms if not term.is_categorical]
    return tuple(term.accepts for term in sorted(rest, key=lambda term: term.field is not None))


def _term(match: re.Match[str]) -> Term | None:
    field = match["field"]
    needle = (match["phrase"] if match["phrase"] is not None else match["word"]).casefold()
    if not needle and not field:
        return None
    where, excluded = field[:-1] if field else None, match["not"] is not None
    return Term(needle, folded(needle), where, excluded, is_unescaped(needle))


def _texts_at(data: dict[str, Any], field: str) -> list[str]:
    parts: list[str] = []
    for value in _values_at(data, field.split(".")[1:]):
        texts: list[str] = []
        collect_text(value, texts)
        parts += [text.casefold() for text in texts] or [""]
    return parts


def _values_at(data: dict[str, Any], path: list[str]) -> list[Any]:
    found: list[Any] = []
    seen: set[tuple[int, int]] = set()
    todo: list[tuple[Any, int]] = [(data, 0)]
    while todo:
        value, at = todo.pop()
        # Several ways may lead to one place; each place is looked at once.
        if (id(value), at) in seen:
            continue
        seen.add((id(value), at))
        if at == len(path):
            found.append(value)
        elif isinstance(value, list):
            todo += [(child, at) for child in value]
        elif isinstance(value, dict):
            todo += _steps(value, path, at)
    return found


def _steps(value: dict[str, Any], path: list[str], at: int) -> list[tuple[Any, int]]:
    """Return where the next key leads; one may itself hold a dot, so every length is tried."""
    longest = max((key.count(".") for key in value), default=0) + 1
    ends = range(at + 1, min(len(path), at + longest) + 1)
    keys = ((".".join(path[at:end]), end) for end in ends)
    return [(value[key], end) for key, end in keys if key in value]
