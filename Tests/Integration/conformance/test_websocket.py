"""WebSocket conformance of the server's own handling of bytes, in the manner of the Autobahn suite.

Every case is sent in one write, and again byte by byte: the answers must be the same.
"""

from __future__ import annotations

from typing import List, Optional

import pytest

from deflate_cases import DEFLATE_CASES
from frames import CLOSE, PING, PONG, RSV1, TEXT, close, deflated, frame, inflated, text
from raw_socket import ACCEPT, HANDSHAKE, RawSocket, Received
from websocket_cases import CASES, OPEN, Answer, Case

ECHO = "/websocket-echo"
EXTENSIONS = "Sec-WebSocket-Extensions"
AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

both_ways = pytest.mark.parametrize("slowly", (False, True), ids=("at once", "byte by byte"))


def plain(answer: Received, bits: Optional[int]) -> Answer:
    """The frame as it is in the table: whole, unmarked, inflated."""
    assert answer.final
    if answer.rsv == RSV1 and bits is not None:
        return answer.opcode, inflated(answer.payload, bits)
    assert answer.rsv == 0
    return answer.opcode, answer.payload


def messages(answers: List[Answer]) -> List[Answer]:
    return [answer for answer in answers if answer[0] != PONG]


def pongs(answers: List[Answer]) -> List[Answer]:
    """Control frames may overtake messages."""
    return [answer for answer in answers if answer[0] == PONG]


def run(case: Case, socket: RawSocket, slowly: bool, bits: Optional[int] = None) -> None:
    """Sends what the case says and compares what comes back, to the end.

    bits: the window of compressed messages, when compression is agreed.
    """
    (socket.send_slowly if slowly else socket.send)(case.sends)
    answers = [plain(socket.receive(), bits) for _ in case.answers]
    assert messages(answers) == messages(case.answers)
    assert pongs(answers) == pongs(case.answers)
    if case.closes == OPEN:
        socket.send(frame(PING, b"still there?"))
        answer = socket.receive()
        assert (answer.opcode, answer.payload) == (PONG, b"still there?")
        socket.send(close(1000))
        assert socket.receive().code == 1000
    else:
        end = socket.receive()
        assert (end.opcode, end.code) == (CLOSE, case.closes)
        end.payload[2:].decode()
    assert list(socket.until_end()) == []


@both_ways
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_websocket_answers(server_url, case: Case, slowly: bool):
    with RawSocket.open(server_url, ECHO) as socket:
        run(case, socket, slowly)


@both_ways
@pytest.mark.parametrize("case", DEFLATE_CASES, ids=lambda case: case.name)
def test_a_compressing_websocket_answers(server_url, case: Case, slowly: bool):
    with RawSocket.open(server_url, ECHO, **{EXTENSIONS: "permessage-deflate"}) as socket:
        assert socket.headers["sec-websocket-extensions"] == AGREED
        run(case, socket, slowly, bits=15)


@pytest.mark.parametrize("bits", range(9, 16))
def test_compressed_answers_keep_to_the_window_that_was_asked_for(server_url, bits):
    offer = f"permessage-deflate; server_max_window_bits={bits}"
    payload = bytes(range(256)) * 200
    with RawSocket.open(server_url, ECHO, **{EXTENSIONS: offer}) as socket:
        assert socket.headers["sec-websocket-extensions"] == f"{AGREED}; server_max_window_bits={bits}"
        run(Case("", frame(2, payload), [(2, payload)]), socket, False, bits)


def test_long_answers_are_compressed_and_short_ones_are_not(server_url):
    with RawSocket.open(server_url, ECHO, **{EXTENSIONS: "permessage-deflate"}) as socket:
        socket.send(text("*" * 1_023) + text("*" * 1_024))
        short, long = socket.receive(), socket.receive()
        assert (short.rsv, long.rsv) == (0, RSV1)
        assert len(long.payload) < 100


@pytest.mark.parametrize(
    "offer",
    (
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; unknown",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-bzip2",
        "permessage-deflate; =",
        "",
    ),
)
def test_an_offer_that_is_declined_leaves_messages_plain(server_url, offer):
    with RawSocket.open(server_url, ECHO, **{EXTENSIONS: offer}) as socket:
        assert "sec-websocket-extensions" not in socket.headers
        socket.send(text("*" * 2_000))
        assert socket.receive().rsv == 0
        socket.send(text(deflated(b"x"), rsv=RSV1))
        assert socket.receive().code == 1002


@pytest.mark.parametrize(
    "changes",
    (
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
        {"Upgrade": "WebSocket"},
        {"Origin": "http://conformance"},
        {"Origin": "https://conformance"},
        {"X-Other": "1"},
    ),
    ids=str,
)
def test_a_sound_handshake_is_accepted(server_url, changes):
    with RawSocket(server_url) as socket:
        status, headers = socket.handshake(ECHO, {**HANDSHAKE, **changes})
        assert status == 101
        assert headers["sec-websocket-accept"] == ACCEPT
        assert headers["upgrade"].lower() == "websocket"
        assert headers["connection"].lower() == "upgrade"
        socket.send(text("hello"))
        assert (socket.receive().opcode, ECHO) == (TEXT, ECHO)


@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": "14"}, 426),
        ({"Sec-WebSocket-Version": None}, 426),
        ({"Sec-WebSocket-Key": None}, 426),
        ({"Sec-WebSocket-Key": "short"}, 426),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"}, 426),
        ({"Host": None}, 400),
        ({"Origin": "http://elsewhere"}, 403),
        ({"Origin": "http://conformance:81"}, 403),
        ({"Origin": "null"}, 403),
    ),
    ids=str,
)
def test_an_unsound_handshake_is_refused(server_url, changes, expected):
    headers = {name: value for name, value in {**HANDSHAKE, **changes}.items() if value is not None}
    with RawSocket(server_url) as socket:
        status, answer = socket.handshake(ECHO, headers)
        assert status == expected
        if status == 426:
            assert answer["sec-websocket-version"] == "13"


@pytest.mark.parametrize(
    ("request_line", "changes"),
    (
        ("POST {} HTTP/1.1", {}),
        ("GET {} HTTP/1.0", {}),
        ("GET {} HTTP/1.1", {"Upgrade": "h2c"}),
        ("GET {} HTTP/1.1", {"Upgrade": None}),
        ("GET {} HTTP/1.1", {"Connection": "keep-alive"}),
    ),
)
def test_what_asks_for_no_websocket_stays_http(server_url, request_line, changes):
    headers = {name: value for name, value in {**HANDSHAKE, **changes}.items() if value is not None}
    with RawSocket(server_url) as socket:
        status, _ = socket.handshake(ECHO, headers, request_line)
        assert status in (404, 405)


@both_ways
def test_frames_may_come_right_behind_the_handshake(server_url, slowly):
    with RawSocket(server_url) as socket:
        lines = [f"GET {ECHO} HTTP/1.1"] + [f"{name}: {value}" for name, value in HANDSHAKE.items()]
        request = "\r\n".join(lines + ["", ""]).encode() + text("early") + close(1000)
        (socket.send_slowly if slowly else socket.send)(request)
        status, _ = socket.handshake_answer()
        assert status == 101
        assert socket.receive().payload == b"early"
        assert socket.receive().code == 1000


def test_an_idle_client_that_answers_pings_stays(server_url):
    with RawSocket.open(server_url, ECHO) as socket:
        for _ in range(3):
            assert socket.heartbeat().opcode == PING
        socket.send(text("still here"))
        assert socket.receive().payload == b"still here"


def test_an_idle_client_that_answers_nothing_is_closed(server_url):
    with RawSocket.open(server_url, ECHO) as socket:
        assert [received.code for received in socket.silently_until_end()] == [None, 1008]
