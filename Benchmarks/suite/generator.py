"""Runs the programs that measure, pinned to the generator's core, and reads what they report.

Everything here answers a function that a scenario calls with the bench and a running server, and
that returns one dictionary of figures.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

from .bench import Bench
from .failure import BenchmarkFailed, Unavailable
from .process import prepared_for
from .servers import Server

Figures = dict[str, Any]
Measure = Callable[[Bench, Server], Figures]

_CROWDS = {"connections", "subscribers", "channels"}
_SECONDS_TO_JOIN = 120
_GENERATION = "generation {} serves"


def load(scenario: str, seconds: float = 0, **options: Any) -> Measure:
    """One scenario of perigee-load; `in_flight=16` becomes `--in-flight 16`.

    What needs `seconds` to happen gets them, unless the run is a quick one.
    """

    def measure(bench: Bench, server: Server) -> Figures:
        duration = bench.effort.at_least(seconds)
        return _load(bench, server, scenario, {"duration": duration, **options})

    return measure


def hold(subscribers: int, rate: int, **options: Any) -> Measure:
    """Idle connections, and a fan-out beside them, for as long as the effort says."""

    def measure(bench: Bench, server: Server) -> Figures:
        crowd = bench.effort.crowd(subscribers)
        beside = {"hold": bench.effort.hold, "with_fan_out": f"{crowd}:{rate}"}
        return _load(bench, server, "idle", {**options, **beside})

    return measure


def several_apps(apps: int, scenario: str, connections: int, **options: Any) -> Measure:
    """The same load on `apps` namespaces at once; rates are added, the worst time counts."""

    def measure(bench: Bench, server: Server) -> Figures:
        def one(index: int) -> Figures:
            name = "/bench" if index == 0 else f"/bench{index + 1}"
            share = {**options, "connections": connections // apps, "namespace": name}
            return _load(bench, server, scenario, share)

        with ThreadPoolExecutor(apps) as pool:
            return _together(list(pool.map(one, range(apps))))

    return measure


def reloading(measure: Measure, interval: float = 0.1) -> Measure:
    """Another measure while the app's script is replaced again and again; counts the reloads."""

    def measured(bench: Bench, server: Server) -> Figures:
        script = server.folder / "apps" / "bench.lua"
        with _replacing(script, interval):
            server.process.wait_for(_GENERATION.format(2))
            before = server.process.count(_GENERATION.format(r"\d+"))
            figures = measure(bench, server)
            after = server.process.count(_GENERATION.format(r"\d+"))
        return {**figures, "reloads": after - before}

    return measured


@contextmanager
def _replacing(script: Path, interval: float) -> Iterator[None]:
    source = script.read_bytes()
    over = threading.Event()

    def replace() -> None:
        turn = 0
        while not over.wait(interval):
            turn += 1
            fresh = script.with_suffix(".new")
            fresh.write_bytes(source + f"-- {turn}\n".encode())
            fresh.replace(script)

    writer = threading.Thread(target=replace, daemon=True)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def static_file(path: str, connections: int = 64) -> Measure:
    """GET over kept-alive connections by wrk."""

    def measure(bench: Bench, server: Server) -> Figures:
        if bench.tools.wrk is None:
            raise Unavailable("wrk is not installed: run scripts/setup benchmark")
        seconds = max(1, round(bench.effort.duration))
        command = [str(bench.tools.wrk), "-t", "1", "-c", str(connections), "-d", f"{seconds}s"]
        text = _run(bench, [*command, "--latency", server.url + path], seconds + 30)
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        if failed:
            raise BenchmarkFailed(f"{failed[1]} answers were no 2xx")
        rate = re.search(r"Requests/sec:\s*([\d.]+)", text)
        if rate is None:
            raise BenchmarkFailed(f"wrk did not say a rate:\n{text}")
        return {"per_second": float(rate[1]), "p99_us": _microseconds(text)}

    return measure


def dispatch(bench: Bench, server: Optional[Server] = None) -> Figures:
    """The Lua runtime alone; answers events per second by the name of each case."""
    if bench.tools.dispatch is None:
        raise Unavailable("perigee-dispatch is not built")
    text = _run(bench, [str(bench.tools.dispatch), "1"], 300)
    found = re.findall(r"^(.+?): ([\d.]+) M events/s", text, re.MULTILINE)
    if not found:
        raise BenchmarkFailed(f"perigee-dispatch did not say a rate:\n{text}")
    return {name: float(millions) * 1e6 for name, millions in found}


def _load(bench: Bench, server: Server, scenario: str, options: dict[str, Any]) -> Figures:
    effort = bench.effort
    given: dict[str, Any] = {
        "url": server.url,
        "namespace": "/bench",
        "warmup": effort.warm_up,
        "duration": effort.duration,
        **options,
    }
    if server.pid:
        given["pid"] = server.pid
    if server.publish_url:
        given["publish_url"] = server.publish_url
    if scenario == "idle":
        given.setdefault("hold", effort.quiet)
    for name in _CROWDS & given.keys():
        given[name] = effort.crowd(given[name])
    command = [str(bench.tools.load), scenario]
    for name, value in given.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    patience = given["duration"] + effort.hold + _SECONDS_TO_JOIN
    text = _run(bench, [*command, "--json"], patience)
    try:
        return json.loads(text)
    except ValueError as error:
        raise BenchmarkFailed(f"perigee-load {scenario} reported no JSON:\n{text}") from error


def _together(parts: list[Figures]) -> Figures:
    joined: Figures = {"parts": parts}
    for name in {name for part in parts for name in part}:
        values = [part[name] for part in parts if isinstance(part.get(name), (int, float))]
        if len(values) == len(parts):
            alike = name.endswith("_us") or name.startswith(("rss", "cpu_server"))
            joined[name] = max(values) if alike else sum(values)
    return joined


def _microseconds(text: str) -> Optional[float]:
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    return float(found[1]) * {"us": 1, "ms": 1e3, "s": 1e6}[found[2]] if found else None


def _run(bench: Bench, command: list[str], seconds: float) -> str:
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            env={**os.environ, "LD_LIBRARY_PATH": bench.tools.libraries},
            preexec_fn=prepared_for(bench.cores.generator),
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkFailed(f"{_called(command)} took more than {seconds:.0f} s") from error
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip() or f"ended with {ended.returncode}"
        raise BenchmarkFailed(said.splitlines()[-1])
    return ended.stdout


def _called(command: list[str]) -> str:
    return " ".join([os.path.basename(command[0]), *command[1:2]])
