"""A WebSocket client that sends exactly the bytes it is told to and shows every frame that comes.

It knows how to read frames and nothing more. The one thing that it does on its own is to answer the
heartbeat of a server, so that a case may take its time.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import Iterator, Optional, Tuple
from urllib.parse import urlsplit

from frames import CLOSE, PING, PONG, frame

TIMEOUT = 10
HANDSHAKE = {
    "Host": "conformance",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


class Gone(AssertionError):
    """The server ended the connection where a frame was expected."""


@dataclass(frozen=True)
class Received:
    """One frame from the server."""

    opcode: int
    payload: bytes
    final: bool = True
    rsv: int = 0

    @property
    def code(self) -> Optional[int]:
        """The code of a close frame."""
        if self.opcode != CLOSE or not self.payload:
            return None
        return int.from_bytes(self.payload[:2], "big")


class RawSocket:
    """One TCP connection to the server."""

    def __init__(self, url: str):
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    @classmethod
    def open(cls, url: str, path: str, **headers: str) -> "RawSocket":
        """Makes the opening handshake; `self.headers` is the server's half."""
        client = cls(url)
        status, client.headers = client.handshake(path, {**HANDSHAKE, **headers})
        assert status == 101, status
        assert client.headers["sec-websocket-accept"] == ACCEPT
        return client

    def handshake(
        self, path: str, headers: dict, request: str = "GET {} HTTP/1.1"
    ) -> Tuple[int, dict]:
        """Sends a request; returns the status and headers that answer it."""
        lines = [request.format(path)] + [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines + ["", ""]).encode())
        return self.handshake_answer()

    def handshake_answer(self) -> Tuple[int, dict]:
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        status, *fields = head.decode().split("\r\n")
        pairs = (field.split(": ", 1) for field in fields)
        return int(status.split()[1]), {name.lower(): value for name, value in pairs}

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_slowly(self, data: bytes) -> None:
        """A byte at a time; the middle of long data in pieces of an odd length.

        The server may have heard enough and be gone before the end.
        """
        edge = 300
        pieces = [data[index : index + 1] for index in range(min(len(data), edge))]
        middle = data[edge : max(edge, len(data) - edge)]
        pieces += [middle[index : index + 1_021] for index in range(0, len(middle), 1_021)]
        rest = data[edge + len(middle) :]
        pieces += [rest[index : index + 1] for index in range(len(rest))]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                self._socket.send(piece)

    def receive(self) -> Received:
        """The next frame that is no heartbeat; raises `Gone` at the end of the connection."""
        while True:
            received = self.heartbeat()
            if received.opcode != PING:
                return received

    def heartbeat(self) -> Received:
        """The next frame, which is answered if it is a ping."""
        received = self._frame()
        if received.opcode == PING:
            with contextlib.suppress(OSError):
                self.send(frame(PONG, received.payload))
        return received

    def silently_until_end(self) -> Iterator[Received]:
        """All frames until the server ends the connection; nothing is answered."""
        with contextlib.suppress(Gone):
            while True:
                yield self._frame()

    def until_end(self) -> Iterator[Received]:
        """All frames until the server ends the connection."""
        with contextlib.suppress(Gone):
            while True:
                yield self.receive()

    def leave(self) -> None:
        self._socket.close()

    def __enter__(self) -> "RawSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def _frame(self) -> Received:
        first, second = self._take(2)
        assert second < 0x80, "a server's frame is masked"
        length = second
        if second == 126:
            length = int.from_bytes(self._take(2), "big")
            assert length > 125, "a length that is not in its shortest form"
        elif second == 127:
            length = int.from_bytes(self._take(8), "big")
            assert length > 0xFFFF, "a length that is not in its shortest form"
        payload = self._take(length)
        return Received(first & 0x0F, payload, final=bool(first & 0x80), rsv=first & 0x70)

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _fill(self) -> None:
        try:
            data = self._socket.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Gone("the server has ended the connection")
        self._buffer += data
