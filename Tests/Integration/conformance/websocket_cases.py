"""What a WebSocket server must do with which bytes (RFC 6455), as a table.

A case is what the client sends after the handshake and what the server answers. The server echoes
every message. `closes` is the code by which the server ends the connection: `None` for a close frame
without one, `OPEN` when the connection must go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Tuple

from frames import (
    BINARY, CLOSE, CONTINUATION, PING, PONG, RSV1, RSV2, RSV3, TEXT, binary, close, fragments, frame,
    text,
)  # fmt: skip

OPEN = -1
LIMIT = 1_000_000

NORMAL, PROTOCOL_ERROR, INVALID_PAYLOAD, TOO_BIG = 1000, 1002, 1007, 1009

Answer = Tuple[int, bytes]


@dataclass(frozen=True)
class Case:
    name: str
    sends: bytes
    answers: List[Answer] = field(default_factory=list)
    closes: Optional[int] = OPEN


def echo(name: str, opcode: int, payload: bytes, sends: Optional[bytes] = None) -> Case:
    sends = frame(opcode, payload) if sends is None else sends
    return Case(name, sends, [(opcode, payload)])


def refused(name: str, sends: bytes, code: int = PROTOCOL_ERROR, *answers: Answer) -> Case:
    return Case(name, sends, list(answers), code)


LENGTHS = (0, 1, 2, 7, 8, 9, 124, 125, 126, 127, 128, 1_000, 65_535, 65_536, 65_537, 300_000)

SIZES = [
    *(echo(f"text of {n} bytes", TEXT, b"*" * n) for n in LENGTHS),
    *(echo(f"binary of {n} bytes", BINARY, b"\xfe" * n) for n in LENGTHS),
    echo("text that is not ASCII", TEXT, "grüße 🪐 ".encode() * 40),
    Case(
        "a hundred messages",
        b"".join(text(f"message {n}") for n in range(100)),
        [(TEXT, f"message {n}".encode()) for n in range(100)],
    ),
]

FRAMING = [
    refused("a length below 126 in 16 bits", text("hello", form=16)),
    refused("a length below 126 in 64 bits", text("hello", form=64)),
    refused("a length below 65536 in 64 bits", binary(b"x" * 300, form=64)),
    refused("125 bytes in 16 bits", binary(b"x" * 125, form=16)),
    refused("65535 bytes in 64 bits", binary(b"x" * 65_535, form=64)),
    refused("a length with its highest bit set", binary(b"", form=64, announce=1 << 63)),
    refused("text without a mask", text("hello", key=None)),
    refused("an empty binary frame without a mask", binary(b"", key=None)),
    refused("a ping without a mask", frame(PING, key=None)),
    refused("a close frame without a mask", frame(CLOSE, key=None)),
    echo("a mask of zeros", TEXT, b"hello", text("hello", key=bytes(4))),
    echo("a mask of ones", TEXT, b"hello", text("hello", key=b"\xff" * 4)),
    *(
        refused(f"text with reserved bits {rsv >> 4:03b}", text("hello", rsv=rsv))
        for rsv in range(RSV3, 0x80, RSV3)
    ),
    *(
        refused(f"a control frame {opcode:#x} with reserved bits {rsv >> 4:03b}", frame(opcode, rsv=rsv))
        for opcode in (PING, PONG, CLOSE)
        for rsv in (RSV1, RSV2)
    ),
    *(
        refused(f"opcode {opcode:#x}", text("before") + frame(opcode) + frame(PING), 1002,
                (TEXT, b"before"))
        for opcode in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)
    ),
    refused("an unknown opcode with a payload", frame(3, b"reserved")),
]  # fmt: skip

PINGS = [
    Case("a ping without a payload", frame(PING), [(PONG, b"")]),
    Case("a ping with text", frame(PING, b"hello"), [(PONG, b"hello")]),
    Case("a ping with bytes", frame(PING, bytes((0, 255, 254, 253))), [(PONG, b"\0\xff\xfe\xfd")]),
    Case("a ping of 125 bytes", frame(PING, b"\xfe" * 125), [(PONG, b"\xfe" * 125)]),
    refused("a ping of 126 bytes", frame(PING, b"\xfe" * 126)),
    refused("a ping of 70000 bytes", frame(PING, b"\xfe" * 70_000)),
    refused("a ping in fragments", frame(PING, b"he", final=False) + frame(0, b"llo")),
    Case("a pong that nobody asked for", frame(PONG)),
    Case("a pong with a payload that nobody asked for", frame(PONG, b"unsolicited")),
    Case("a pong of 125 bytes", frame(PONG, b"\xfe" * 125)),
    refused("a pong of 126 bytes", frame(PONG, b"\xfe" * 126)),
    refused("a pong in fragments", frame(PONG, final=False)),
    Case("a pong, then a ping", frame(PONG, b"x") + frame(PING, b"y"), [(PONG, b"y")]),
    Case(
        "ten pings",
        b"".join(frame(PING, b"%d" % n) for n in range(10)),
        [(PONG, b"%d" % n) for n in range(10)],
    ),
    Case("a ping between messages", text("a") + frame(PING, b"p") + text("b"),
         [(TEXT, b"a"), (PONG, b"p"), (TEXT, b"b")]),
]  # fmt: skip

ABC = [b"aaa", b"bbb", b"ccc"]

FRAGMENTS = [
    echo("text in two fragments", TEXT, b"aaabbb", fragments(TEXT, ABC[:2])),
    echo("text in three fragments", TEXT, b"aaabbbccc", fragments(TEXT, ABC)),
    echo("binary in three fragments", BINARY, b"aaabbbccc", fragments(BINARY, ABC)),
    echo("an empty first fragment", TEXT, b"bbb", fragments(TEXT, [b"", b"bbb"])),
    echo("an empty middle fragment", TEXT, b"aaaccc", fragments(TEXT, [b"aaa", b"", b"ccc"])),
    echo("an empty last fragment", TEXT, b"aaabbb", fragments(TEXT, [b"aaa", b"bbb", b""])),
    echo("empty fragments alone", TEXT, b"", fragments(TEXT, [b"", b"", b""])),
    echo("a hundred fragments", BINARY, b"x" * 100, fragments(BINARY, [b"x"] * 100)),
    echo("long fragments", BINARY, b"y" * 150_000, fragments(BINARY, [b"y" * 50_000] * 3)),
    Case("pings between fragments", fragments(TEXT, ABC, between=frame(PING, b"p")),
         [(PONG, b"p"), (PONG, b"p"), (TEXT, b"aaabbbccc")]),
    Case("pongs between fragments", fragments(TEXT, ABC, between=frame(PONG, b"p")),
         [(TEXT, b"aaabbbccc")]),
    Case("ten pings between two fragments",
         fragments(TEXT, ABC[:2], between=b"".join(frame(PING, b"%d" % n) for n in range(10))),
         [*((PONG, b"%d" % n) for n in range(10)), (TEXT, b"aaabbb")]),
    Case("two fragmented messages", fragments(TEXT, ABC) + fragments(BINARY, ABC),
         [(TEXT, b"aaabbbccc"), (BINARY, b"aaabbbccc")]),
    refused("a final continuation of nothing", frame(CONTINUATION, b"x")),
    refused("a continuation of nothing", frame(CONTINUATION, b"x", final=False)),
    refused("a continuation behind a whole message", text("a") + frame(CONTINUATION, b"b"), 1002,
            (TEXT, b"a")),
    refused("a continuation behind fragments", fragments(TEXT, ABC) + frame(CONTINUATION), 1002,
            (TEXT, b"aaabbbccc")),
    refused("text inside a fragmented text", text("a", final=False) + text("b")),
    refused("binary inside a fragmented text", text("a", final=False) + binary(b"b")),
    refused("text inside a fragmented binary", binary(b"a", final=False) + text("b")),
    refused("a fragment of text inside another",
            text("a", final=False) + text("b", final=False)),
    refused("a message inside fragments, behind a ping",
            text("a", final=False) + frame(PING, b"p") + text("b"), 1002, (PONG, b"p")),
]  # fmt: skip

VALID_TEXTS = {
    "the last of one byte": b"\x7f",
    "NUL": b"\0",
    "the first of two bytes": b"\xc2\x80",
    "the last of two bytes": b"\xdf\xbf",
    "the first of three bytes": b"\xe0\xa0\x80",
    "the last before the surrogates": b"\xed\x9f\xbf",
    "the first behind the surrogates": b"\xee\x80\x80",
    "a noncharacter": b"\xef\xbf\xbf",
    "the first of four bytes": b"\xf0\x90\x80\x80",
    "the last of Unicode": b"\xf4\x8f\xbf\xbf",
    "a byte order mark": b"\xef\xbb\xbfx",
    "Greek": "κόσμε".encode(),
    "a mix": "aé€🪐".encode() * 5,
}

INVALID_TEXTS = {
    "a lone continuation": b"\x80",
    "a lone last continuation": b"\xbf",
    "continuations": b"\x80\xbf\x80",
    "an overlong NUL": b"\xc0\x80",
    "an overlong slash of two bytes": b"\xc0\xaf",
    "an overlong of C1": b"\xc1\xbf",
    "an overlong of three bytes": b"\xe0\x80\xaf",
    "the longest overlong of three": b"\xe0\x9f\xbf",
    "an overlong of four bytes": b"\xf0\x80\x80\xaf",
    "the longest overlong of four": b"\xf0\x8f\xbf\xbf",
    "a high surrogate": b"\xed\xa0\x80",
    "a low surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF": b"\xff",
    "two without its second": b"\xc3 ",
    "three without its third": b"\xe2\x82 ",
    "four without its fourth": b"\xf0\x9f\xaa ",
    "a start behind a start": b"\xe2\xe2\x82\xac",
}

CUT_TEXTS = {
    "two bytes": "é".encode()[:1],
    "three bytes": "€".encode()[:2],
    "four bytes": "🪐".encode()[:3],
}

TEXTS = [
    *(echo(f"UTF-8: {name}", TEXT, data) for name, data in VALID_TEXTS.items()),
    *(
        echo(f"UTF-8 in fragments of a byte: {name}", TEXT, data,
             fragments(TEXT, [data[n : n + 1] for n in range(len(data))]))
        for name, data in VALID_TEXTS.items()
    ),
    echo("UTF-8 split by a ping", TEXT, "€".encode(),
         fragments(TEXT, ["€".encode()[:1], "€".encode()[1:]], between=frame(PONG))),
    *(
        refused(f"not UTF-8: {name}", text(b"fine " + data + b" fine"), INVALID_PAYLOAD)
        for name, data in INVALID_TEXTS.items()
    ),
    *(
        refused(f"not UTF-8 before the message is complete: {name}",
                text(b"fine " + data + b" ", announce=1_000), INVALID_PAYLOAD)
        for name, data in INVALID_TEXTS.items()
    ),
    *(
        refused(f"not UTF-8 in a first fragment: {name}",
                text(data + b" ", final=False), INVALID_PAYLOAD)
        for name, data in INVALID_TEXTS.items()
    ),
    *(
        refused(f"a text that ends inside {name}", text(data), INVALID_PAYLOAD)
        for name, data in CUT_TEXTS.items()
    ),
    *(
        refused(f"a fragmented text that ends inside {name}",
                fragments(TEXT, [data, b""]), INVALID_PAYLOAD)
        for name, data in CUT_TEXTS.items()
    ),
    echo("binary that is not UTF-8", BINARY, b"\xff\xfe\xc0"),
    Case("a ping that is not UTF-8", frame(PING, b"\xff"), [(PONG, b"\xff")]),
]  # fmt: skip

SENDABLE = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
            4000, 4999)  # fmt: skip
UNSENDABLE = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)

CLOSES = [
    Case("a close frame without a code", close(), closes=None),
    *(Case(f"close code {code}", close(code), closes=code) for code in SENDABLE),
    *(refused(f"close code {code}", close(code)) for code in UNSENDABLE),
    refused("a close frame of one byte", frame(CLOSE, b"\x03")),
    Case("a close reason", close(NORMAL, b"bye"), closes=NORMAL),
    Case("a close reason of 123 bytes", close(NORMAL, b"x" * 123), closes=NORMAL),
    Case("a close reason in UTF-8", close(NORMAL, "adiós 🪐".encode()), closes=NORMAL),
    refused("a close reason of 124 bytes", close(NORMAL, b"x" * 124)),
    refused("a close reason that is not UTF-8", close(NORMAL, b"\xff"), INVALID_PAYLOAD),
    refused("a close reason that ends inside a character", close(NORMAL, b"\xe2\x82"),
            INVALID_PAYLOAD),
    refused("a close frame in fragments", frame(CLOSE, b"\x03\xe8", final=False)),
    Case("a message behind a close frame", close(NORMAL) + text("late"), closes=NORMAL),
    Case("a ping behind a close frame", close(NORMAL) + frame(PING), closes=NORMAL),
    Case("two close frames", close(NORMAL) + close(3000), closes=NORMAL),
    Case("garbage behind a close frame", close(NORMAL) + b"\xff" * 50, closes=NORMAL),
    Case("a close frame behind a message", text("a") + close(NORMAL), [(TEXT, b"a")], NORMAL),
    Case("a close frame between fragments", fragments(TEXT, ABC[:2], between=close(NORMAL)),
         closes=NORMAL),
]  # fmt: skip

LIMITS = [
    echo("the longest message", BINARY, b"z" * LIMIT),
    echo("the longest message in fragments", BINARY, b"z" * LIMIT,
         fragments(BINARY, [b"z" * (LIMIT // 4)] * 4)),
    refused("a header of a message that is too long", binary(b"", announce=LIMIT + 1), TOO_BIG),
    refused("a header of a huge message", binary(b"", announce=(1 << 63) - 1), TOO_BIG),
    refused("a fragment that makes a message too long",
            binary(b"z" * LIMIT, final=False) + frame(CONTINUATION, b"z"), TOO_BIG),
    refused("a header of a fragment that would",
            text("a", final=False) + frame(CONTINUATION, announce=LIMIT), TOO_BIG),
    refused("a message too long behind others",
            text("a") + frame(PING, b"p") + text("", announce=LIMIT + 1), TOO_BIG,
            (TEXT, b"a"), (PONG, b"p")),
    Case("empty fragments behind the longest",
         fragments(BINARY, [b"z" * LIMIT, b"", b""]), [(BINARY, b"z" * LIMIT)]),
]  # fmt: skip

CASES = SIZES + FRAMING + PINGS + FRAGMENTS + TEXTS + CLOSES + LIMITS
