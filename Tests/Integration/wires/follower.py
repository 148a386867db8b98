"""Clients that follow one channel and come back after every loss, with the position they had.

A follower records what it hears and how often it lost its connection. Each wire has its own; what
they have in common is here. They never skip or sort: what the host repeats or loses shows.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import socketio
import websockets
from wires.event_stream_parser import Event

LOSSES = (OSError, EOFError, aiohttp.ClientError, websockets.WebSocketException,
          socketio.exceptions.SocketIOError, asyncio.TimeoutError)  # fmt: skip

PAUSE = 0.25


class Follower:
    """A client of one channel. `visit` is one connection: it ends when the connection does."""

    wire = "none"

    def __init__(self, base: str, channel: str):
        self.base = base
        self.channel = channel
        self.position: str | None = None
        self.heard: list[Any] = []
        self.positions: list[str] = []
        self.unrecovered = 0
        self.losses = 0
        self._subscribed = asyncio.Event()
        self._task: asyncio.Task | None = None

    async def __aenter__(self) -> "Follower":
        """Follows once the host has told the first position."""
        self._task = asyncio.create_task(self._follow())
        waiting = asyncio.create_task(self._subscribed.wait())
        await asyncio.wait([self._task, waiting], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not self._subscribed.is_set():
            await self.__aexit__()
            raise AssertionError(f"{self.wire}: no subscription came about")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task.done():
            return self._task.result()
        self._task.cancel()
        await asyncio.wait([self._task], timeout=10)

    async def visit(self) -> None:
        raise NotImplementedError

    async def _follow(self) -> None:
        while True:
            try:
                await self.visit()
            except LOSSES:
                pass
            self.losses += 1
            await asyncio.sleep(PAUSE)

    def subscribed(self, position: str, recovered: bool) -> None:
        """The host has told where the channel stands, or that it goes on from our position."""
        if self.position is None:
            self.position = position
        elif self._subscribed.is_set() and not recovered:
            self.unrecovered += 1
        self._subscribed.set()

    def take(self, data: Any, position: str) -> None:
        """A publication."""
        self.position = position
        self.positions.append(position)
        self.heard.append(data)

    def take_frame(self, frame: dict) -> None:
        """A frame of a plain wire."""
        if "subscribed" in frame:
            granted = frame["subscribed"]
            self.subscribed(granted["position"], granted["recovered"])
        elif "position" in frame:
            self.take(frame["data"], frame["position"])

    def take_event(self, event: Event) -> None:
        """An event of an event stream, whose id is what its client comes back with."""
        self.take_frame(json.loads(event.data))
        self.position = event.id or self.position
