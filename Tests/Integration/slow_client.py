"""A client that stops reading: one connection with hardly any room for what it has not read.

Everything goes through blocking calls on a plain socket, so that nothing reads ahead; read `events`
on a thread of its own.
"""

from __future__ import annotations

import json
import re
import socket
from typing import Iterator

PATIENCE = 30
ROOM = 4096
MASK = bytes(4)

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class SlowClient:
    """One connection of one wire, let in and not read from since. `close` it, or use `with`."""

    def __init__(self, host, namespace: str, wire: str):
        self._namespace = namespace
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(("127.0.0.1", host.port))
        self._bytes = self._socket.makefile("rb")
        self._messages = getattr(self, f"_{wire}")()
        next(self._messages)

    def __enter__(self) -> "SlowClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._bytes.close()
        self._socket.close()

    def events(self) -> Iterator[list]:
        """Reads on: each event's name and arguments, until the connection ends."""
        return self._messages

    def _socket_io(self) -> Iterator:
        self._ask(UPGRADE.format(path="/socket.io/?EIO=4&transport=websocket"))
        next(self._frames())
        self._send(f"40{self._namespace},")
        assert next(self._frames()).startswith("40")
        yield
        for text in self._frames():
            if text == "2":
                self._send("3")
            elif text.startswith("42"):
                yield json.loads(text[text.index(",") + 1 :])

    def _websocket(self) -> Iterator:
        self._ask(UPGRADE.format(path=f"{self._namespace}/websocket"))
        assert "hello" in next(self._frames())
        yield
        yield from self._plain_events(self._frames())

    def _events(self) -> Iterator:
        self._ask(f"GET {self._namespace}/events HTTP/1.1\r\nHost: x\r\n\r\n")
        data = (line[5:].decode() for line in self._lines() if line.startswith(b"data:"))
        assert "hello" in next(data)
        yield
        yield from self._plain_events(data)

    def _lines(self) -> Iterator[bytes]:
        """The lines of a chunked body."""
        rest = b""
        while size := int(self._bytes.readline(), 16):
            *lines, rest = (rest + self._bytes.read(size)).split(b"\n")
            self._bytes.readline()
            yield from lines

    @staticmethod
    def _plain_events(texts: Iterator[str]) -> Iterator[list]:
        for text in texts:
            frame = json.loads(text)
            if "event" in frame:
                yield [frame["event"], *frame["args"]]

    def _ask(self, request: str) -> None:
        self._socket.sendall(request.encode())
        while (line := self._bytes.readline()) != b"\r\n":
            assert line, "the host hung up"
            assert not line.startswith(b"HTTP") or re.search(rb" (101|200) ", line), line

    def _send(self, text: str) -> None:
        payload = text.encode()
        assert len(payload) < 126
        self._socket.sendall(bytes([0x81, 0x80 | len(payload)]) + MASK + payload)

    def _frames(self) -> Iterator[str]:
        """The text frames from here on; ends with the close frame."""
        while head := self._bytes.read(2):
            length = head[1]
            if length == 126:
                length = int.from_bytes(self._bytes.read(2), "big")
            elif length == 127:
                length = int.from_bytes(self._bytes.read(8), "big")
            payload = self._bytes.read(length)
            if head[0] & 0x0F == 0x8:
                return
            if head[0] & 0x0F == 0x1:
                yield payload.decode()
