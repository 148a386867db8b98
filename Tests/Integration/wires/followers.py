"""The follower of each wire that Python or a command speaks."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import socketio
from wires.connections import EventStream, PlainSocket, poll
from wires.event_stream_parser import EventStreamParser
from wires.follower import Follower


class EventStreamFollower(Follower):
    """Server-sent events; comes back with `Last-Event-ID`."""

    wire = "sse"

    async def visit(self) -> None:
        async with EventStream.open(self.base, self.channel, last_id=self.position or "") as stream:
            while True:
                self.take_event(await stream.event())


class CurlFollower(Follower):
    """`curl -N`, started anew for each connection."""

    wire = "curl"

    async def visit(self) -> None:
        command = ["curl", "--silent", "--no-buffer", f"{self.base}/events?channel={self.channel}"]
        if self.position:
            command += ["--header", f"Last-Event-ID: {self.position}"]
        curl = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        try:
            parser = EventStreamParser()
            while piece := await curl.stdout.read(65536):
                for event in parser.feed(piece):
                    self.take_event(event)
        finally:
            if curl.returncode is None:
                curl.kill()
            await curl.wait()


class PollFollower(Follower):
    """Long-polling. Only a whole answer moves the position."""

    wire = "poll"

    async def visit(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                status, answer = await poll(
                    http, self.base, self.channel, position=self.position, timeout=20
                )
                assert status in (200, 204), (status, answer)
                if status == 200:
                    self._take_answer(answer)

    def _take_answer(self, answer: dict) -> None:
        self.subscribed(answer["position"], answer["recovered"])
        for frame in answer["messages"]:
            self.take_frame(frame)
        self.position = answer["position"]


class SocketFollower(Follower):
    """The plain WebSocket."""

    wire = "websocket"

    async def visit(self) -> None:
        async with PlainSocket.open(
            self.base, self.channel, position=self.position or ""
        ) as socket:
            async for text in socket.socket:
                self.take_frame(json.loads(text))


class SocketIOFollower(Follower):
    """python-socketio's client, which subscribes anew with its position on each connection."""

    wire = "python-socketio"

    async def visit(self) -> None:
        address, _, name = self.base.rpartition("/")
        namespace = f"/{name}"
        left = asyncio.Event()
        async with aiohttp.ClientSession() as http:
            client = socketio.AsyncClient(reconnection=False, http_session=http)
            client.on("pubblication", self._publication, namespace=namespace)
            client.on("disconnect", lambda *_: left.set(), namespace=namespace)
            try:
                await client.connect(
                    address, namespaces=[namespace], transports=["websocket"], wait_timeout=5
                )
                wanted = {"channel": self.channel, "position": self.position or ""}
                await client.emit("subscribe", wanted, namespace=namespace, callback=self._granted)
                await left.wait()
            finally:
                await client.shutdown()

    def _granted(self, answer: dict) -> None:
        self.subscribed(answer["position"], answer["recovered"])

    def _publication(self, data, place: dict) -> None:
        self.take(data, place["position"])
