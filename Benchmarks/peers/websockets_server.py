"""Plain WebSockets on Python's `websockets` with uvloop: the least that a Python server can do.

What is sent to `/publish` reaches every connection of `/subscribe` through the library's broadcast.
Listens on a free port of 127.0.0.1 and prints its URL. Run by the benchmark suite with the Python
of Benchmarks/.build-peers.
"""

import asyncio

import uvloop
from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

subscribers = set()


async def subscribe(connection):
    subscribers.add(connection)
    try:
        await connection.wait_closed()
    finally:
        subscribers.discard(connection)


async def publish(connection):
    async for message in connection:
        broadcast(subscribers, message)


async def handle(connection):
    role = publish if connection.request.path == "/publish" else subscribe
    try:
        await role(connection)
    except ConnectionClosed:
        pass


async def main():
    async with serve(handle, "127.0.0.1", 0, compression=None, backlog=10_000) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"listening on http://127.0.0.1:{port}", flush=True)
        await server.wait_closed()


uvloop.run(main())
