"""Scenarios about the machine rather than the wire: memory, files, the Lua runtime alone."""

from __future__ import annotations

from .generator import dispatch, load, static_file
from .scenario import NGINX, PERIGEE, PROBE, Row, Run, Scenario, Target
from .scenarios_wire import NCHAN, SOCKETIO, WEBSOCKETS
from .servers import nginx, perigee, probe, python

_CROWD = 10_000


def scenarios(peers: bool) -> list[Scenario]:
    return [
        _idle_websocket(peers),
        _idle_server_sent_events(peers),
        _static("1k", 0.7, peers),
        _static("100k", 0.9, peers),
        _lua(),
    ]


def _idle_websocket(peers: bool) -> Scenario:
    idle = load("idle", connections=_CROWD, kind="websocket")
    runs = [Run(PERIGEE, idle, perigee()), Run(PROBE, idle, probe())]
    if peers:
        plain = load("idle", connections=_CROWD, kind="plain", subscribe_path="/subscribe")
        runs += [
            Run(SOCKETIO, idle, python("socketio_server.py")),
            Run(WEBSOCKETS, plain, python("websockets_server.py")),
            Run(NCHAN, plain, nginx("nginx-nchan.conf")),
        ]
    return Scenario(
        name="idle-websocket",
        group="Memory",
        runs=runs,
        rows=[_memory_row("WebSocket", 4)],
        files=_CROWD + 1_000,
    )


def _idle_server_sent_events(peers: bool) -> Scenario:
    def idle(url: str):
        return load("idle", connections=_CROWD, kind="sse", subscribe_path=url)

    ours = idle("/bench/events?channel=fan")
    runs = [Run(PERIGEE, ours, perigee()), Run(PROBE, ours, probe())]
    if peers:
        runs.append(Run(NCHAN, idle("/subscribe"), nginx("nginx-nchan.conf")))
    return Scenario(
        name="idle-sse",
        group="Memory",
        runs=runs,
        rows=[_memory_row("event stream", 6)],
        files=_CROWD + 1_000,
    )


def _memory_row(kind: str, kibibytes: int) -> Row:
    return Row(
        f"one of {_CROWD:,} idle connections, {kind}",
        "bytes",
        "per_connection",
        less_is_better=True,
        target=Target(kibibytes * 1024),
        scale=None,
    )


def _static(size: str, share: float, peers: bool) -> Scenario:
    measure = static_file(f"/{size}.txt")
    runs = [Run(PERIGEE, measure, perigee())]
    if peers:
        runs.append(Run(NGINX, measure, nginx("nginx-static.conf")))
    return Scenario(
        name=f"static-{size}",
        group="Static files",
        runs=runs,
        rows=[
            Row(
                f"{size[:-1]} KiB, 64 connections",
                "requests/s",
                target=Target(share, of=NGINX),
                scale=NGINX,
            )
        ],
    )


def _lua() -> Scenario:
    def row(title: str, case: str, bound: float) -> Row:
        return Row(title, "events/s", case, target=Target(bound), scale=None)

    return Scenario(
        name="dispatch",
        group="Lua runtime and JSON bridge alone",
        runs=[Run(PERIGEE, dispatch)],
        rows=[
            row("small JSON object in and out", "small", 2e6),
            row("150-byte JSON object in and out", "message", 1e6),
            row("161 bytes with a list and an object", "object", 1e6),
            Row("JSON bridge alone, reading", "objects/s", "decode", scale=None, charted=False),
            Row("JSON bridge alone, writing", "objects/s", "encode", scale=None, charted=False),
        ],
    )
