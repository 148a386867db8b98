"""Ways in which an engine is away, and for how long it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Awaitable, Callable

from engine_server import EngineServer

Happening = Callable[[EngineServer, float], Awaitable[None]]

KEPT_SECONDS = 15
"""For how long a host keeps what it cannot deliver."""


@dataclass(frozen=True)
class Outage:
    """When the engine was away, by the event loop's clock."""

    began: float
    ended: float

    @classmethod
    async def when(
        cls, moment: asyncio.Event, happening: Happening, server: EngineServer, seconds: float
    ) -> "Outage":
        """Waits for the moment, then for the end of what happens."""
        await moment.wait()
        now = asyncio.get_running_loop().time
        began = now()
        await happening(server, seconds)
        return cls(began, now())

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def is_short(self) -> bool:
        """Whether a host surely could link again before it gave anything up."""
        return self.seconds < KEPT_SECONDS - 4


async def restart(server: EngineServer, _: float) -> None:
    """It is killed, and started again a second later, which takes as long as it takes."""
    server.kill()
    await asyncio.sleep(1)
    server.launch()
    await asyncio.to_thread(server.wait_until_ready)


async def partition(server: EngineServer, seconds: float) -> None:
    """Links stay open, and nothing goes through."""
    server.pause()
    await asyncio.sleep(seconds)
    server.resume()
