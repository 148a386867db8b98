"""Goes through the scenarios in rounds: in each one every contender has its turn, so that a machine
that is busy for a while is busy for all of them."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from . import wording
from .bench import Bench
from .failure import BenchmarkFailed, Unavailable
from .generator import Figures
from .scenario import PERIGEE, Run, Scenario


@dataclass
class Samples:
    """Figures by scenario, contender and round; None for a round that failed, with the reason.

    `defects` are the failures of Perigee that are its own.
    """

    figures: dict[str, dict[str, list[Optional[Figures]]]] = field(default_factory=dict)
    errors: dict[str, dict[str, str]] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)

    def add(self, scenario: str, contender: str, figures: Optional[Figures]) -> None:
        self.figures.setdefault(scenario, {}).setdefault(contender, []).append(figures)

    def fail(self, scenario: str, contender: str, reason: str) -> None:
        self.errors.setdefault(scenario, {})[contender] = reason
        self.add(scenario, contender, None)

    def as_json(self) -> dict[str, Any]:
        return {"figures": self.figures, "errors": self.errors}


def measure(bench: Bench, scenarios: Sequence[Scenario], rounds: int) -> Samples:
    """Runs everything; what fails is noted and does not stop the rest."""
    samples = Samples()
    for turn in range(rounds):
        for scenario in scenarios:
            if scenario.once and turn > 0:
                continue
            runs = scenario.runs if turn % 2 == 0 else list(reversed(scenario.runs))
            for run in runs:
                _take(bench, samples, scenario, run, f"{turn + 1}/{rounds}")
    return samples


def _take(bench: Bench, samples: Samples, scenario: Scenario, run: Run, turn: str) -> None:
    began = time.monotonic()
    try:
        figures = _measured(bench, scenario, run)
    except BenchmarkFailed as error:
        samples.fail(scenario.name, run.contender, str(error))
        if run.contender == PERIGEE and not isinstance(error, Unavailable):
            samples.defects.append(f"{scenario.name}: {error}")
        outcome = f"not measured: {error}"
    else:
        samples.add(scenario.name, run.contender, figures)
        outcome = _brief(scenario, figures)
    took = time.monotonic() - began
    line = f"{turn} {scenario.name:27} {run.contender:26} {outcome}  ({took:.1f} s)"
    print(line, file=sys.stderr, flush=True)


def _measured(bench: Bench, scenario: Scenario, run: Run) -> Figures:
    needed = min(scenario.files, bench.effort.largest_crowd + 1_000)
    if bench.files < needed:
        raise Unavailable(
            f"needs {needed:,} open files and may have {bench.files:,}: "
            "raise the hard limit, ulimit -Hn"
        )
    with ExitStack() as stack:
        server = stack.enter_context(run.server(bench)) if run.server else None
        return run.measure(bench, server)


def _brief(scenario: Scenario, figures: Figures) -> str:
    values = ((row.unit, row.value(figures)) for row in scenario.rows)
    return ", ".join(wording.figure(value, unit) for unit, value in values if value is not None)
