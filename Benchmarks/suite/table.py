"""The tables: aligned text for a terminal, Markdown for `results/table.md`. Pure."""

from __future__ import annotations

from statistics import median
from typing import Any, Mapping, Optional, Sequence

from . import wording
from .rounds import Samples
from .scenario import PERIGEE
from .verdict import MISSED, REACHED, Line

_HEAD = ["scenario", "Perigee", "probe", "ratio", "best peer", "ratio", "target", "verdict"]
_RIGHT = {1, 2, 3, 5}


def text(lines: Sequence[Line]) -> str:
    """The table for a terminal, group by group, its notes, and a sum."""
    notes = _Notes()
    rows = [_cells(line, notes) for line in lines]
    widths = [max(len(row[column]) for row in [_HEAD, *rows]) for column in range(len(_HEAD))]
    printed = [_aligned(_HEAD, widths)]
    group = None
    for line, row in zip(lines, rows):
        if line.group != group:
            group = line.group
            printed += ["", group]
        printed.append(_aligned(row, widths))
    listed = ["", *notes.listed("[{}] {}")] if notes.texts else []
    return "\n".join([*printed, *listed, "", summary(lines)])


def markdown(lines: Sequence[Line], samples: Samples, about: Mapping[str, str]) -> str:
    """The table, its notes, every contender's figures, and what was measured where."""
    notes = _Notes()
    rules = ["---:" if column in _RIGHT else "---" for column in range(len(_HEAD))]
    printed = [_row(_HEAD), _row(rules)]
    group = None
    for line in lines:
        if line.group != group:
            group = line.group
            printed.append(_row([f"**{group}**"] + [""] * (len(_HEAD) - 1)))
        printed.append(_row(_cells(line, notes)))
    sections = [
        "# Results",
        "Written by `Benchmarks/run`. [The chart](chart.svg), "
        "[every figure](results.json), [what the scenarios are](../README.md).",
        summary(lines),
        "\n".join(printed),
        "\n".join(notes.listed("{}. {}")),
        "## Every contender",
        everybody(lines, samples),
        "## Measured on",
        "\n".join([_row(["", ""]), _row(["---", "---"]), *map(_row, about.items())]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def summary(lines: Sequence[Line]) -> str:
    """How many targets were reached."""
    verdicts = [line.verdict for line in lines if line.target]
    reached, missed = verdicts.count(REACHED), verdicts.count(MISSED)
    unknown = len(verdicts) - reached - missed
    rest = f", {unknown} not measured" if unknown else ""
    return f"{reached} of {len(verdicts)} targets reached, {missed} missed{rest}."


def everybody(lines: Sequence[Line], samples: Samples) -> str:
    """One row for each scenario and contender: median, spread, times, processor time."""
    head = ["scenario", "contender", "median", "least", "most", "p50", "p99", "server CPU"]
    printed = [_row(head), _row(["---", "---"] + ["---:"] * 6)]
    seen = set()
    for line in lines:
        if line.scenario in seen or line.unit in ("×", ""):
            continue
        seen.add(line.scenario)
        for contender in [PERIGEE, *line.others]:
            printed.append(_row(_contender_cells(line, contender, samples)))
    return "\n".join(printed)


def _contender_cells(line: Line, contender: str, samples: Samples) -> list[str]:
    figures = [each for each in samples.figures[line.scenario].get(contender, []) if each]
    middle = line.value if contender == PERIGEE else line.others[contender]
    least, most = line.spreads.get(contender, (None, None))
    busy = _middle(figures, "cpu_server")
    return [
        f"{line.group}: {line.title}",
        contender,
        *(wording.figure(value, line.unit) for value in (middle, least, most)),
        *(wording.figure(_middle(figures, key) or None, "µs") for key in ("p50_us", "p99_us")),
        f"{busy:.0%}" if busy else wording.ABSENT,
    ]


def _middle(figures: Sequence[Mapping[str, Any]], key: str) -> Optional[float]:
    values = [each[key] for each in figures if isinstance(each.get(key), (int, float))]
    return median(values) if values else None


class _Notes:
    """Remarks under the table, each one once."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def mark(self, note: str) -> str:
        """The number that stands for a note in a cell."""
        if not note:
            return ""
        if note not in self.texts:
            self.texts.append(note)
        return f" [{self.texts.index(note) + 1}]"

    def listed(self, pattern: str) -> list[str]:
        return [pattern.format(number, text) for number, text in enumerate(self.texts, 1)]


def _cells(line: Line, notes: _Notes) -> list[str]:
    peer = wording.ABSENT
    if line.peer:
        peer = f"{line.peer} {wording.figure(line.peer_value, line.unit)}"
    return [
        line.title,
        wording.figure(line.value, line.unit),
        wording.figure(line.probe, line.unit),
        wording.ratio(line.probe_ratio),
        peer,
        wording.ratio(line.peer_ratio),
        wording.target(line.target, line.unit, line.less_is_better),
        (line.verdict + notes.mark(line.note)).strip(),
    ]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if column in _RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths))
    )
    return "  ".join(padded).rstrip()


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
