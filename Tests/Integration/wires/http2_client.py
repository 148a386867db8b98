"""One HTTP/2 connection with as many streams as the host allows; httpx keeps to a hundred.

A thin layer over the h2 library: it opens streams, gives their bytes back to the host's window, and
keeps what each stream receives until a test asks for it.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import AsyncIterator

import h2.config
import h2.connection
import h2.events
import h2.settings

PATIENCE = 20


class HTTP2Stream:
    """One request and what has come of its response."""

    def __init__(self) -> None:
        self.status = 0
        self.received = asyncio.Queue()
        self.ended = False

    async def piece(self) -> bytes:
        """The next bytes of the body; none when the stream has ended."""
        return await asyncio.wait_for(self.received.get(), PATIENCE)


class HTTP2Client:
    """The connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader = reader
        self._writer = writer
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._streams: dict[int, HTTP2Stream] = {}
        self._settled = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def connect(cls, port: int, context: ssl.SSLContext) -> AsyncIterator["HTTP2Client"]:
        """Connects, and waits for the host's settings; `context` must offer h2."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="localhost"
        )
        client = cls(reader, writer)
        client._h2.initiate_connection()
        client._flush()
        reading = asyncio.create_task(client._read())
        try:
            await asyncio.wait_for(client._settled.wait(), PATIENCE)
            yield client
        finally:
            reading.cancel()
            writer.transport.abort()

    @property
    def most_streams(self) -> int:
        """How many streams the host allows at a time."""
        return self._h2.remote_settings.max_concurrent_streams

    def request(
        self, method: str, path: str, headers: dict | None = None, body: bytes = b""
    ) -> HTTP2Stream:
        """Opens a stream; the body must fit into the windows."""
        number = self._h2.get_next_available_stream_id()
        fields = {":method": method, ":scheme": "https", ":authority": "localhost", ":path": path}
        fields |= headers or {}
        self._h2.send_headers(number, list(fields.items()), end_stream=not body)
        if body:
            self._h2.send_data(number, body, end_stream=True)
        self._flush()
        stream = self._streams[number] = HTTP2Stream()
        return stream

    def _flush(self) -> None:
        self._writer.write(self._h2.data_to_send())

    async def _read(self) -> None:
        while data := await self._reader.read(65536):
            for event in self._h2.receive_data(data):
                self._take(event)
            self._flush()
        for stream in self._streams.values():
            self._end(stream)

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self._settled.set()
        stream = self._streams.get(getattr(event, "stream_id", None) or 0)
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.status = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            stream.received.put_nowait(event.data)
        elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
            self._end(stream)

    @staticmethod
    def _end(stream: HTTP2Stream) -> None:
        if not stream.ended:
            stream.ended = True
            stream.received.put_nowait(b"")
