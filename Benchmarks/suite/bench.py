"""What every measurement gets: the tools, the cores, and how much effort a run takes."""

from __future__ import annotations

from dataclasses import dataclass

from .machine import Cores
from .tools import Tools


@dataclass(frozen=True)
class Effort:
    """How many seconds each measurement takes; a quick one only shows that everything works.

    `quiet` is the pause before idle memory is read, `hold` how long a full house lasts.
    """

    warm_up: float
    duration: float
    quiet: float
    hold: float
    largest_crowd: int

    def crowd(self, connections: int) -> int:
        """At most as many connections as this run can afford."""
        return min(connections, self.largest_crowd)

    def at_least(self, seconds: float) -> float:
        """The duration of what needs so many seconds, or the usual one when there is no time."""
        return max(seconds, self.duration) if self.duration >= 1 else self.duration


FULL = Effort(warm_up=0.5, duration=2, quiet=2, hold=60, largest_crowd=1_000_000)
QUICK = Effort(warm_up=0.05, duration=0.2, quiet=0.2, hold=0.5, largest_crowd=200)


@dataclass(frozen=True)
class Bench:
    tools: Tools
    cores: Cores
    effort: Effort
    files: int
    """How many files a process may open, and so how many connections it can have."""
