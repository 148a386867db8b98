"""The benchmark's app `apps/bench.lua` on python-socketio, served by uvicorn with uvloop.

Listens on a free port of 127.0.0.1 and prints its URL. Run by the benchmark suite with the Python
of Benchmarks/.build-peers.
"""

import socket

import socketio
import uvicorn

NAMESPACE = "/bench"

server = socketio.AsyncServer(async_mode="asgi")


@server.event(namespace=NAMESPACE)
async def echo(sid, *arguments):
    return arguments


@server.event(namespace=NAMESPACE)
async def subscribe(sid, channel):
    await server.enter_room(sid, channel, namespace=NAMESPACE)
    return True


@server.event(namespace=NAMESPACE)
async def publish(sid, message):
    await server.emit("pubblication", message, room="fan", namespace=NAMESPACE)


def main():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(10_000)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        socketio.ASGIApp(server),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        backlog=10_000,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
