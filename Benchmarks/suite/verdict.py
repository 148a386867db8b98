"""From samples to the lines of the table: medians, ratios, and what became of each target.

A ratio is the median of the ratios of each round, because both sides of it ran in the same minute.
Pure: takes samples, answers lines.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, Mapping, Optional, Sequence

from .rounds import Samples
from .scenario import LIMITS, PERIGEE, PROBE, Comparison, Row, Scenario, Target

REACHED = "reached"
MISSED = "missed"
NOT_MEASURED = "not measured"

FAULTS = ("lost", "repeated", "reordered", "strange", "closed_early")
"""Figures of the generator that count messages, or connections, which went wrong."""

_BUSY = 0.97

Values = Mapping[str, Sequence[Optional[float]]]


@dataclass(frozen=True)
class Line:
    """One line of the table; ratios are Perigee's figure to that of the probe and of the best peer.

    `others` are the medians of everybody else, `spreads` the least and the most of each contender.
    `scale` is the contender that counts as 100 % in the chart, or None for the target, and `share`
    how much of it Perigee's figure is.
    """

    scenario: str
    group: str
    title: str
    unit: str
    less_is_better: bool
    value: Optional[float]
    probe: Optional[float]
    probe_ratio: Optional[float]
    peer: Optional[str]
    peer_value: Optional[float]
    peer_ratio: Optional[float]
    target: Optional[Target]
    verdict: str
    note: str
    others: dict[str, float]
    spreads: dict[str, tuple[float, float]]
    scale: Optional[str]
    share: Optional[float]
    charted: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def lines(
    scenarios: Sequence[Scenario], comparisons: Sequence[Comparison], samples: Samples
) -> list[Line]:
    """All lines in the order of the scenarios; a comparison follows its group."""
    found = [
        _noted(_line(scenario.name, scenario.group, row, _values(row, scenario, samples)), samples)
        for scenario in scenarios
        for row in scenario.rows
    ]
    for comparison in comparisons:
        if not {comparison.of, comparison.to} <= samples.figures.keys():
            continue
        line = _line(comparison.of, comparison.group, comparison.row, _costs(comparison, samples))
        last = max(i for i, each in enumerate(found) if each.group == comparison.group)
        found.insert(last + 1, line)
    return found


def _values(row: Row, scenario: Scenario, samples: Samples) -> Values:
    return {
        contender: [row.value(each) if each else None for each in figures]
        for contender, figures in samples.figures.get(scenario.name, {}).items()
    }


def _costs(comparison: Comparison, samples: Samples) -> Values:
    """Processor time for each delivery in one scenario, divided by that in the other."""
    of, to = samples.figures[comparison.of], samples.figures[comparison.to]
    return {
        contender: [_quotient(_cost(a), _cost(b)) for a, b in zip(of[contender], to[contender])]
        for contender in of.keys() & to.keys()
    }


def _cost(figures: Optional[Mapping[str, Any]]) -> Optional[float]:
    if not figures:
        return None
    return _quotient(figures.get("cpu_server"), figures.get("per_second"))


def _line(scenario: str, group: str, row: Row, values: Values) -> Line:
    middles = {name: _median(each) for name, each in values.items()}
    peers = {
        name: middle
        for name, middle in middles.items()
        if middle is not None and name != PERIGEE and name not in LIMITS
    }
    best = min if row.less_is_better else max
    peer = best(peers, key=peers.__getitem__) if peers else None
    line = Line(
        scenario=scenario,
        group=group,
        title=row.title,
        unit=row.unit,
        less_is_better=row.less_is_better,
        value=middles.get(PERIGEE),
        probe=middles.get(PROBE),
        probe_ratio=_ratio(values, PROBE),
        peer=peer,
        peer_value=peers.get(peer),
        peer_ratio=_ratio(values, peer),
        target=row.target,
        verdict="",
        note="",
        others={n: m for n, m in middles.items() if m is not None and n != PERIGEE},
        spreads=_spreads(values),
        scale=row.scale,
        share=_share(row, values),
        charted=row.charted,
    )
    return replace(line, verdict=_verdict(row, line, values))


def _share(row: Row, values: Values) -> Optional[float]:
    if row.scale:
        return _ratio(values, row.scale)
    return _quotient(_median(values.get(PERIGEE, [])), row.target.bound if row.target else None)


def _verdict(row: Row, line: Line, values: Values) -> str:
    if row.target is None:
        return "" if line.value is not None else NOT_MEASURED
    reached = line.value if row.target.of is None else _ratio(values, row.target.of)
    if reached is None:
        return NOT_MEASURED
    bound = row.target.bound
    return REACHED if (reached <= bound if row.less_is_better else reached >= bound) else MISSED


def _noted(line: Line, samples: Samples) -> Line:
    """Says what takes from a line's worth: failures, losses, a generator at its own limit."""
    figures = samples.figures.get(line.scenario, {})
    errors = samples.errors.get(line.scenario, {})
    verdict, notes = line.verdict, []
    notes += [f"{contender}: {reason}" for contender, reason in errors.items()]
    ours = [each for each in figures.get(PERIGEE, []) if each]
    faults = {name: sum(each.get(name) or 0 for each in ours) for name in FAULTS}
    if any(faults.values()):
        notes.append(", ".join(f"{count} {name}" for name, count in faults.items() if count))
        verdict = MISSED
    limited = [name for name in (PERIGEE, PROBE) if _generator_was_busy(figures.get(name, []))]
    if limited:
        notes.append(f"the generator was the limit of {' and '.join(limited)}")
    return replace(line, verdict=verdict, note="; ".join(notes))


def _generator_was_busy(figures: Sequence[Optional[Mapping[str, Any]]]) -> bool:
    loads = [each.get("cpu_load") or 0 for each in figures if each]
    return bool(loads) and median(loads) >= _BUSY


def _ratio(values: Values, to: Optional[str]) -> Optional[float]:
    if to is None:
        return None
    rounds = zip(values.get(PERIGEE, []), values.get(to, []))
    return _median([_quotient(ours, theirs) for ours, theirs in rounds])


def _quotient(over: Optional[float], under: Optional[float]) -> Optional[float]:
    return over / under if over is not None and under else None


def _spreads(values: Values) -> dict[str, tuple[float, float]]:
    present = {name: [each for each in of if each is not None] for name, of in values.items()}
    return {name: (min(of), max(of)) for name, of in present.items() if of}


def _median(values: Sequence[Optional[float]]) -> Optional[float]:
    present = [value for value in values if value is not None]
    return median(present) if present else None
