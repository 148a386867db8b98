"""python-socketio's client, with what it hears kept until a test asks for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import socketio

PATIENCE = 10

TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgraded": ["polling", "websocket"],
}


class FullClient:
    """A connection to one or more namespaces."""

    def __init__(self, namespaces: tuple[str, ...]):
        self.client = socketio.AsyncClient(reconnection=False)
        self.main = namespaces[0]
        self._heard = {namespace: asyncio.Queue() for namespace in namespaces}
        self.left = {namespace: asyncio.Event() for namespace in namespaces}
        for namespace in namespaces:
            self._listen(namespace)

    def _listen(self, namespace: str) -> None:
        async def hear(event: str, *args: Any) -> None:
            await self._heard[namespace].put((event, args))

        async def leave(*_: Any) -> None:
            self.left[namespace].set()

        self.client.on("*", hear, namespace=namespace)
        self.client.on("disconnect", leave, namespace=namespace)
        self.client.on("connect_error", lambda data: hear("connect_error", data), namespace)

    async def emit(self, event: str, *args: Any, to: str | None = None) -> None:
        await self.client.emit(event, args, namespace=to or self.main)

    async def call(self, event: str, *args: Any, to: str | None = None) -> Any:
        return await self.client.call(event, args, namespace=to or self.main, timeout=PATIENCE)

    async def event(self, name: str, of: str | None = None) -> Any:
        """The next event, which must have this name: its argument, or a tuple of several."""
        heard, args = await asyncio.wait_for(self._heard[of or self.main].get(), PATIENCE)
        assert heard == name, f"heard {heard}{args} instead of {name}"
        return args[0] if len(args) == 1 else args

    async def leave(self) -> None:
        """Disconnects once nothing is being posted: else the client forgets to say goodbye."""
        await self.client.eio.queue.join()
        await self.client.disconnect()

    def heard_nothing(self, of: str | None = None) -> bool:
        return self._heard[of or self.main].empty()


@asynccontextmanager
async def connected(url: str, *namespaces: str, transport: str = "websocket", auth: Any = None):
    """A client that is in all its namespaces."""
    full = FullClient(namespaces)
    try:
        await full.client.connect(
            url,
            namespaces=list(namespaces),
            transports=TRANSPORTS[transport],
            auth=auth,
            wait_timeout=PATIENCE,
        )
        yield full
    finally:
        await asyncio.wait_for(full.leave(), PATIENCE)
