"""WebSocket frames as a client sends them (RFC 6455 section 5.2), sound or not."""

from __future__ import annotations

import zlib
from typing import Iterable, Optional

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10
KEY = bytes((0x37, 0xFA, 0x21, 0x3D))


def frame(
    opcode: int,
    payload: bytes = b"",
    final: bool = True,
    rsv: int = 0,
    key: Optional[bytes] = KEY,
    form: Optional[int] = None,
    announce: Optional[int] = None,
) -> bytes:
    """One frame.

    key: None leaves the mask out. form: 7, 16 or 64 bits of length instead of the fewest.
    announce: the length that the header claims instead of the payload's.
    """
    length = len(payload) if announce is None else announce
    form = form or (7 if length < 126 else 16 if length < 65_536 else 64)
    mark = 0x80 if key is not None else 0
    head = bytes(((0x80 if final else 0) | rsv | opcode,))
    if form == 7:
        head += bytes((mark | length,))
    elif form == 16:
        head += bytes((mark | 126,)) + length.to_bytes(2, "big")
    else:
        head += bytes((mark | 127,)) + length.to_bytes(8, "big")
    return head + (payload if key is None else key + masked(payload, key))


def masked(payload: bytes, key: bytes) -> bytes:
    count = len(payload)
    pattern = (key * (count // 4 + 1))[:count]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")).to_bytes(count, "big")


def text(payload: str | bytes, **options) -> bytes:
    return frame(TEXT, payload.encode() if isinstance(payload, str) else payload, **options)


def binary(payload: bytes, **options) -> bytes:
    return frame(BINARY, payload, **options)


def close(code: Optional[int] = None, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


def fragments(opcode: int, pieces: Iterable[bytes], between: bytes = b"", rsv: int = 0) -> bytes:
    """A message of several frames; `between` goes behind each but the last."""
    pieces = list(pieces)
    frames = []
    for index, piece in enumerate(pieces):
        first, last = index == 0, index == len(pieces) - 1
        frames.append(
            frame(opcode if first else CONTINUATION, piece, final=last, rsv=rsv if first else 0)
        )
    return between.join(frames)


def deflated(payload: bytes, bits: int = 15) -> bytes:
    """The payload of a compressed message (RFC 7692 section 7.2.1)."""
    compressor = zlib.compressobj(wbits=-bits)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data.removesuffix(b"\x00\x00\xff\xff")


def inflated(payload: bytes, bits: int = 15) -> bytes:
    return zlib.decompressobj(wbits=-bits).decompress(payload + b"\x00\x00\xff\xff")
