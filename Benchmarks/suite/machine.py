"""The machine that measures: which cores do what, how many files may be open, what it is called."""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """Who runs where: the server alone on one core, the generator on another one."""

    server: frozenset[int]
    generator: frozenset[int]
    both: frozenset[int]

    @classmethod
    def of_this_process(cls) -> "Cores":
        """Splits the cores that this process may use; a single one is shared by all."""
        allowed = sorted(os.sched_getaffinity(0))
        return cls(
            server=frozenset(allowed[:1]),
            generator=frozenset([allowed[2] if len(allowed) > 2 else allowed[-1]]),
            both=frozenset(allowed[:2]),
        )

    @property
    def shared(self) -> bool:
        """Whether server and generator are in each other's way."""
        return self.server == self.generator

    @property
    def generator_shared_with_both(self) -> bool:
        """Whether a server on two cores has to share one with the generator."""
        return bool(self.both & self.generator)


def raise_file_limit(wanted: int) -> int:
    """Lets this process and its children open `wanted` files; answers how many it is to be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if hard != unlimited and hard < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            return wanted
        except (ValueError, OSError):
            wanted = hard
    if soft == unlimited or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def describe() -> dict[str, str]:
    """What a reader has to know to judge the figures."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()
