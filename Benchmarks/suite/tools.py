"""The programs that a run needs: built, installed, or found where an earlier run left them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from .failure import BenchmarkFailed

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
_PEERS = BENCHMARKS / ".build-peers"
_LOAD = BENCHMARKS / ".build-load"


@dataclass(frozen=True)
class Tools:
    """Paths of executables; what is None is not there, and what needs it is not measured."""

    perigee: Path
    probe: Path
    load: Path
    dispatch: Optional[Path]
    python: Optional[Path]
    nginx: Optional[Path]
    wrk: Optional[Path]

    nginx_modules = _PEERS / "debian" / "usr" / "lib" / "nginx" / "modules"

    @property
    def libraries(self) -> str:
        """Where the unpacked programs find their libraries, as LD_LIBRARY_PATH."""
        folders = (_PEERS / "debian" / "usr" / "lib").glob("*-linux-*")
        return ":".join(str(folder) for folder in folders)


def gather(quick: bool, peers: bool) -> Tools:
    """Builds and installs what is missing; a quick run builds only the generator."""
    _run(["make", "--silent", "-C", str(BENCHMARKS / "load")])
    if peers and not quick:
        _run([str(ROOT / "scripts" / "setup"), "benchmark"])
    debian = _PEERS / "debian" / "usr"
    return Tools(
        perigee=_perigee(quick),
        probe=_LOAD / "perigee-probe",
        load=_LOAD / "perigee-load",
        dispatch=_dispatch(quick),
        python=_present(_PEERS / "venv" / "bin" / "python", peers),
        nginx=_present(debian / "sbin" / "nginx", peers),
        wrk=_present(debian / "bin" / "wrk"),
    )


def _perigee(quick: bool) -> Path:
    named = os.environ.get("PERIGEE")
    if named:
        return Path(named).resolve()
    built = ROOT / ".build" / "release" / "perigee"
    if not (quick and built.exists()):
        package = ["--package-path", str(ROOT), "-c", "release"]
        _run(["swift", "build", *package, "--product", "perigee"])
    return built


def _dispatch(quick: bool) -> Optional[Path]:
    named = os.environ.get("PERIGEE_DISPATCH")
    if named:
        return Path(named).resolve()
    built = BENCHMARKS / ".build" / "release" / "perigee-dispatch"
    if not quick:
        package = ["--package-path", str(BENCHMARKS), "-c", "release"]
        _run(["swift", "build", *package, "--product", "perigee-dispatch"])
    return _present(built)


def _present(path: Path, wanted: bool = True) -> Optional[Path]:
    return path if wanted and path.exists() else None


def _run(command: list[str]) -> None:
    print("$", " ".join(command), file=sys.stderr, flush=True)
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchmarkFailed(f"could not prepare: {error}") from error
