"""What a run leaves behind, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sources.event import validate
from sources.ids import EventId
from sources.log import Entry, entry_of
from tests.seam import Got, Law, Record, Told

_TIME = "2024-01-15T10:30:00Z"


@dataclass
class Diary:
    """A client's whole life, over as many connections as it took; ``marks`` holds each content."""

    name: str
    record: Record
    marks: dict[EventId, str] = field(default_factory=dict)
    connections: int = 0

    def got(self, id: EventId, mark: str) -> None:
        self.record.items.append(Got(id))
        self.marks[id] = mark


@dataclass
class Evidence:
    """Everything that was ever in the stream, was acknowledged, or was received."""

    stream: dict[EventId, dict[str, Any]] = field(default_factory=dict)
    acknowledged: dict[EventId, str] = field(default_factory=dict)
    diaries: list[Diary] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What an actor met that should never come about."""

    @property
    def received(self) -> int:
        return sum(len(diary.marks) for diary in self.diaries)

    @property
    def gaps(self) -> list[Told]:
        items = (item for diary in self.diaries for item in diary.record.items)
        return [item for item in items if isinstance(item, Told)]


def faults(evidence: Evidence, last: EventId) -> list[str]:
    """Return, in words, where the law was broken; ``last`` passes every filter and ends the run."""
    return [
        *evidence.troubles,
        *_faults_of_publishing(evidence),
        *_faults_of_receiving(evidence, last),
    ]


def _faults_of_publishing(evidence: Evidence) -> list[str]:
    marks = Counter(_mark(event) for event in evidence.stream.values())
    found = [f"{mark} is {count} times in the stream" for mark, count in marks.items() if count > 1]
    for id, mark in evidence.acknowledged.items():
        if id not in evidence.stream:
            found.append(f"{mark} was acknowledged as {id}, which is not in the stream")
        elif _mark(evidence.stream[id]) != mark:
            found.append(f"{mark} was acknowledged as {id}, which is another event")
    return found


def _faults_of_receiving(evidence: Evidence, last: EventId) -> list[str]:
    law = Law(_log(evidence.stream), gaps_end=False)
    found: list[str] = []
    for diary in evidence.diaries:
        found += [f"{diary.name}: {fault}" for fault in law.faults(diary.record)]
        found += [
            f"{diary.name}: {id} came with another event"
            for id, mark in diary.marks.items()
            if id in evidence.stream and _mark(evidence.stream[id]) != mark
        ]
        if diary.record.last != last:
            found.append(f"{diary.name}: stays at {diary.record.last}, before the last, {last}")
    return found


def _log(stream: Mapping[EventId, dict[str, Any]]) -> dict[EventId, Entry]:
    return {id: entry_of(id, validate(event, default_time=_TIME)) for id, event in stream.items()}


def _mark(event: Mapping[str, Any]) -> str:
    return str(event["data"]["n"])
