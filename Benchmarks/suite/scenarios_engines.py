"""Scenarios of engines: two nodes with an engine between them, beside one host alone."""

from __future__ import annotations

from typing import Any

from .cluster import ENGINES, two_nodes
from .generator import load
from .scenario import PERIGEE, Row, Run, Scenario
from .servers import perigee

ONE_HOST = "Perigee, one host"
GROUP = "Two nodes and an engine, beside one host"

_MODERATE = {"subscribers": 100, "rate": 10_000}


def scenarios() -> list[Scenario]:
    return [
        *(_fan_out(engine, subscribers) for subscribers in (100, 1_000) for engine in ENGINES),
        *(_latency(engine) for engine in ENGINES),
    ]


def _fan_out(engine: str, subscribers: int) -> Scenario:
    return Scenario(
        name=f"engines-fan-out-{subscribers}-{engine}",
        group=GROUP,
        runs=_runs(engine, "fan-out", subscribers=subscribers, publishers=10, in_flight=4),
        rows=[
            Row(
                f"{engine}, {subscribers:,} subscribers, 10 publishers, 4 in flight",
                "deliveries/s",
                scale=ONE_HOST,
            )
        ],
        files=subscribers + 1_000,
    )


def _latency(engine: str) -> Scenario:
    what = "100 subscribers, 100 publications/s"
    return Scenario(
        name=f"engines-latency-{engine}",
        group=GROUP,
        runs=_runs(engine, "latency", **_MODERATE),
        rows=[
            Row(
                f"{engine}, {quantile}, {what}",
                "µs",
                f"{quantile}_us",
                less_is_better=True,
                scale=ONE_HOST,
                charted=False,
            )
            for quantile in ("p50", "p99")
        ],
    )


def _runs(engine: str, scenario: str, **options: Any) -> list[Run]:
    measure = load(scenario, **options)
    return [Run(PERIGEE, measure, two_nodes(engine)), Run(ONE_HOST, measure, perigee())]
