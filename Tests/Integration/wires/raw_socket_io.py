"""Socket.IO spoken by hand over one WebSocket: every byte that the host sends is there to see."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Optional, Union

import aiohttp

PATIENCE = 10

Frame = Union[str, bytes]


class RawSocketIO:
    """A connection that asks for one namespace. Pings are answered, everything else is kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, namespace: str):
        self._socket = socket
        self.namespace = namespace

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, namespace: str, auth: Any = None
    ) -> AsyncIterator["RawSocketIO"]:
        """Sends the CONNECT packet with `auth`; nothing of the answer has been read."""
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket") as socket,
        ):
            client = cls(socket, namespace)
            assert (await client.frame())[:1] == "0"
            await client.send("0", "" if auth is None else json.dumps(auth))
            yield client

    async def send(self, kind: str, body: str = "") -> None:
        await self._socket.send_str(f"4{kind}{self.namespace},{body}")

    async def emit(self, *event: Any, ack: Optional[int] = None) -> None:
        await self.send("2", ("" if ack is None else str(ack)) + json.dumps(event))

    async def frame(self) -> Frame:
        """The next frame that is no ping, as it came."""
        while True:
            message = await self._socket.receive(PATIENCE)
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
            if message.data != "2":
                return message.data
            await self._socket.send_str("3")

    async def packet(self) -> str:
        """The next text frame without Engine.IO's and the namespace's part, or `b'…'`."""
        frame = await self.frame()
        if isinstance(frame, bytes):
            return repr(frame)
        return frame.removeprefix("4").replace(f"{self.namespace},", "", 1)

    async def accepted(self) -> tuple[list[str], dict]:
        """What came before the answer to CONNECT, and the answer."""
        *before, answer = await self.until("0", "4")
        assert answer.startswith("0"), answer
        return before, json.loads(answer[1:])

    async def until(self, *starts: str) -> list[str]:
        """The packets up to the first that begins in one of these ways, which is the last of them."""
        packets = [await self.packet()]
        while not packets[-1].startswith(starts):
            packets.append(await self.packet())
        return packets

    async def call(self, *event: Any) -> list:
        """Emits and answers the values of the ack; what comes before it is lost."""
        await self.emit(*event, ack=99)
        return json.loads((await self.until("399"))[-1][3:])

    async def ended(self) -> None:
        """Waits until the host has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            while not self._socket.closed:
                await self._socket.receive()

    def cut(self) -> None:
        """Ends the TCP connection without a goodbye."""
        self._socket._response.connection.transport.abort()
