"""What goes wrong in a run, and when: drawn from the seed, so that a run can be had again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

PROCESSES = 2
_FIRST_S = 1.5


@dataclass(frozen=True)
class Fault:
    """Something breaks at ``at_s``, for ``lasts_s``."""

    at_s: float
    kind: str
    lasts_s: float
    target: int | None = None

    def __str__(self) -> str:
        whom = "" if self.target is None else f" {self.target}"
        return f"{self.at_s:6.2f} s  {self.kind}{whom} for {self.lasts_s:.2f} s"


@dataclass(frozen=True)
class Lane:
    """Faults of one kind of thing, one after the other; those of several lanes overlap."""

    name: str
    kinds: tuple[tuple[str, float, float], ...]
    """Each with the shortest and the longest time that it lasts."""
    pause_s: tuple[float, float]
    target: int | None = None

    def faults(self, seed: int, seconds: float) -> Iterator[Fault]:
        rng = random.Random(f"{seed} {self.name} {self.target}")
        at_s = _FIRST_S + rng.uniform(0, self.pause_s[1])
        while at_s < seconds:
            kind, least_s, most_s = rng.choice(self.kinds)
            lasts_s = min(rng.uniform(least_s, most_s), seconds - at_s)
            yield Fault(round(at_s, 2), kind, round(lasts_s, 2), self.target)
            at_s += lasts_s + rng.uniform(*self.pause_s)


def _lanes() -> Iterator[Lane]:
    yield Lane("redis", (("kill redis", 0.2, 2), ("stop redis", 0.3, 5)), (3, 8))
    yield Lane("trim", (("trim the stream", 0, 0),), (2, 6))
    for process in range(PROCESSES):
        to_redis = (
            ("reset redis connections of process", 0, 0),
            ("silence redis for process", 0.5, 6),
        )
        yield Lane("network", to_redis, (1.5, 6), process)
        to_clients = (
            ("reset clients of process", 0, 0),
            ("silence clients of process", 0.5, 4),
        )
        yield Lane("clients", to_clients, (2, 6), process)
        of_its_own = (
            ("kill process", 0, 1.5),
            ("end process", 0, 1.5),
            ("stop process", 0.5, 7),
        )
        yield Lane("process", of_its_own, (5, 14), process)
    yield Lane("agents", (("reset agents", 0, 0), ("silence redis for agents", 0.5, 3)), (4, 8))


def schedule(seed: int, seconds: float) -> list[Fault]:
    """Return the faults of a run, in order; each is over when the time is."""
    return sorted(
        (fault for lane in _lanes() for fault in lane.faults(seed, seconds)),
        key=lambda fault: (fault.at_s, str(fault)),
    )
