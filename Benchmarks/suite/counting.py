"""Runs `perigee-micro` twice: by itself, for allocations, and under callgrind, for instructions.

Instructions are counted rather than times measured, because they are the same on a busy machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .failure import BenchmarkFailed

_REGION = "allocations_during"
"""The C function that runs a case's operations, once for each case."""

_PATIENCE = 300


def count(program: Path) -> dict[str, dict[str, int]]:
    """Allocations in a thousand operations and instructions of each operation, by case."""
    if shutil.which("valgrind") is None:
        raise BenchmarkFailed("valgrind is not installed: run scripts/setup test")
    counts = {}
    with tempfile.TemporaryDirectory(prefix="perigee-micro-") as folder:
        lines = _run([str(program)])
        instructions = _instructions(program, Path(folder), len(lines))
    for line, executed in zip(lines, instructions):
        case, allocations, repetitions = line.split("\t")
        counts[case] = {
            "allocations": int(allocations),
            "instructions": round(executed / int(repetitions)),
        }
    return counts


def _instructions(program: Path, folder: Path, cases: int) -> list[int]:
    """One total for each case: callgrind counts inside the region, and dumps when it is left."""
    dumps = folder / "dump"
    options = [f"--callgrind-out-file={dumps}", f"--toggle-collect={_REGION}"]
    options.append(f"--dump-after={_REGION}")
    _run(["valgrind", "--tool=callgrind", "--quiet", *options, str(program)])
    return [total(dumps.with_suffix(f".{number}")) for number in range(1, cases + 1)]


def total(dump: Path) -> int:
    """The instructions of one dump."""
    try:
        found = re.search(r"^totals: (\d+)$", dump.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError as error:
        raise BenchmarkFailed(f"callgrind counted too few cases: {error}") from error
    if found is None:
        raise BenchmarkFailed(f"callgrind did not say a total in {dump.name}")
    return int(found[1])


def _run(command: list[str]) -> list[str]:
    # Swift's hashes differ from run to run otherwise, and with them the paths through dictionaries.
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchmarkFailed(f"could not count: {error}") from error
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip() or f"ended with {ended.returncode}"
        raise BenchmarkFailed(f"{command[0]}: {said.splitlines()[-1]}")
    return ended.stdout.splitlines()
