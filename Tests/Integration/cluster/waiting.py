"""Waiting for what many clients together have come to, which no single event announces."""

from __future__ import annotations

import asyncio
from typing import Callable

INTERVAL = 0.02


async def until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> float:
    """Returns when the condition holds, with the seconds that it took; `what` says what was missing."""
    now = asyncio.get_running_loop().time
    began = now()
    while not condition():
        assert now() - began < seconds, f"not within {seconds} s: {what()}"
        await asyncio.sleep(INTERVAL)
    return now() - began
