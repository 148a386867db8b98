"""Figures as people read them."""

from __future__ import annotations

from typing import Optional

from .scenario import Target

ABSENT = "–"


def figure(value: Optional[float], unit: str) -> str:
    """A value in its unit, in about three digits: 1.23 M/s, 850 µs, 3.9 KiB."""
    if value is None:
        return ABSENT
    if unit == "bytes":
        return _bytes(value)
    if unit == "µs":
        return f"{_three_digits(value / 1_000)} ms" if value >= 1_000 else f"{value:.0f} µs"
    if unit == "×":
        return f"{value:.2f} ×"
    if unit == "s":
        return f"{value:.1f} s"
    if unit.endswith("/s"):
        return f"{_large(value)}/s"
    return f"{value:.0f} {unit}".strip()


def ratio(value: Optional[float]) -> str:
    """How many times as much: two digits below ten, whole numbers above."""
    if value is None:
        return ABSENT
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"


def target(wanted: Optional[Target], unit: str, less_is_better: bool) -> str:
    """A target as a sentence would say it: ≥ 0.80 of probe."""
    if wanted is None:
        return ""
    if wanted.bound == 0 or unit == "of 1":
        return figure(wanted.bound, unit)
    sign = "≤" if less_is_better else "≥"
    if wanted.of:
        return f"{sign} {wanted.bound:.2g} × {wanted.of}"
    return f"{sign} {figure(wanted.bound, unit)}"


def _bytes(value: float) -> str:
    if abs(value) >= 1024 * 1024:
        return f"{_three_digits(value / 1024 / 1024)} MiB"
    return f"{value / 1024:.1f} KiB"


def _large(value: float) -> str:
    for limit, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= limit:
            return _three_digits(value / limit) + suffix
    return f"{value:.0f}"


def _three_digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
