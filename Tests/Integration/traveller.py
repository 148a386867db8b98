"""A Socket.IO client that goes from node to node of a cluster, with its pid and its last offset, as the
official one does: what it hears is kept in order, byte by byte as it came."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from typing import Any, Callable, Optional

from wires.raw_socket_io import RawSocketIO

PATIENCE = 20


class Traveller:
    """One client of one namespace; `go` takes it to a host."""

    def __init__(self, namespace: str):
        self._namespace = namespace
        self._stack = AsyncExitStack()
        self._client: Optional[RawSocketIO] = None
        self._acks: dict[int, list] = {}
        self._next_ack = 0
        self.sid = self.pid = self.offset = None
        self.recovered = False
        # Names and arguments, without offsets; volatile events called `typing` are left out.
        self.heard: list[list] = []

    async def go(self, host, **auth: Any) -> None:
        """Connects, and is let in."""
        claim = {"pid": self.pid, "offset": self.offset} if self.pid else {}
        claim = {key: value for key, value in claim.items() if value is not None}
        opening = RawSocketIO.open(host.url, self._namespace, {**claim, **auth} or None)
        self._client = await self._stack.enter_async_context(opening)
        before, accepted = await self._client.accepted()
        self.recovered = accepted["pid"] == self.pid
        if not self.recovered:
            assert before == [], "a new socket has missed nothing"
            self.offset = None
        self.sid, self.pid = accepted["sid"], accepted["pid"]
        for packet in before:
            self._take(packet)

    def cut(self) -> None:
        """Ends the connection without a goodbye, if it is still there."""
        with suppress(AttributeError):
            self._client.cut()

    async def close(self) -> None:
        await self._stack.aclose()

    async def __aenter__(self) -> "Traveller":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def call(self, *event: Any) -> Any:
        """Emits and waits for the first value of the ack."""
        number, self._next_ack = self._next_ack, self._next_ack + 1
        await self._client.emit(*event, ack=number)
        await self._until(lambda: number in self._acks)
        return self._acks.pop(number)[0]

    async def hear(self, *event: Any) -> None:
        """Waits for an event, which may have come already."""
        await self._until(lambda: list(event) in self.heard)

    async def hear_of(self, *names: str, since: int = 0) -> None:
        """Waits until presence events after the first `since` events have named all of these."""

        def told() -> str:
            return json.dumps([e for e in self.heard[since:] if e[0].startswith("presence_")])

        await self._until(lambda: all(f'"{name}"' in told() for name in names))

    async def hear_until_the_end(self) -> None:
        """Hears what comes until the connection breaks, or the server has ended the namespace."""
        try:
            while True:
                await self._hear()
        except AssertionError:
            return

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self._hear()

    async def _hear(self) -> None:
        self._take(await self._client.packet())

    def _take(self, packet: str) -> None:
        if packet.startswith("b'"):
            return
        assert packet[0] != "1", "the server has ended it"
        if packet[0] == "3":
            number, bracket, values = packet[1:].partition("[")
            self._acks[int(number)] = json.loads(bracket + values)
            return
        event = json.loads(packet[packet.index("[") :])
        if isinstance(event[-1], str) and ":" in event[-1]:
            self.offset = event.pop()
        if event[0] != "typing":
            self.heard.append(event)
