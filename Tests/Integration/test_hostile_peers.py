"""Peers that do not play by the rules: the host stays, and everyone else is served meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import random

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient, Refused

SEED = 20240229
LETTERS = "return { on_echo = function(self, ...) return ... end }\n"

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(scope="module")
def besieged(tmp_path_factory):
    """A host with short limits, so that a test need not wait for the long ones."""
    base = tmp_path_factory.mktemp("besieged")
    folder = AppFolder(base / "plugins", base / "www")
    folder.save("letters.lua", LETTERS)
    for number in range(12):
        folder.save(f"room{number}.lua", LETTERS)
    limits = {
        "engine.namespaces_per_connection": 10,
        "engine.max_payload": 100_000,
        "engine.connect_timeout_ms": 1500,
        "engine.outbound_bytes": 200_000,
    }
    arguments = [part for key, value in limits.items() for part in ("--set", f"{key}={value}")]
    with folder.serve(*arguments) as host:
        yield host


@pytest.fixture(autouse=True)
def host_survives(besieged):
    """Whatever a test does, a polite client is served afterwards."""
    yield
    assert besieged.running
    asyncio.run(polite_visit(besieged))


async def polite_visit(host) -> None:
    async with await LightClient.connect(host.url, "/letters") as client:
        assert await client.call("echo", "polite") == "polite"


async def dial(host) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", host.port)


async def say(host, *pieces: bytes) -> bytes:
    """Sends the pieces over one connection, hangs up, and returns what the host said."""
    reader, writer = await dial(host)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    except OSError:  # the host hung up first
        return b""
    finally:
        writer.close()


async def upgraded(host) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw WebSocket whose open packet has been read."""
    reader, writer = await dial(host)
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    await read_frame(reader)
    return reader, writer


async def read_frame(reader: asyncio.StreamReader) -> int:
    """Reads one frame of the host; returns its opcode."""
    head = await reader.readexactly(2)
    length = head[1] if head[1] < 126 else int.from_bytes(await reader.readexactly(2), "big")
    await reader.readexactly(length)
    return head[0] & 0x0F


async def wait_until_over(reader: asyncio.StreamReader) -> None:
    """Waits for the host's close frame, or for the end of the connection."""
    try:
        async with asyncio.timeout(10):
            while await read_frame(reader) != 0x8:
                pass
    except (OSError, asyncio.IncompleteReadError):
        pass


def frame(opcode: int, payload: bytes, final: bool = True, masked: bool = True) -> bytes:
    """One WebSocket frame; the masking key is all zeros."""
    mask_bit, key = (0x80, bytes(4)) if masked else (0, b"")
    if len(payload) < 126:
        length = bytes([mask_bit | len(payload)])
    elif len(payload) < 65536:
        length = bytes([mask_bit | 126]) + len(payload).to_bytes(2, "big")
    else:
        length = bytes([mask_bit | 127]) + len(payload).to_bytes(8, "big")
    return bytes([(0x80 if final else 0) | opcode]) + length + key + payload


async def test_random_bytes_are_turned_away(besieged):
    dice = random.Random(SEED)
    for _ in range(100):
        await say(besieged, dice.randbytes(dice.randrange(1, 2000)))


async def test_requests_that_stop_in_the_middle_harm_nobody(besieged):
    request = b"GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
    for cut in range(len(request)):
        await say(besieged, request[:cut])


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"G" * 100_000 + b" / HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 500_000 + b"\r\n\r\n",
        b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"GET /%zz%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=" + b"0-0," * 5000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda request: request[:40].decode("latin-1").split("\r")[0],
)
async def test_a_malformed_request_is_answered_or_cut_off(besieged, request_bytes):
    answer = await say(besieged, request_bytes)
    assert answer[:5] in (b"", b"HTTP/")


async def test_slow_headers_do_not_keep_others_waiting(besieged):
    slow = [await dial(besieged) for _ in range(50)]
    for _, writer in slow:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    await polite_visit(besieged)
    for _, writer in slow:
        writer.write(b"y")
        writer.close()


async def test_hundreds_of_connections_that_say_nothing_do_no_harm(besieged):
    silent = [await dial(besieged) for _ in range(300)]
    await polite_visit(besieged)
    for _, writer in silent:
        writer.close()


async def test_a_pipelined_flood_is_answered_in_order(besieged):
    request = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    reader, writer = await dial(besieged)
    writer.write(request * 199 + last)
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.count(b"HTTP/1.1 404") == 200
    writer.close()


async def test_a_post_that_is_too_large_gets_413(besieged):
    async with aiohttp.ClientSession() as http:
        url = f"{besieged.url}/socket.io/?EIO=4&transport=polling"
        async with http.get(url) as opening:
            sid = json.loads((await opening.text())[1:])["sid"]
        async with http.post(f"{url}&sid={sid}", data=b"4" + b"x" * 200_000) as answer:
            assert answer.status == 413


async def test_a_post_that_claims_to_be_huge_is_refused_at_once(besieged):
    reader, writer = await dial(besieged)
    writer.write(
        b"POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 99999999999\r\n\r\n"
    )
    status = await asyncio.wait_for(reader.readline(), 10)
    assert status.split()[1] in (b"400", b"413")
    writer.close()


async def test_a_chunked_post_without_end_gets_413_and_is_cut_off(besieged):
    reader, writer = await dial(besieged)
    writer.write(
        b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    answer = asyncio.create_task(reader.readline())
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(10):
            while True:
                writer.write(chunk)
                await writer.drain()
    assert (await answer).split()[1] == b"413"
    writer.close()


@pytest.mark.parametrize(
    "frames",
    [
        frame(0x1, b"x" * 200_000),
        bytes([0x81, 0xFF]) + (1 << 62).to_bytes(8, "big") + bytes(4),
        bytes([0x81, 0xFF]) + (1 << 63).to_bytes(8, "big") + bytes(4),
        frame(0x1, b"40/letters,", masked=False),
        frame(0x3, b"reserved"),
        frame(0xB, b"reserved"),
        bytes([0xF1, 0x81, 0, 0, 0, 0, 0x34]),
        frame(0x0, b"continuation of nothing"),
        frame(0x1, b"4", final=False) + frame(0x1, b"2"),
        frame(0x9, b"x" * 126),
        frame(0x9, b"fragmented ping", final=False),
        frame(0x1, b"\xff\xfe\xfd"),
        frame(0x8, b"\x03"),
        frame(0x8, b"\x00\x01"),
        (frame(0x1, b"4" + b"x" * 1000, final=False) + frame(0x0, b"x" * 1000, final=False) * 200),
        frame(0x1, b""),
        frame(0x1, b"9"),
        frame(0x1, b"4"),
        frame(0x1, b"4" + b"9" * 1000),
        frame(0x1, b"42" + b"[" * 50_000),
        frame(0x1, b"40" + b'{"a":' * 20_000),
        frame(0x1, b"45" + b"9" * 30 + b'-["x"]'),
        frame(0x1, b"40/" + b"n" * 90_000),
    ],
    ids=range(23),
)
async def test_a_frame_that_breaks_the_rules_ends_the_connection(besieged, frames):
    reader, writer = await upgraded(besieged)
    writer.write(frames)
    await wait_until_over(reader)
    writer.close()


async def test_random_frames_end_nothing_but_themselves(besieged):
    dice = random.Random(SEED)
    for _ in range(60):
        reader, writer = await upgraded(besieged)
        opcode = dice.choice([0x0, 0x1, 0x2, 0x8, 0x9, 0xA])
        writer.write(frame(opcode, dice.randbytes(dice.randrange(0, 300)), dice.random() < 0.8))
        writer.write(frame(0x1, b"40/letters,") + frame(0x1, dice.randbytes(20)))
        writer.write(frame(0x8, b"\x03\xe8"))
        await wait_until_over(reader)
        writer.close()


async def test_random_packets_end_nothing_but_themselves(besieged):
    dice = random.Random(SEED)
    pieces = ["4", "0", "1", "2", "3", "5", "6", "/letters", ",", "[", '"echo"', "]", "{", "}", "9"]
    pieces += ['"_placeholder"', "-", ":", "true", '"', "\\", "null", "1e999", "\u2028", "\x1e"]
    for _ in range(200):
        reader, writer = await upgraded(besieged)
        writer.write(frame(0x1, b"40/letters,"))
        for _ in range(3):
            text = "".join(dice.choices(pieces, k=dice.randrange(1, 25)))
            writer.write(frame(0x1, ("42/letters," + text).encode()))
        writer.write(frame(0x8, b"\x03\xe8"))
        await wait_until_over(reader)
        writer.close()


async def test_a_connection_has_only_so_many_namespaces(besieged):
    async with aiohttp.ClientSession() as http:
        url = f"{besieged.url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(url) as socket:
            await socket.receive_str()
            for number in range(12):
                await socket.send_str(f"40/room{number},")
            answers = [await socket.receive_str() for _ in range(12)]
            joined = [answer for answer in answers if answer.startswith("40")]
            refused = [answer for answer in answers if answer.startswith("44")]
            assert (len(joined), len(refused)) == (10, 2)


async def test_thousands_of_unknown_namespaces_are_refused_one_by_one(besieged):
    async with aiohttp.ClientSession() as http:
        url = f"{besieged.url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(url) as socket:
            await socket.receive_str()
            for number in range(2000):
                await socket.send_str(f"40/unknown{number},")
            answers = [await socket.receive_str() for _ in range(2000)]
            assert all('"Invalid namespace"' in answer for answer in answers)


async def test_too_many_attachments_end_the_connection(besieged):
    async with aiohttp.ClientSession() as http:
        url = f"{besieged.url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(url) as socket:
            await socket.receive_str()
            await socket.send_str("40/letters,")
            await socket.receive_str()
            await socket.send_str('451000-/letters,["echo"]')
            message = await asyncio.wait_for(socket.receive(), 10)
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_attachments_that_never_come_hold_up_nobody(besieged):
    async with aiohttp.ClientSession() as http:
        url = f"{besieged.url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(url) as socket:
            await socket.receive_str()
            await socket.send_str("40/letters,")
            await socket.receive_str()
            await socket.send_str('452-/letters,["echo",{"_placeholder":true,"num":0}]')
            await polite_visit(besieged)


async def test_a_client_that_never_reads_is_let_go_and_others_are_served(besieged):
    """It asks for far more than it may leave unread."""
    reader, writer = await upgraded(besieged)
    writer.write(frame(0x1, b"40/letters,"))
    question = frame(0x1, b'42/letters,1["echo","' + b"x" * 50_000 + b'"]')
    try:
        for _ in range(400):
            writer.write(question)
            await asyncio.wait_for(writer.drain(), 2)
    except (ConnectionError, TimeoutError):
        pass
    await polite_visit(besieged)
    writer.close()


async def test_a_reset_in_the_middle_harms_nobody(besieged):
    for _ in range(50):
        _, writer = await upgraded(besieged)
        writer.write(frame(0x1, b"40/letters,") + frame(0x1, b'42/letters,1["echo",1]'))
        writer.transport.abort()


async def test_a_connection_that_joins_nothing_is_closed_in_time(besieged):
    reader, writer = await upgraded(besieged)
    await wait_until_over(reader)
    writer.close()


async def test_a_session_id_cannot_be_guessed_or_shared_with_another_path(besieged):
    async with aiohttp.ClientSession() as http:
        for sid in ("", "0", "../x", "a" * 5000, os.urandom(8).hex(), "%00", "' or 1=1"):
            query = {"EIO": "4", "transport": "polling", "sid": sid}
            async with http.get(f"{besieged.url}/socket.io/", params=query) as answer:
                assert answer.status in (200, 400) if sid == "" else answer.status == 400


async def test_a_namespace_that_imitates_a_path_finds_no_app(besieged):
    for name in ("/letters/../letters", "/letters/", "//letters", "/LETTERS", "/letters.lua"):
        with pytest.raises(Refused):
            await LightClient.connect(besieged.url, name)
