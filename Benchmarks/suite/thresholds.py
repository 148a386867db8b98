"""What each operation may cost, and what became of it. Pure: takes counts, answers findings.

A threshold is the count that was accepted last. More than it allows with its tolerance is a failure;
so is a case without a threshold, or a threshold without its case: nothing goes unchecked. Less is worth
a remark, because the next loss could hide in what was won.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

TOLERANCES = {"allocations": 0.0, "instructions": 0.05}
"""By how much each metric may exceed its threshold, as a share of it."""

UNITS = {"allocations": "allocations in 1,000 operations", "instructions": "instructions each"}

Counts = Mapping[str, Mapping[str, int]]
"""Metrics and their values by the name of the case."""


@dataclass(frozen=True)
class Finding:
    """One thing to say; `fails` when it has to be mended or accepted."""

    fails: bool
    text: str


def compare(counts: Counts, thresholds: Counts) -> list[Finding]:
    """What is to be said about `counts`; nothing when all is as accepted."""
    findings = []
    for case, metrics in counts.items():
        if case not in thresholds:
            findings.append(Finding(True, f"{case}: has no threshold"))
            continue
        for metric, value in metrics.items():
            findings += _judge(case, metric, value, thresholds[case].get(metric))
    for case in sorted(thresholds.keys() - counts.keys()):
        findings.append(Finding(True, f"{case}: has a threshold, but is gone"))
    return findings


def _judge(case: str, metric: str, value: int, threshold: Any) -> list[Finding]:
    if not isinstance(threshold, int):
        return [Finding(True, f"{case}: has no threshold for {metric}")]
    slack = threshold * TOLERANCES[metric]
    said = f"{case}: {value:,} {UNITS[metric]}"
    if value > threshold + slack:
        allowed = f"{threshold:,}" + (f" + {TOLERANCES[metric]:.0%}" if slack else "")
        return [Finding(True, f"{said}; the threshold is {allowed}")]
    if value < threshold - slack:
        return [Finding(False, f"{said}, fewer than its threshold of {threshold:,}")]
    return []
