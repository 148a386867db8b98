"""The command that holds single operations to their thresholds in `Micro/thresholds.json`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Optional, Sequence

from .counting import count
from .failure import BenchmarkFailed
from .thresholds import Counts, compare
from .tools import BENCHMARKS

_PACKAGE = BENCHMARKS / "Micro"
_THRESHOLDS = _PACKAGE / "thresholds.json"
_REMEDY = (
    "Find what became dearer (Benchmarks/README.md says how), or accept the new counts with "
    "Benchmarks/micro --accept and say in the commit what they buy."
)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Exit status: 0, or 1 when a count exceeds its threshold or could not be had."""
    options = _parser().parse_args(arguments)
    try:
        if options.times:
            return _swift("package", "--disable-sandbox", "benchmark", "--no-progress")
        counts = count(_program())
        if options.accept:
            return _accept(counts)
        return _report(counts, _accepted())
    except BenchmarkFailed as error:
        print(f"Benchmarks/micro: {error}", file=sys.stderr)
        return 1


def _report(counts: Counts, thresholds: Counts) -> int:
    width = max(map(len, counts), default=0)
    print(f"{'operation':{width}}  {'allocations':>12}  {'instructions':>12}")
    for case, metrics in counts.items():
        allocations = metrics["allocations"] / 1000
        print(f"{case:{width}}  {allocations:12.3f}  {metrics['instructions']:12,}")
    findings = compare(counts, thresholds)
    for finding in findings:
        print(f"{'failed' if finding.fails else 'note'}: {finding.text}", file=sys.stderr)
    if any(finding.fails for finding in findings):
        print(_REMEDY, file=sys.stderr)
        return 1
    print(f"{len(counts)} operations are within their thresholds")
    return 0


def _accept(counts: Counts) -> int:
    text = json.dumps(counts, indent=2, ensure_ascii=False) + "\n"
    _THRESHOLDS.write_text(text, encoding="utf-8")
    print(f"written: {_THRESHOLDS}")
    return 0


def _accepted() -> Counts:
    try:
        return json.loads(_THRESHOLDS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BenchmarkFailed(f"cannot read the thresholds: {error}") from error


def _program() -> Path:
    named = os.environ.get("PERIGEE_MICRO")
    if named:
        return Path(named).resolve()
    if _swift("build", "-c", "release", "--product", "perigee-micro") != 0:
        raise BenchmarkFailed("perigee-micro could not be built")
    return _PACKAGE / ".build" / "release" / "perigee-micro"


def _swift(command: str, *options: str) -> int:
    full = ["swift", command, "--package-path", str(_PACKAGE), *options]
    print("$", " ".join(full), file=sys.stderr, flush=True)
    return subprocess.run(full, stdout=sys.stderr if command == "build" else None).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/micro",
        description="Counts allocations and instructions of single operations.",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--accept", action="store_true", help="make the counts of now the thresholds"
    )
    choice.add_argument(
        "--times", action="store_true", help="measure times instead, which have no thresholds"
    )
    return parser
