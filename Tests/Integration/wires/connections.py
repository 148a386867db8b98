"""One connection of each plain wire, as a test holds it: opened once, read frame by frame."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator

import aiohttp
import websockets
import yarl
from wires.event_stream_parser import Event, EventStreamParser

PATIENCE = 10
SUBPROTOCOL = "perigee.v1"

Frame = dict[str, Any]


def query(channels: tuple[str, ...], position: str | None = None, **more: str) -> list:
    """The query of a request for channels: `room/1` has one argument."""
    asked = [("channel", channel) for channel in channels]
    if position is not None:
        asked.append(("position", position))
    return asked + list(more.items())


class Ended(AssertionError):
    """The stream ended while a test still expected something from it."""


class EventStream:
    """One response of `GET /NAMESPACE/events`."""

    def __init__(self, response: aiohttp.ClientResponse, last_id: str = ""):
        self.response = response
        self.parser = EventStreamParser(last_id)
        self.last_id = last_id
        self._events: list[Event] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls, base: str, *channels: str, last_id: str = "", headers: dict | None = None, **more
    ) -> AsyncIterator["EventStream"]:
        """`base` is the host's URL and the namespace; `more` goes into the query."""
        headers = {**(headers or {}), **({"Last-Event-ID": last_id} if last_id else {})}
        timeout = aiohttp.ClientTimeout(total=None)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{base}/events", params=query(channels, **more), headers=headers) as response,
        ):
            yield cls(response, last_id)

    async def event(self) -> Event:
        while not self._events:
            piece = await asyncio.wait_for(self.response.content.readany(), PATIENCE)
            if not piece:
                raise Ended("the event stream ended")
            self._events += self.parser.feed(piece)
        event = self._events.pop(0)
        self.last_id = event.id
        return event

    async def frame(self, key: str | None = None) -> Frame:
        """The next frame, or the next one that has this key."""
        while True:
            frame = json.loads((await self.event()).data)
            if key is None or key in frame:
                return frame

    async def publications(self, count: int) -> list:
        """The data of the next publications."""
        return [(await self.frame("position"))["data"] for _ in range(count)]

    async def refusal(self) -> tuple[int, str]:
        """The status and the error's name of a response that is no stream."""
        return self.response.status, (await self.response.json())["error"]


class PlainSocket:
    """One WebSocket of `GET /NAMESPACE/websocket`."""

    def __init__(self, socket: websockets.ClientConnection):
        self.socket = socket

    @classmethod
    @asynccontextmanager
    async def open(cls, base: str, *channels: str, headers: dict | None = None, **more):
        asked = yarl.URL(f"{base}/websocket").with_query(query(channels, **more))
        async with websockets.connect(
            str(asked).replace("http", "ws", 1),
            subprotocols=[SUBPROTOCOL],
            additional_headers=headers,
            open_timeout=PATIENCE,
            close_timeout=1,
        ) as socket:
            yield cls(socket)

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def frame(self, key: str | None = None) -> Frame:
        while True:
            frame = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if key is None or key in frame:
                return frame

    async def publications(self, count: int) -> list:
        return [(await self.frame("position"))["data"] for _ in range(count)]


async def poll(
    http: aiohttp.ClientSession,
    base: str,
    *channels: str,
    position: str | None = None,
    timeout: float | None = None,
    **more: str,
) -> tuple[int, Any]:
    """One `GET /NAMESPACE/poll`: the status and the decoded body, or None without one."""
    if timeout is not None:
        more["timeout"] = str(timeout)
    asked = query(channels, position, **more)
    async with http.get(f"{base}/poll", params=asked) as response:
        text = await response.text()
        return response.status, json.loads(text) if text else None
