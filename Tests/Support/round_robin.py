"""A load balancer without sticky sessions: each connection, or each request, goes to the next target.

It runs on a thread of its own, so that tests of any style can use it. A target that refuses is passed over.

    with RoundRobin([host.port, other.port], by="requests") as balancer:
        …                        # balancer.url
"""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from typing import Callable, Optional

CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


def apart(head: bytes) -> int:
    """Never the node that has the session: the first opens them, the second gets the rest."""
    return 1 if b"sid=" in head.split(b"\r\n")[0] else 0


class RoundRobin:
    """Listens on a free port of 127.0.0.1.

    by: "connections", or "requests"; these all come on connections of their own.
    choose: tells the number of the target from the head of a request, instead of taking turns.
    """

    def __init__(
        self, targets: list[int], by: str = "requests",
        choose: Optional[Callable[[bytes], int]] = None,
    ):  # fmt: skip
        self._targets = targets
        self._turns = itertools.count()
        self._reads_heads = by == "requests"
        self._choose = choose
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._on_loop(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "RoundRobin":
        return self

    def __exit__(self, *_: object) -> None:
        self._on_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _on_loop(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n") if self._reads_heads else b""
            far_reader, far_writer = await self._connect(head)
            self._open.add(far_writer)
            far_writer.write(alone(head))
            pipes = [
                asyncio.create_task(pipe(reader, far_writer)),
                asyncio.create_task(pipe(far_reader, writer)),
            ]
            # Whoever ends first ends both, as load balancers do.
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            far_writer.close()
            writer.close()
            self._open.discard(far_writer)
            await asyncio.wait(pipes)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()
            self._open.discard(writer)

    async def _connect(self, head: bytes):
        turn = self._choose(head) if self._choose else next(self._turns)
        for number in range(turn, turn + len(self._targets)):
            try:
                return await asyncio.open_connection(
                    "127.0.0.1", self._targets[number % len(self._targets)]
                )
            except OSError:
                continue
        raise OSError("no target is there")

    async def _close(self) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        while self._open:
            await asyncio.sleep(0.001)


def alone(head: bytes) -> bytes:
    """The request as one that no other follows on the same connection."""
    if not head or UPGRADE.search(head):
        return head
    return CONNECTION.sub(b"", head)[:-4] + b"\r\nconnection: close\r\n\r\n"


async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    except OSError:
        pass
