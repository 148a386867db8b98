"""Scenarios of a host at work: reloads, several apps, more cores, slow readers, a full house."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .generator import hold, load, reloading, several_apps
from .scenario import PERIGEE, PROBE, Row, Run, Scenario, Target
from .servers import perigee, probe

QUIET = "Perigee, no reload"
ONE_APP = "Perigee, one app"
ONE_CORE = "Perigee, one core"
NONE_STALLED = "Perigee, none stalled"


def scenarios() -> list[Scenario]:
    return [
        _reload(),
        _apps(),
        _cores("echo", "replies/s", connections=100, in_flight=16),
        _cores("fan-out", "deliveries/s", subscribers=1_000, publishers=10, in_flight=4),
        _stalled(),
        _full_house(),
    ]


def _reload() -> Scenario:
    echo = load("echo", connections=100, in_flight=1)
    return Scenario(
        name="reload",
        group="Hot reload every 100 ms",
        runs=[Run(PERIGEE, reloading(echo), perigee()), Run(QUIET, echo, perigee())],
        rows=[
            Row("echo, 100 connections, 1 in flight", "replies/s", scale=QUIET),
            Row("p99", "µs", "p99_us", less_is_better=True, scale=QUIET),
            Row("reloads meanwhile", "", "reloads", charted=False),
            Row("lost replies", "", "lost", less_is_better=True, target=Target(0), charted=False),
        ],
    )


def _apps() -> Scenario:
    options = {"connections": 100, "in_flight": 16}
    five = several_apps(5, "echo", **options)
    return Scenario(
        name="apps",
        group="Several apps, several cores",
        runs=[
            Run(PERIGEE, five, perigee(apps=5)),
            Run(PROBE, five, probe()),
            Run(ONE_APP, several_apps(1, "echo", **options), perigee()),
        ],
        rows=[Row("echo, 5 apps, 100 connections, 16 in flight", "replies/s")],
    )


def _cores(scenario: str, unit: str, **options: Any) -> Scenario:
    measure = load(scenario, **options)
    crowd = options.get("connections") or options["subscribers"]
    what = "connections" if "connections" in options else "subscribers"
    return Scenario(
        name=f"cores-{scenario}",
        group="Several apps, several cores",
        runs=[
            Run(PERIGEE, measure, perigee(threads=2)),
            Run(ONE_CORE, measure, perigee()),
        ],
        rows=[Row(f"{scenario}, {crowd:,} {what}, two cores", unit, scale=ONE_CORE)],
        files=crowd + 1_000,
    )


def _stalled() -> Scenario:
    # So large that what waits for the reader passes the host's bound in time.
    options = {"subscribers": 1_000, "rate": 100_000, "payload": 2_000, "seconds": 10}
    return Scenario(
        name="stalled",
        group="One reader among 1,000 never reads",
        runs=[
            Run(PERIGEE, load("stalled", stalled=1, **options), perigee()),
            Run(NONE_STALLED, load("stalled", stalled=0, **options), perigee()),
        ],
        rows=[
            Row(
                "p99 of the others",
                "µs",
                "p99_us",
                less_is_better=True,
                target=Target(1.2, of=NONE_STALLED),
                scale=NONE_STALLED,
            ),
            Row(
                "resident memory at its peak",
                "bytes",
                "rss_peak",
                less_is_better=True,
                target=Target(1.2, of=NONE_STALLED),
                charted=False,
            ),
            Row(
                "disconnected, and told that it was slow",
                "of 1",
                _told_why,
                target=Target(1),
                charted=False,
            ),
        ],
        files=2_500,
    )


def _full_house() -> Scenario:
    measure = hold(subscribers=1_000, rate=100_000, connections=10_000, kind="websocket")
    return Scenario(
        name="hold",
        group="10,000 idle, 1,000 subscribed, 60 s",
        runs=[Run(PERIGEE, measure, perigee()), Run(PROBE, measure, probe())],
        rows=[
            Row("lost", "", "lost", less_is_better=True, target=Target(0), charted=False),
            Row("p99 at 100,000 deliveries/s", "µs", "p99_us", less_is_better=True),
            *(
                Row(f"resident memory {when}", "bytes", key, less_is_better=True, charted=False)
                for when, key in (
                    ("at the start", "rss_before"),
                    ("at its peak", "rss_peak"),
                    ("at the end", "rss_after"),
                )
            ),
        ],
        files=13_000,
        once=True,
    )


def _told_why(figures: Mapping[str, Any]) -> Optional[float]:
    """How many stalled readers found the reason, once they read what had been waiting for them."""
    reasons = figures.get("stalled_reasons")
    if not reasons:
        return None
    return sum(1 for reason in reasons if "slow consumer" in reason)
