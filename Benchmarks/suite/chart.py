"""The chart: horizontal bars by scenario, each on the scale of what counts as 100 % there. Pure.

For most scenarios that is the limit probe, for static files nginx, for memory and the Lua runtime
the target. Light and dark follow the reader's system.
"""

from __future__ import annotations

from itertools import groupby
from typing import Optional, Sequence
from xml.sax.saxutils import escape

from . import wording
from .verdict import MISSED, Line

_WIDTH = 1040
_MARGIN = 28
_BARS = 330  # where bars begin
_LENGTH = 425  # of the longest bars
_FIGURES = _BARS + _LENGTH + 20
_SPAN = 1.25  # what the longest bars stand for, unless the target is further out

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
    drawn = [line for line in lines if line.charted and line.share is not None]
    parts = _legend(subtitle)
    y = 128
    for group, members in groupby(drawn, key=lambda line: line.group):
        parts += _heading(group, y)
        y += 30
        for line in members:
            parts += _Row(line, y).drawn()
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


def _legend(subtitle: str) -> list[str]:
    y = 96
    return [
        _text(_MARGIN, 42, "Perigee, measured beside the limit of the machine", "title"),
        _text(_MARGIN, 64, subtitle, "faint"),
        _box(_MARGIN, y - 11, 22, 12, "ours"),
        _text(_MARGIN + 30, y, "Perigee"),
        _box(128, y - 11, 22, 12, "short"),
        _text(158, y, "Perigee, target missed"),
        _box(328, y - 8, 22, 6, "peer"),
        _text(358, y, "others"),
        f'<line class="target" x1="426" x2="426" y1="{y - 13}" y2="{y + 3}"/>',
        _text(436, y, "target"),
        f'<line class="whole" x1="502" x2="502" y1="{y - 14}" y2="{y + 4}"/>',
        _text(512, y, "100 %; the probe is a C loop that does the least possible"),
    ]


def _heading(group: str, y: int) -> list[str]:
    return [
        f'<line class="rule" x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{y - 6}" y2="{y - 6}"/>',
        _text(_MARGIN, y + 14, group, "group"),
    ]


def _whole(line: Line) -> Optional[float]:
    """What counts as 100 %."""
    if line.scale:
        return line.others.get(line.scale)
    return line.target.bound if line.target else None


def _others(line: Line) -> list[tuple[str, float]]:
    """Bars under Perigee's: everyone but whom the 100 % mark stands for, the best first."""
    others = [item for item in line.others.items() if item[0] != line.scale]
    return sorted(others, key=lambda item: item[1], reverse=not line.less_is_better)


def _height(line: Line) -> int:
    return 40 + 15 * max(0, len(_others(line)) - 1)


class _Row:
    """One scenario: its name, Perigee's bar, the others' bars, the marks, the figures."""

    def __init__(self, line: Line, y: int):
        self.line, self.y = line, y
        self.whole = _whole(line) or 1
        self.target = self._target_share()
        self.span = max(_SPAN, (self.target or 0) * 1.1)
        self.missed = line.verdict == MISSED

    def drawn(self) -> list[str]:
        line, y = self.line, self.y
        others = _others(line)
        parts = [
            _text(_MARGIN, y + 17, line.title),
            _text(_MARGIN, y + 32, self._scale(), "faint"),
            _box(_BARS, y + 4, _LENGTH, 18, "track"),
            self._bar(y + 4, 18, line.share, "short" if self.missed else "ours"),
            self._figures(),
        ]
        for index, (name, value) in enumerate(others):
            top = y + 26 + 15 * index
            label = f"{name} {wording.figure(value, line.unit)}"
            parts.append(self._bar(top, 6, value / self.whole, "peer"))
            parts.append(_text(_FIGURES, top + 8, label, "faint"))
        parts.append(self._mark("whole", 1, y, y + 26 + 15 * len(others)))
        if self.target is not None:
            parts.append(self._mark("target", self.target, y + 1, y + 25))
        return parts

    def _target_share(self) -> Optional[float]:
        target = self.line.target
        if target is None:
            return None
        if target.of is None:
            return target.bound / self.whole
        return target.bound if target.of == self.line.scale else None

    def _scale(self) -> str:
        better = ", less is better" if self.line.less_is_better else ""
        name = self.line.scale or "the target"
        return f"100 %: {name} {wording.figure(self.whole, self.line.unit)}{better}"

    def _figures(self) -> str:
        value, share = wording.figure(self.line.value, self.line.unit), self.line.share
        percent = f"{share * 100:.0f} %" if share < 10 else f"{share:.0f} ×"
        verdict = f'<tspan class="bad" dx="10">{MISSED}</tspan>' if self.missed else ""
        return (
            f'<text x="{_FIGURES}" y="{self.y + 17}"><tspan class="strong">{escape(value)}</tspan>'
            f'<tspan dx="10">{percent}</tspan>{verdict}</text>'
        )

    def _bar(self, y: int, height: int, share: float, style: str) -> str:
        """A bar with its length, or with a point at the end when it goes on beyond the drawing."""
        if share <= self.span:
            return _box(_BARS, y, max(_LENGTH * share / self.span, 1.5), height, style)
        neck, half = _BARS + _LENGTH - 7, height / 2
        return f'<path class="{style}" d="M{_BARS} {y}H{neck}l7 {half}l-7 {half}H{_BARS}z"/>'

    def _mark(self, style: str, share: float, top: int, bottom: int) -> str:
        x = _BARS + _LENGTH * share / self.span
        return f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'


def _box(x: float, y: float, width: float, height: float, style: str) -> str:
    return f'<rect class="{style}" x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2"/>'


def _text(x: float, y: float, content: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x}" y="{y}">{escape(content)}</text>'
