"""What a scenario is: who runs it, which figures it yields, and what they should reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Sequence, Union

from .generator import Measure
from .servers import Start

PERIGEE = "Perigee"
PROBE = "probe"
PROBE_EACH = "probe, a write for each"
NGINX = "nginx"

LIMITS = (PROBE, PROBE_EACH)
"""Contenders that mark what the machine can do; nobody could use them instead."""


@dataclass(frozen=True)
class Run:
    """One contender's part in a scenario; without a server the measure needs none."""

    contender: str
    measure: Measure
    server: Optional[Start] = None


@dataclass(frozen=True)
class Target:
    """What Perigee has to reach: a share of the contender `of`, or without one a figure."""

    bound: float
    of: Optional[str] = None


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `metric` is a key of the figures, or a function of them that may answer None. The chart draws a
    line that is `charted`; 100 % there is the contender `scale`, or the target if that is None.
    """

    title: str
    unit: str
    metric: Union[str, Callable[[Mapping[str, Any]], Optional[float]]] = "per_second"
    less_is_better: bool = False
    target: Optional[Target] = None
    scale: Optional[str] = PROBE
    charted: bool = True

    def value(self, figures: Mapping[str, Any]) -> Optional[float]:
        """This row's figure of one measurement, if it is there."""
        found = self.metric(figures) if callable(self.metric) else figures.get(self.metric)
        return float(found) if isinstance(found, (int, float)) else None


@dataclass(frozen=True)
class Scenario:
    """Runs that take turns, and the rows that come of them.

    `files` is how many files server or generator open; `once` is for what takes too long to repeat.
    """

    name: str
    group: str
    runs: Sequence[Run]
    rows: Sequence[Row]
    files: int = 1_500
    once: bool = False


@dataclass(frozen=True)
class Comparison:
    """Rows that compare the costs of two scenarios: `of` divided by `to`, for each contender."""

    group: str
    of: str
    to: str
    row: Row
