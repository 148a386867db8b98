"""A Socket.IO client of one namespace, light enough to have hundreds of in one test.

It speaks text frames over one WebSocket, answers pings, and keeps everything it hears until a test asks
for it. For what a full client does, the tests use python-socketio.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Optional

import aiohttp

PATIENCE = 10
PACKET = re.compile(r"4(?P<type>[0-4])(?P<namespace>/[^,]*)?,?(?P<id>\d+)?(?P<body>.*)", re.DOTALL)


class Refused(Exception):
    """The namespace refused the client; `data` is the connect_error's payload."""

    def __init__(self, data: Any):
        super().__init__(data)
        self.data = data


class Disconnected(AssertionError):
    """The connection ended while a test still expected something from it."""


class LightClient:
    """One connection. Made by `connect`; `close` (or the end of `async with`) ends it."""

    def __init__(self, http: aiohttp.ClientSession, namespace: str):
        self._http = http
        self._prefix = "" if namespace == "/" else f"{namespace},"
        self._events: list[tuple[Optional[int], list]] = []
        self._changed = asyncio.Condition()
        self._acks: dict[int, asyncio.Future] = {}
        self._next_ack = 0
        self._joined: asyncio.Future = asyncio.get_running_loop().create_future()
        self.left = asyncio.Event()

    @classmethod
    async def connect(
        cls, url: str, namespace: str, auth: Any = None, path: str = "/socket.io/"
    ) -> "LightClient":
        """A client that was let in; raises `Refused` when it was not."""
        client = cls(aiohttp.ClientSession(), namespace)
        try:
            await client._open(url + path, auth)
        except BaseException:
            await client.close()
            raise
        return client

    @property
    def welcome(self) -> dict:
        """The payload of the CONNECT reply."""
        return self._joined.result()

    @property
    def is_connected(self) -> bool:
        return not self.left.is_set()

    async def emit(self, event: str, *args: Any) -> None:
        await self._socket.send_str(f"42{self._prefix}{json.dumps([event, *args])}")

    async def call(self, event: str, *args: Any, timeout: float = PATIENCE) -> Any:
        """Emits and waits for the ack: its value, a list when there are several, or None."""
        values = await asyncio.wait_for(await self.ask(event, *args), timeout)
        return values[0] if len(values) == 1 else values or None

    async def ask(self, event: str, *args: Any) -> asyncio.Future:
        """Emits at once; the future brings the ack's values later."""
        number, self._next_ack = self._next_ack, self._next_ack + 1
        answer = self._acks[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(f"42{self._prefix}{number}{json.dumps([event, *args])}")
        return answer

    async def event(self, name: str, timeout: float = PATIENCE) -> list:
        """Takes the next event of this name, already here or still to come: its arguments."""
        number, event = await self._take(name, timeout)
        assert number is None, f"{name} asks for an ack"
        return event[1:]

    async def next_event(self, timeout: float = PATIENCE) -> list:
        """Takes the oldest event of any name: its name and arguments."""
        _, event = await self._take(None, timeout)
        return event

    async def question(self, name: str, timeout: float = PATIENCE) -> int:
        """Takes the next event of this name that wants an ack: the id to `answer`."""
        number, _ = await self._take(name, timeout)
        assert number is not None, f"{name} came without an ack id"
        return number

    async def answer(self, number: int, *args: Any) -> None:
        await self._socket.send_str(f"43{self._prefix}{number}{json.dumps(list(args))}")

    async def leave(self) -> None:
        """Leaves the namespace; the connection stays."""
        await self._socket.send_str(f"41{self._prefix}")

    async def close(self) -> None:
        await self._http.close()
        if hasattr(self, "_reader"):
            await asyncio.wait([self._reader], timeout=10)

    async def __aenter__(self) -> "LightClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _open(self, url: str, auth: Any) -> None:
        self._socket = await self._http.ws_connect(
            f"{url}?EIO=4&transport=websocket", max_msg_size=0
        )
        self._reader = asyncio.create_task(self._read())
        payload = "" if auth is None else json.dumps(auth)
        await self._socket.send_str(f"40{self._prefix}{payload}")
        await asyncio.wait_for(self._joined, PATIENCE)

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                continue
            if message.data == "2":
                await self._socket.send_str("3")
            elif message.data.startswith("4"):
                await self._heard(PACKET.fullmatch(message.data))
        await self._ended()

    async def _heard(self, packet: re.Match) -> None:
        kind, body = packet["type"], json.loads(packet["body"] or "null")
        number = None if packet["id"] is None else int(packet["id"])
        if kind == "0":
            self._joined.set_result(body)
        elif kind == "1":
            await self._ended()
        elif kind == "2":
            async with self._changed:
                self._events.append((number, body))
                self._changed.notify_all()
        elif kind == "3":
            self._acks.pop(number).set_result(body)
        elif kind == "4":
            self._joined.set_exception(Refused(body))

    async def _ended(self) -> None:
        self.left.set()
        if not self._joined.done():
            self._joined.set_exception(Disconnected("the connection ended before it was let in"))
        for answer in self._acks.values():
            if not answer.done():
                answer.set_exception(Disconnected("the connection ended before the ack"))
        async with self._changed:
            self._changed.notify_all()

    async def _take(self, name: Optional[str], timeout: float) -> tuple[Optional[int], list]:
        async with asyncio.timeout(timeout):
            async with self._changed:
                while True:
                    for index, (_, event) in enumerate(self._events):
                        if name is None or event[0] == name:
                            return self._events.pop(index)
                    if self.left.is_set():
                        raise Disconnected(f"the connection ended before {name}")
                    await self._changed.wait()
