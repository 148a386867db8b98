"""What a WebSocket server must do with compressed messages (RFC 7692), as a table like the other."""

from __future__ import annotations

import os
import zlib

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, RSV1, RSV2, TEXT
from frames import binary, deflated, fragments, frame, text
from websocket_cases import INVALID_PAYLOAD, LIMIT, TOO_BIG, Case, echo, refused


def compressed(opcode: int, payload: bytes, **options) -> bytes:
    return frame(opcode, deflated(payload), rsv=RSV1, **options)


def final_block(payload: bytes) -> bytes:
    """A payload whose last block says that it is the last (RFC 7692 section 7.2.3.4)."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(payload) + compressor.flush(zlib.Z_FINISH) + b"\x00"


def pieces(data: bytes, length: int) -> list:
    return [data[index : index + length] for index in range(0, len(data), length)]


HELLO = b"Hello"
LENGTHS = (0, 1, 16, 125, 126, 1_000, 1_023, 1_024, 65_536, 300_000)
NOISE = os.urandom(70_000)
SENTENCE = "grüße vom 🪐 ".encode() * 300

DEFLATE_CASES = [
    *(echo(f"compressed text of {n} bytes", TEXT, b"*" * n, compressed(TEXT, b"*" * n))
      for n in LENGTHS),
    *(echo(f"compressed binary of {n} bytes", BINARY, b"\xfe" * n, compressed(BINARY, b"\xfe" * n))
      for n in LENGTHS),
    echo("plain text where compression is agreed", TEXT, HELLO),
    echo("plain text that is long", TEXT, SENTENCE),
    echo("noise, compressed", BINARY, NOISE, compressed(BINARY, NOISE)),
    echo("noise, plain", BINARY, NOISE),
    echo("text that is not ASCII", TEXT, SENTENCE, compressed(TEXT, SENTENCE)),
    echo("a fixed block", TEXT, HELLO, text(bytes.fromhex("f248cdc9c90700"), rsv=RSV1)),
    echo("a stored block", TEXT, HELLO, text(bytes.fromhex("000500faff48656c6c6f00"), rsv=RSV1)),
    echo("a final block", TEXT, HELLO, text(final_block(HELLO), rsv=RSV1)),
    echo("two blocks", TEXT, HELLO,
         text(bytes.fromhex("f248050000 00ffffcac9c90700"), rsv=RSV1)),
    echo("an empty message that is an empty block", TEXT, b"", text(b"\x00", rsv=RSV1)),
    echo("compressed in two fragments", TEXT, HELLO,
         fragments(TEXT, pieces(deflated(HELLO), 4), rsv=RSV1)),
    echo("compressed in fragments of a byte", TEXT, SENTENCE,
         fragments(TEXT, pieces(deflated(SENTENCE), 1), rsv=RSV1)),
    echo("compressed, with an empty first fragment", TEXT, HELLO,
         fragments(TEXT, [b"", deflated(HELLO)], rsv=RSV1)),
    Case("compressed fragments around a ping",
         fragments(TEXT, pieces(deflated(HELLO), 3), between=frame(PING, b"p"), rsv=RSV1),
         [*[(PONG, b"p")] * (len(pieces(deflated(HELLO), 3)) - 1), (TEXT, HELLO)]),
    Case("compressed and plain messages in turn",
         compressed(TEXT, b"a") + text("b") + compressed(BINARY, b"c") + binary(b"d"),
         [(TEXT, b"a"), (TEXT, b"b"), (BINARY, b"c"), (BINARY, b"d")]),
    Case("twenty compressed messages", b"".join(compressed(TEXT, b"%d" % n) for n in range(20)),
         [(TEXT, b"%d" % n) for n in range(20)]),
    refused("a second reserved bit", compressed(TEXT, HELLO)[:0] + text(HELLO, rsv=RSV1 | RSV2)),
    refused("the other reserved bit", text(HELLO, rsv=RSV2)),
    refused("a compressed ping", frame(PING, deflated(HELLO), rsv=RSV1)),
    refused("a compressed pong", frame(PONG, rsv=RSV1)),
    refused("a compressed close frame", frame(CLOSE, rsv=RSV1)),
    refused("a mark on a continuation",
            text(HELLO, final=False) + frame(CONTINUATION, HELLO, rsv=RSV1)),
    refused("a second mark on a continuation",
            frame(TEXT, deflated(HELLO), final=False, rsv=RSV1)
            + frame(CONTINUATION, b"", rsv=RSV1)),
    refused("data that is not DEFLATE", text(b"\xff\xff\xff", rsv=RSV1), INVALID_PAYLOAD),
    refused("data that stops inside a block", text(deflated(SENTENCE)[:40], rsv=RSV1),
            INVALID_PAYLOAD),
    refused("a stored block with a false length", text(b"\x00\x05\x00\x05\x00", rsv=RSV1),
            INVALID_PAYLOAD),
    refused("a distance beyond the beginning", text(bytes.fromhex("0202"), rsv=RSV1),
            INVALID_PAYLOAD),
    refused("a message that needs the one before it",
            compressed(TEXT, SENTENCE) + text(bytes.fromhex("0213000000"), rsv=RSV1),
            INVALID_PAYLOAD, (TEXT, SENTENCE)),
    refused("text that is not UTF-8 once inflated", compressed(TEXT, b"fine \xff fine"),
            INVALID_PAYLOAD),
    refused("text that ends inside a character once inflated", compressed(TEXT, b"\xe2\x82"),
            INVALID_PAYLOAD),
    echo("binary that is not UTF-8 once inflated", BINARY, b"\xff", compressed(BINARY, b"\xff")),
    echo("the longest message", BINARY, b"z" * LIMIT, compressed(BINARY, b"z" * LIMIT)),
    refused("one byte more than the longest", compressed(BINARY, b"z" * (LIMIT + 1)), TOO_BIG),
    refused("a bomb", compressed(BINARY, bytes(100 * LIMIT)), TOO_BIG),
    refused("a bomb in fragments", fragments(BINARY, pieces(deflated(bytes(50 * LIMIT)), 5_000),
            rsv=RSV1), TOO_BIG),
]  # fmt: skip
