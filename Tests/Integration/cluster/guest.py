"""python-socketio's client as people use it: it reconnects by itself, and subscribes again from the last
position that it saw."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import socketio
from full_client import TRANSPORTS

from .attendance import Attendance
from .reckoning import END, Publication

NAMESPACE = "/hall"
PATIENCE = 20


class Guest:
    """One client of the hall: what it heard until the last word, who it was told is there, how long it
    was away."""

    def __init__(self, url: str, name: str, transport: str):
        self.name = name
        self.transport = transport
        self._url = url
        self.heard: list[Publication] = []
        self.positions: list[str] = []
        self.unrecovered = 0
        self.absences: list[float] = []
        self.attendance = Attendance()
        self.connected = asyncio.Event()
        self.ended = False
        self._gone_at: float | None = None
        self._client = socketio.AsyncClient()
        for event, handler in {
            "connect": self._connect,
            "disconnect": self._disconnect,
            "pubblication": self._publication,
            "presence_state": self._presence_state,
            "presence_diff": self._presence_diff,
        }.items():
            self._client.on(event, handler, namespace=NAMESPACE)

    async def arrive(self) -> None:
        """Connects for the first time, and returns once it is subscribed."""
        await self._client.connect(
            self._url,
            namespaces=[NAMESPACE],
            transports=TRANSPORTS[self.transport],
            auth={"name": self.name},
            wait_timeout=PATIENCE,
        )
        await asyncio.wait_for(self.connected.wait(), PATIENCE)

    async def leave(self) -> None:
        await self._client.shutdown()

    async def say(self, words: Any) -> None:
        """Publishes by an event; it may be lost with the connection."""
        with suppress(socketio.exceptions.SocketIOError):
            await self._client.emit("say", list(words), namespace=NAMESPACE)

    async def _connect(self) -> None:
        wanted = {"channel": "hall", "position": self.positions[-1] if self.positions else ""}
        await self._client.emit("subscribe", wanted, namespace=NAMESPACE, callback=self._granted)

    def _granted(self, answer: dict) -> None:
        if self._gone_at is not None:
            self.absences.append(asyncio.get_running_loop().time() - self._gone_at)
            self.unrecovered += not answer["recovered"]
            self._gone_at = None
        if not self.positions:
            self.positions.append(answer["position"])
        self.connected.set()

    def _disconnect(self, *_: Any) -> None:
        self.connected.clear()
        if self._gone_at is None:
            self._gone_at = asyncio.get_running_loop().time()

    def _publication(self, data: list, place: dict) -> None:
        if self.ended:
            return
        self.ended = data[0] == END
        self.heard.append((data[0], data[1]))
        self.positions.append(place["position"])

    def _presence_state(self, channel: str, present: dict) -> None:
        self.attendance.state(present)

    def _presence_diff(self, channel: str, difference: dict) -> None:
        self.attendance.difference(difference["joins"], difference["leaves"])
