"""Scenarios over the wire: echo, fan-out, latency, connecting. The app is `apps/bench.lua`."""

from __future__ import annotations

from typing import Any, Optional

from .generator import Measure, load
from .scenario import (
    PERIGEE,
    PROBE,
    PROBE_EACH,
    Comparison,
    Row,
    Run,
    Scenario,
    Target,
)
from .servers import nginx, perigee, probe, python, remote

SOCKETIO = "python-socketio"
WEBSOCKETS = "websockets"
NCHAN = "nchan"

_ECHO_TARGETS = {1: 0.8, 16: 0.5}
_FAN_OUT_TARGETS = {"1x1": 0.8, "7x4": 0.6, "10x4": 0.6}
_LARGEST_WITH_TARGET = 1_000

_CHANNELS = (10, 1_000, 100_000)


def _flat(group: str, of: str, to: str, title: str) -> Comparison:
    row = Row(title, "×", less_is_better=True, target=Target(1.25), charted=False)
    return Comparison(group=group, of=of, to=to, row=row)


COMPARISONS = [
    _flat(
        "Fan-out",
        of="fan-out-10000-10x4",
        to="fan-out-100-10x4",
        title="cost of a delivery, 10,000 to 100 subscribers",
    ),
    _flat(
        "Channels",
        of="channels-100000",
        to="channels-10",
        title="cost of a delivery, 100,000 to 10 channels",
    ),
]


def scenarios(peers: bool, url: Optional[str]) -> list[Scenario]:
    return [
        *(_echo(in_flight, peers, url) for in_flight in (1, 16)),
        *(
            _fan_out(subscribers, publishers, in_flight, peers, url)
            for subscribers in (100, 1_000, 10_000)
            for publishers, in_flight in ((1, 1), (7, 4), (10, 4))
            if (subscribers, publishers) != (10_000, 7)
        ),
        _server_sent_events(peers),
        *(_channels(count) for count in _CHANNELS),
        _latency(url),
        _connect(peers, url),
    ]


def _echo(in_flight: int, peers: bool, url: Optional[str]) -> Scenario:
    options = {"connections": 100, "in_flight": in_flight}
    runs = _socketio_runs(load("echo", **options), peers, url)
    if in_flight > 1:
        runs.append(Run(PROBE_EACH, load("echo", **options), probe(each=True)))
    return Scenario(
        name=f"echo-{in_flight}",
        group="Echo",
        runs=runs,
        rows=[
            Row(
                f"100 connections, {in_flight} in flight",
                "replies/s",
                target=Target(_ECHO_TARGETS[in_flight], of=PROBE),
            )
        ],
    )


def _fan_out(
    subscribers: int, publishers: int, in_flight: int, peers: bool, url: Optional[str]
) -> Scenario:
    load_of = {"publishers": publishers, "in_flight": in_flight, "subscribers": subscribers}
    shape = f"{publishers}x{in_flight}"
    # With the largest crowds Python takes minutes to join, and shows nothing that 1,000 do not.
    runs = _socketio_runs(load("fan-out", **load_of), peers and subscribers <= 1_000, url)
    if peers and subscribers <= 1_000 and publishers != 7:
        runs += _plain_runs(load_of)
    if subscribers == 1_000:
        runs.append(Run(PROBE_EACH, load("fan-out", **load_of), probe(each=True)))
    counted = subscribers <= _LARGEST_WITH_TARGET
    word = "publisher" if publishers == 1 else "publishers"
    return Scenario(
        name=f"fan-out-{subscribers}-{shape}",
        group="Fan-out",
        runs=runs,
        rows=[
            Row(
                f"{subscribers:,} subscribers, {publishers} {word}, {in_flight} in flight",
                "deliveries/s",
                target=Target(_FAN_OUT_TARGETS[shape], of=PROBE) if counted else None,
            )
        ],
        files=subscribers + 1_000,
    )


def _plain_runs(load_of: dict[str, Any]) -> list[Run]:
    """Peers that speak no Socket.IO: bare messages over WebSocket, which is less work."""
    paths = {"subscribe_path": "/subscribe", "publish_path": "/publish"}
    over_websocket = load("ws-fan-out", **paths, **load_of)
    over_http = load("ws-fan-out", publish_by="post", **paths, **load_of)
    return [
        Run(WEBSOCKETS, over_websocket, python("websockets_server.py")),
        Run(NCHAN, over_http, nginx("nginx-nchan.conf")),
    ]


def _server_sent_events(peers: bool) -> Scenario:
    load_of = {"subscribers": 1_000, "publishers": 10, "in_flight": 4}
    ours = load(
        "sse-fan-out",
        subscribe_path="/bench/events?channel=fan",
        publish_path="/bench/emit",
        publish_body='{"event":"publish","args":["{message}"]}',
        **load_of,
    )
    theirs = load(
        "sse-fan-out", subscribe_path="/subscribe", publish_path="/publish", **load_of
    )
    runs = [Run(PERIGEE, ours, perigee()), Run(PROBE, ours, probe())]
    if peers:
        runs.append(Run(NCHAN, theirs, nginx("nginx-nchan.conf")))
    return Scenario(
        name="sse-fan-out",
        group="Fan-out",
        runs=runs,
        rows=[Row("1,000 event streams, 10 publishers by POST", "deliveries/s")],
        files=2_500,
    )


def _channels(count: int) -> Scenario:
    # As many subscribers however many channels, so that only the channels make a difference.
    load_of = {"channels": count, "subscribers": 10, "publishers": 10, "in_flight": 4}
    return Scenario(
        name=f"channels-{count}",
        group="Channels",
        runs=[Run(PERIGEE, load("channels", **load_of), perigee())],
        rows=[
            Row(
                f"{count:,} channels, each with one of 10 subscribers",
                "deliveries/s",
                scale=None,
                charted=False,
            )
        ],
    )


def _latency(url: Optional[str]) -> Scenario:
    measure = load("latency", subscribers=1_000, rate=100_000)
    return Scenario(
        name="latency",
        group="Latency at 100,000 deliveries/s",
        runs=_socketio_runs(measure, False, url),
        rows=[
            Row("p50, 1,000 subscribers", "µs", "p50_us", less_is_better=True, charted=False),
            Row(
                "p99, 1,000 subscribers",
                "µs",
                "p99_us",
                less_is_better=True,
                target=Target(2, of=PROBE),
            ),
        ],
        files=2_500,
    )


def _connect(peers: bool, url: Optional[str]) -> Scenario:
    return Scenario(
        name="connect",
        group="Connections",
        runs=_socketio_runs(load("connect", lanes=16), peers, url),
        rows=[Row("connect, upgrade, join, leave", "lives/s")],
    )


def _socketio_runs(measure: Measure, peers: bool, url: Optional[str]) -> list[Run]:
    runs = [Run(PERIGEE, measure, perigee()), Run(PROBE, measure, probe())]
    if peers:
        runs.append(Run(SOCKETIO, measure, python("socketio_server.py")))
    if url:
        runs.append(Run(url, measure, remote(url)))
    return runs
