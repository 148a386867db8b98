"""The command: reads its options, prepares, measures, prints, and writes `results`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Optional, Sequence

from . import chart, table, verdict
from .bench import FULL, QUICK, Bench
from .catalogue import COMPARISONS, scenarios
from .failure import BenchmarkFailed
from .machine import Cores, describe, raise_file_limit
from .rounds import Samples, measure
from .scenario import PERIGEE, Scenario
from .software import versions
from .tools import BENCHMARKS, gather

_RESULTS = BENCHMARKS / "results"


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Exit status: 0, or 1 when Perigee could not be measured or lost a message."""
    options = _parser().parse_args(arguments)
    chosen = scenarios(options.only or (), not options.no_peers, options.socketio)
    if options.list:
        print("\n".join(f"{each.name:27} {each.group}" for each in chosen))
        return 0
    if not chosen:
        print("Benchmarks/run: no scenario of that name; --list shows them", file=sys.stderr)
        return 64
    try:
        return _run(options, chosen)
    except BenchmarkFailed as error:
        print(f"Benchmarks/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, chosen: Sequence[Scenario]) -> int:
    about = {"date": time.strftime("%Y-%m-%d"), **describe()}
    cores = Cores.of_this_process()
    _warn(cores)
    tools = gather(options.quick, peers=not options.no_peers)
    files = raise_file_limit(max(each.files for each in chosen) + 200)
    if options.quick:
        print("a quick run: it shows that everything works, not how fast", file=sys.stderr)
    bench = Bench(tools, cores, QUICK if options.quick else FULL, files)
    rounds = 1 if options.quick else options.rounds
    samples = measure(bench, chosen, rounds)
    lines = verdict.lines(chosen, COMPARISONS, samples)
    print(table.text(lines))
    if not options.quick and not options.only:
        about |= {"rounds": str(rounds), **versions(tools)}
        _write(lines, samples, about)
    return _status(samples)


def _write(lines: Sequence[verdict.Line], samples: Samples, about: dict[str, str]) -> None:
    _RESULTS.mkdir(exist_ok=True)
    subtitle = (
        f"Medians of {about['rounds']} rounds, one core for the server, one for the generator · "
        f"{about['processor']} · {about['date']}"
    )
    everything = {
        "about": about,
        "lines": [line.as_json() for line in lines],
        "samples": samples.as_json(),
    }
    for name, content in {
        "table.md": table.markdown(lines, samples, about),
        "chart.svg": chart.svg(lines, subtitle),
        "results.json": json.dumps(everything, indent=1, ensure_ascii=False) + "\n",
    }.items():
        (_RESULTS / name).write_text(content, encoding="utf-8")
    print(f"\nwritten: {_RESULTS}/table.md, results.json, chart.svg")


def _status(samples: Samples) -> int:
    """A missed target is a finding; a failure or a lost message of Perigee is a defect."""
    failed = list(samples.defects)
    for scenario, contenders in samples.figures.items():
        for figures in contenders.get(PERIGEE, []):
            faults = {k: v for k in verdict.FAULTS if figures and (v := figures.get(k))}
            if faults:
                failed.append(f"{scenario}: {faults}")
    for reason in failed:
        print(f"failed: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _warn(cores: Cores) -> None:
    if cores.shared:
        print("one core only: server and generator share it", file=sys.stderr)
    load = os.getloadavg()[0]
    if load > 0.5 * (os.cpu_count() or 1):
        print(f"other programs are at work (load {load:.1f}): ratios will vary", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run",
        description="Measures Perigee beside the limit of the machine and beside other servers.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="everything once, very short, results not written"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often all is measured (3)")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="scenarios whose names begin so; not written"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave out the other servers")
    parser.add_argument(
        "--socketio", metavar="URL", help="a further Socket.IO server to measure; see the README"
    )
    parser.add_argument("--list", action="store_true", help="names of the scenarios")
    return parser
