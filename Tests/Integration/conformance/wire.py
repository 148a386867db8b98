"""The client's end of one Engine.IO endpoint, spoken by hand.

The conformance cases use this and nothing cleverer: every request, frame and packet that a case sends is
visible in the case. It never answers a ping or parses a packet on its own.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from typing import Optional, Union

import aiohttp

PING_INTERVAL = 0.3
PING_TIMEOUT = 0.2
HEAD_START = float(os.environ.get("CONFORMANCE_HEAD_START", "0.02"))
SEPARATOR = "\x1e"

Frame = Union[str, bytes]


@dataclass(frozen=True)
class Reply:
    """What an HTTP request came back with."""

    status: int
    text: str


class Gone(AssertionError):
    """The server closed a WebSocket that a case still expected a frame from."""


class Endpoint:
    """One endpoint, such as `http://127.0.0.1:3000` and `/engine.io/`, and the ways to reach it."""

    def __init__(self, base: str, path: str):
        self.base = base
        self.url = base.rstrip("/") + path
        self._http: Optional[aiohttp.ClientSession] = None

    async def request(self, method: str, body: Optional[str] = None, **query: str) -> Reply:
        async with self._session().request(method, self.url, params=query, data=body) as response:
            return Reply(response.status, await response.text())

    async def open_session(self) -> "PollingSession":
        """Opens a session over polling; the open packet is read, nothing else has been said."""
        reply = await self.request("GET", EIO="4", transport="polling")
        return PollingSession(self, json.loads(reply.text[1:])["sid"])

    async def dial(self, **query: str) -> "WebSocket":
        """A WebSocket from which nothing has been read yet; raises when the upgrade is refused."""
        query = query or {"EIO": "4", "transport": "websocket"}
        return WebSocket(await self._session().ws_connect(self.url, params=query, max_msg_size=0))

    async def open_websocket(self) -> "WebSocket":
        """A WebSocket whose Engine.IO open packet has been read."""
        socket = await self.dial()
        opening = await socket.receive()
        assert opening[:1] == "0"
        return socket

    async def upgrade_status(self, **query: str) -> int:
        """The HTTP status by which the server refuses this WebSocket."""
        try:
            socket = await self._session().ws_connect(self.url, params=query)
        except aiohttp.WSServerHandshakeError as refusal:
            return refusal.status
        await socket.close()
        return 101

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._http


class PollingSession:
    """A session that began over polling."""

    def __init__(self, endpoint: Endpoint, sid: str):
        self._endpoint = endpoint
        self.sid = sid

    async def poll(self) -> Reply:
        return await self._endpoint.request("GET", EIO="4", transport="polling", sid=self.sid)

    async def post(self, body: str) -> Reply:
        return await self._endpoint.request(
            "POST", body, EIO="4", transport="polling", sid=self.sid
        )

    async def dial(self) -> "WebSocket":
        """A WebSocket that names this session, as an upgrade does."""
        return await self._endpoint.dial(EIO="4", transport="websocket", sid=self.sid)

    async def upgrade(self) -> "WebSocket":
        """Probe and upgrade sent in one breath, without waiting for the server's part."""
        socket = await self.dial()
        await socket.send("2probe")
        await socket.send("5")
        return socket


class WebSocket:
    """Frames as they are: text is `str`, binary is `bytes`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse):
        self._socket = socket

    async def send(self, *frames: Frame) -> None:
        for frame in frames:
            if isinstance(frame, str):
                await self._socket.send_str(frame)
            else:
                await self._socket.send_bytes(frame)

    async def receive(self) -> Frame:
        """The next frame; raises `Gone` when there is none."""
        message = await self._socket.receive()
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return message.data
        raise Gone(f"closed with {self._socket.close_code} instead of a frame")

    async def receive_past_pings(self) -> Frame:
        """The next frame that is no heartbeat."""
        while True:
            frame = await self.receive()
            if frame != "2":
                return frame

    async def wait_closed(self) -> list[Frame]:
        """Waits until the server closes; returns what it still said."""
        frames: list[Frame] = []
        try:
            while True:
                frames.append(await self.receive())
        except Gone:
            return frames

    async def close(self) -> None:
        await self._socket.close()


async def head_start() -> None:
    """Lets a request that was just sent on one connection reach the server before the next one."""
    await asyncio.sleep(HEAD_START)
