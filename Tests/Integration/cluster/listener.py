"""A subscriber of one channel who notes when it heard what."""

from __future__ import annotations

import asyncio
from typing import Any

from wires.followers import SocketFollower

from .reckoning import END, Publication


class Listener(SocketFollower):
    """Comes back with its position after every loss, and knows when it has heard the last publication."""

    def __init__(self, base: str, channel: str):
        super().__init__(base, channel)
        self.publications: list[Publication] = []
        self.times: dict[Publication, float] = {}
        self.ended = asyncio.Event()

    def take(self, data: Any, position: str) -> None:
        super().take(data, position)
        publication = (data[0], data[1])
        if data[0] == END:
            return self.ended.set()
        self.publications.append(publication)
        self.times.setdefault(publication, asyncio.get_running_loop().time())
