"""The chart: horizontal bars by scenario, each on the scale of what counts as 100 % there. Pure.

For most scenarios that is the limit probe, for static files nginx, for memory and the Lua runtime the
target. Light and dark follow the reader's system.
"""

from __future__ import annotations

from itertools import groupby
from typing import Optional, Sequence
from xml.sax.saxutils import escape

from . import wording
from .scenario import PROBE
from .verdict import MISSED, Line

_WIDTH = 980
_MARGIN = 28
_BARS = 330  # where bars begin
_WHOLE = 340  # how long a bar of 100 % is
_FURTHEST = 1.25  # longer bars are cut there
_FIGURES = _BARS + int(_WHOLE * _FURTHEST) + 20

_STYLE = """
  text { font: 13px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1b2733 }
  .ground { fill: #ffffff }
  .title { font-size: 21px; font-weight: 650 }
  .group { font-size: 14px; font-weight: 650 }
  .faint { font-size: 11.5px; fill: #5f6d7a }
  .strong { font-weight: 650 }
  .track { fill: #eef2f5 }
  .ours { fill: #0f8f83 }
  .short { fill: #d9822b }
  .bad { fill: #ad5a00 }
  .peer { fill: #a3b1bf }
  .whole { stroke: #33414e; stroke-width: 1.5; stroke-dasharray: 4 3 }
  .target { stroke: #c2255c; stroke-width: 3 }
  .rule { stroke: #dde3e8 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ground { fill: #12181f }
    .faint { fill: #9aa7b4 }
    .track { fill: #1d2630 }
    .ours { fill: #2bb8a8 }
    .short { fill: #e59a4c }
    .bad { fill: #f0b070 }
    .peer { fill: #566573 }
    .whole { stroke: #c5d0da }
    .target { stroke: #ff6b9d }
    .rule { stroke: #2a343f }
  }
"""


def svg(lines: Sequence[Line], subtitle: str) -> str:
    """The whole drawing; lines that are not charted or have no scale are left out."""
    drawn = [line for line in lines if line.charted and line.value is not None and _whole(line)]
    parts = _legend(subtitle)
    y = 128
    for group, members in groupby(drawn, key=lambda line: line.group):
        chosen = list(members)
        parts += _heading(group, chosen, y)
        y += 30
        for line in chosen:
            parts += _row(line, y)
            y += _height(line)
        y += 14
    height = y + 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}" role="img" aria-label="Benchmarks of Perigee">',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="10"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _whole(line: Line) -> Optional[float]:
    """What counts as 100 %: the reference, or without one the target."""
    if line.reference_value:
        return line.reference_value
    return line.target.bound if line.target and not line.target.of else None


def _share(line: Line, value: float) -> float:
    whole = _whole(line)
    return value / whole if whole else 0


def _legend(subtitle: str) -> list[str]:
    y = 96
    return [
        _text(_MARGIN, 42, "Perigee, measured beside the limit of the machine", "title"),
        _text(_MARGIN, 64, subtitle, "faint"),
        _box(_MARGIN, y - 11, 22, 12, "ours"),
        _text(_MARGIN + 30, y, "Perigee"),
        _box(118, y - 11, 22, 12, "short"),
        _text(148, y, "Perigee, target missed"),
        _box(308, y - 8, 22, 6, "peer"),
        _text(338, y, "others"),
        f'<line class="whole" x1="405" x2="405" y1="{y - 14}" y2="{y + 4}"/>',
        _text(415, y, "100 %: limit probe, a plain C loop, unless said otherwise"),
        f'<line class="target" x1="787" x2="787" y1="{y - 13}" y2="{y + 3}"/>',
        _text(797, y, "target"),
    ]


def _heading(group: str, lines: Sequence[Line], y: int) -> list[str]:
    better = "less is better" if lines[0].less_is_better else "more is better"
    whole = lines[0].reference if lines[0].reference_value else "target"
    scale = better if whole == PROBE else f"{better}, 100 % is {whole}"
    return [
        f'<line class="rule" x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{y - 6}" y2="{y - 6}"/>',
        _text(_MARGIN, y + 14, group, "group"),
        _text(_BARS, y + 14, scale, "faint"),
    ]


def _others(line: Line) -> list[tuple[str, float]]:
    """Bars under Perigee's: everyone but what the 100 % mark stands for, the best first."""
    others = [item for item in line.others.items() if item[0] not in (line.reference, PROBE)]
    return sorted(others, key=lambda item: item[1], reverse=not line.less_is_better)


def _height(line: Line) -> int:
    return 40 + 15 * len(_others(line))


def _row(line: Line, y: int) -> list[str]:
    missed = line.verdict == MISSED
    share = _share(line, line.value)
    bottom = y + 24 + 15 * len(_others(line))
    parts = [
        _text(_MARGIN, y + 17, line.title),
        _box(_BARS, y + 4, _WHOLE * _FURTHEST, 18, "track"),
        _bar(y + 4, 18, share, "short" if missed else "ours"),
        _figures(line, y + 17, share, missed),
    ]
    if line.reference_value:
        named = f"{line.reference} {wording.figure(line.reference_value, line.unit)}"
        parts.append(_text(_MARGIN, y + 32, named, "faint"))
    for index, (name, value) in enumerate(_others(line)):
        top = y + 26 + 15 * index
        label = f"{name} {wording.figure(value, line.unit)}"
        parts.append(_bar(top, 6, _share(line, value), "peer"))
        parts.append(_text(_FIGURES, top + 7, label, "faint"))
    parts.append(_mark("whole", 1, y, bottom))
    wanted = _target_share(line)
    if wanted is not None:
        parts.append(_mark("target", wanted, y + 1, y + 25))
    return parts


def _figures(line: Line, y: int, share: float, missed: bool) -> str:
    value = wording.figure(line.value, line.unit)
    percent = f"{share:.0%}" if share < 10 else f"{share:.0f} ×"
    verdict = f' <tspan class="bad" dx="6">{MISSED}</tspan>' if missed else ""
    return (
        f'<text x="{_FIGURES}" y="{y}"><tspan class="strong">{escape(value)}</tspan>'
        f'<tspan dx="8">{percent.replace("%", " %")}</tspan>{verdict}</text>'
    )


def _target_share(line: Line) -> Optional[float]:
    if line.target is None:
        return None
    if line.target.of is None:
        return _share(line, line.target.bound)
    return line.target.bound if line.target.of == line.reference else None


def _bar(y: int, height: int, share: float, style: str) -> str:
    length = _WHOLE * min(share, _FURTHEST)
    if share <= _FURTHEST:
        return _box(_BARS, y, max(length, 1.5), height, style)
    end = _BARS + length
    tip = f"M{_BARS} {y}H{end - 7:.1f}l7 {height / 2:.1f}l-7 {height / 2:.1f}H{_BARS}z"
    return f'<path class="{style}" d="{tip}"/>'


def _mark(style: str, share: float, top: int, bottom: int) -> str:
    x = _BARS + _WHOLE * min(share, _FURTHEST)
    return f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'


def _box(x: float, y: float, width: float, height: float, style: str) -> str:
    return (
        f'<rect class="{style}" x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2"/>'
    )


def _text(x: float, y: float, content: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x}" y="{y}">{escape(content)}</text>'
