"""Compares what was published with what a subscriber heard. Pure: takes lists, answers counts.

A publication is a source and a number that grows with each of the source's publications on a channel.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Iterable, Sequence

Publication = tuple[str, int]

END = "end"
"""The source of the last publication of a channel, behind all that was acknowledged before."""


@dataclass(frozen=True)
class Reckoning:
    """What is wrong with what one subscriber heard; nothing when all are 0.

    lost: acknowledged, and never heard. disordered: heard after a later one of the same source.
    strange: heard, and never published.
    """

    lost: int
    repeated: int
    disordered: int
    strange: int

    @classmethod
    def of(
        cls,
        heard: Sequence[Publication],
        acknowledged: Iterable[Publication],
        published: Iterable[Publication],
    ) -> "Reckoning":
        times = Counter(heard)
        return cls(
            lost=len(set(acknowledged) - times.keys()),
            repeated=sum(count - 1 for count in times.values()),
            disordered=_disordered(heard),
            strange=len(times.keys() - set(published)),
        )

    @classmethod
    def together(cls, parts: Iterable["Reckoning"]) -> "Reckoning":
        """The sums of several."""
        given = list(parts)
        names = ("lost", "repeated", "disordered", "strange")
        return cls(**{name: sum(getattr(part, name) for part in given) for name in names})


NOTHING_WRONG = Reckoning(lost=0, repeated=0, disordered=0, strange=0)


def _disordered(heard: Sequence[Publication]) -> int:
    """Repetitions do not count here."""
    latest: dict[str, int] = {}
    count = 0
    seen: set[Publication] = set()
    for publication in heard:
        source, number = publication
        if publication not in seen and number < latest.get(source, -1):
            count += 1
        seen.add(publication)
        latest[source] = max(number, latest.get(source, -1))
    return count
