"""Which versions were measured."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from .scenario import NGINX, PERIGEE
from .tools import BENCHMARKS, Tools

_PACKAGES = BENCHMARKS / ".build-peers" / "packages"
_ENGINES = ("redis-server", "nats-server", "rabbitmq-server")
_REQUIREMENTS = BENCHMARKS / "peers" / "requirements.txt"


def versions(tools: Tools) -> dict[str, str]:
    """Names and versions of what took part."""
    found = {PERIGEE: _first_line([str(tools.perigee), "--version"])}
    if tools.nginx:
        found[NGINX] = _first_line([str(tools.nginx), "-v"]).rpartition("/")[2]
        found["nchan"] = _of_package("libnginx-mod-nchan")
        found["wrk"] = _of_package("wrk")
    if tools.python:
        pinned = re.findall(r"^([\w-]+)\S*==(\S+)", _REQUIREMENTS.read_text("utf-8"), re.MULTILINE)
        found["Python"] = _first_line([str(tools.python), "--version"]).rpartition(" ")[2]
        found |= dict(pinned)
    for package in _ENGINES:
        found[package] = _installed(package)
    return found


def _first_line(command: list[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, env=os.environ)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    said = (ended.stdout + ended.stderr).strip().splitlines()
    return said[0] if said else "unknown"


def _installed(package: str) -> str:
    return _first_line(["dpkg-query", "--show", "--showformat=${Version}", package])


def _of_package(name: str) -> str:
    """From a file name such as wrk_4.1.0-3+b2_amd64.deb."""
    for path in Path(_PACKAGES).glob(f"{name}_*.deb"):
        return path.name.split("_")[1].replace("%3a", ":")
    return "unknown"
