"""All scenarios in their order."""

from __future__ import annotations

from typing import Optional, Sequence

from . import scenarios_engines, scenarios_host, scenarios_local, scenarios_wire
from .scenario import Comparison, Scenario


def scenarios(
    only: Sequence[str] = (), peers: bool = True, url: Optional[str] = None
) -> list[Scenario]:
    """Those whose names begin with one of `only`, or all; `url` is a further Socket.IO server."""
    every = [
        *scenarios_wire.scenarios(peers, url),
        *scenarios_local.scenarios(peers),
        *scenarios_host.scenarios(),
        *scenarios_engines.scenarios(),
    ]
    return [each for each in every if not only or each.name.startswith(tuple(only))]


COMPARISONS: list[Comparison] = scenarios_wire.COMPARISONS
