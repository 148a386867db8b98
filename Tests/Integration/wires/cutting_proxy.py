"""A TCP proxy between clients and a host that cuts connections, in the middle of whatever passes.

It runs on a thread of its own, so that tests of any style can use it. While `cutting`, every
connection ends after a random number of bytes or a random time, with a reset or in good order, and
the next ones may be turned away for a moment. The randomness is seeded: the same seed draws the
same fates.

    with CuttingProxy(host.port, seed) as proxy:
        …                       # everything passes
        proxy.cutting = True    # every connection, open or new, is cut at some point
        proxy.cut()             # all of them, now
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from dataclasses import dataclass

USUAL_BYTES = 8_000
MOST_SECONDS = 1.0
MOST_REFUSAL = 0.15
LINGER_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fate:
    """How a connection ends."""

    bytes: int
    seconds: float
    reset: bool
    refusal: float

    @classmethod
    def draw(cls, chance: random.Random) -> "Fate":
        return cls(
            bytes=1 + int(chance.expovariate(1 / USUAL_BYTES)),
            seconds=chance.uniform(0.01, MOST_SECONDS),
            reset=chance.random() < 0.5,
            refusal=chance.choice([0, chance.uniform(0, MOST_REFUSAL)]),
        )


class CuttingProxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `target`."""

    def __init__(self, target: int, seed: object = 0):
        self._target = target
        self._chance = random.Random(str(seed))
        self._connections: set[_Connection] = set()
        self._cutting = False
        self._refusing_until = 0.0
        self.cuts = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._on_loop(self._listen)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "CuttingProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._on_loop(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def cutting(self) -> bool:
        return self._cutting

    @cutting.setter
    def cutting(self, value: bool) -> None:
        async def change() -> None:
            self._cutting = value
            for connection in self._connections:
                connection.doom(Fate.draw(self._chance) if value else None)

        self._on_loop(change)

    def cut(self, reset: bool = True, refusal: float = 0) -> int:
        """Cuts all connections, resets new ones for `refusal` seconds; how many it cut."""

        async def cut() -> int:
            self._refusing_until = self._loop.time() + refusal
            doomed = list(self._connections)
            for connection in doomed:
                self.cuts += 1
                connection.end(reset)
            return len(doomed)

        return self._on_loop(cut)

    def lead_to(self, target: int) -> None:
        """New connections go to another host from now on."""
        self._target = target

    def _on_loop(self, work):
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, reader, writer)
        if self._loop.time() < self._refusing_until:
            return connection.end(reset=True)
        self._connections.add(connection)
        if self._cutting:
            connection.doom(Fate.draw(self._chance))
        await connection.carry(self._target)
        self._connections.discard(connection)

    def cut_one(self, connection: "_Connection", fate: Fate) -> None:
        """The connection has met its fate."""
        self.cuts += 1
        self._refusing_until = self._loop.time() + fate.refusal
        connection.end(fate.reset)

    async def _close(self) -> None:
        self._server.close()
        self._refusing_until = float("inf")
        for connection in list(self._connections):
            connection.end(reset=True)
        while self._connections:
            await asyncio.sleep(0.001)


class _Connection:
    """One client's connection and the one to the host that goes with it."""

    def __init__(self, proxy: CuttingProxy, reader, writer):
        self._proxy = proxy
        self._near = (reader, writer)
        self._writers = [writer]
        self._fate: Fate | None = None
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False

    def doom(self, fate: Fate | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._fate = fate
        if fate:
            self._left = fate.bytes
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(fate.seconds, self._meet, fate)

    async def carry(self, target: int) -> None:
        """Passes everything on, both ways, until the connection ends."""
        try:
            far = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            return self.end(reset=True)
        self._writers.append(far[1])
        if self._ended:
            return self._close_all(reset=True)
        await asyncio.gather(self._pipe(self._near[0], far[1]), self._pipe(far[0], self._near[1]))
        self.end(reset=False)

    def end(self, reset: bool) -> None:
        if self._ended:
            return
        self._ended = True
        if self._timer:
            self._timer.cancel()
        self._close_all(reset)

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while not self._ended and (piece := await source.read(65536)):
                await self._pass(piece, sink)
            if not self._ended:
                sink.write_eof()
        except OSError:
            self.end(reset=True)

    async def _pass(self, piece: bytes, sink: asyncio.StreamWriter) -> None:
        fate = self._fate
        sink.write(piece[: self._left] if fate else piece)
        await sink.drain()
        if fate:
            self._left -= len(piece)
            if self._left <= 0:
                self._meet(fate)

    def _meet(self, fate: Fate) -> None:
        if self._fate is fate and not self._ended:
            self._proxy.cut_one(self, fate)

    def _close_all(self, reset: bool) -> None:
        for writer in self._writers:
            if not reset:
                writer.close()
                continue
            with contextlib.suppress(OSError):  # it is closed already
                peer = writer.get_extra_info("socket")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            writer.transport.abort()
