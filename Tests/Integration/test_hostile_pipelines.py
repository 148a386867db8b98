"""Bytes that no client should send, or sends and does not wait: behind requests that become something else, behind
one another, faster than the answers are taken. Nobody else may notice."""

from __future__ import annotations

import resource
import socket
import time
from pathlib import Path

import pytest

from app_folder import AppFolder

APP = """
    local Chat = {}
    function Chat:subscribe_news() end
    Chat.routes = {
      ["GET /slow"] = function()
        perigee.sleep(0.3)
        return { slow = true }
      end,
      ["GET /quick"] = function() return { quick = true } end,
      ["GET /long"] = function() return ("x"):rep(10000) end,
      ["POST /form"] = function(self, request)
        local count = 0
        for _ in pairs(request.form) do count = count + 1 end
        return { fields = count }
      end,
    }
    return Chat
"""
HOST = "HTTP/1.1\r\nHost: localhost\r\n"
HANDSHAKE = f"""GET /socket.io/?EIO=4&transport=websocket {HOST}Upgrade: websocket\r\nSec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"""


def get(path: str, *fields: str) -> bytes:
    return f"GET {path} {HOST}{''.join(field + chr(13) + chr(10) for field in fields)}\r\n".encode()


@pytest.fixture
def host(tmp_path):
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("chat.lua", APP)
    (tmp_path / "www" / "file.txt").write_text("0123456789abcdef" * 1000)
    with folder.serve("--set", "server.threads=1") as host:
        yield host
        assert answer(host, get("/chat/quick", "Connection: close")).endswith(b'{"quick":true}')


def connect(host, buffer: int = 0) -> socket.socket:
    name, port = host.url.removeprefix("http://").split(":")
    peer = socket.socket()
    if buffer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    peer.settimeout(20)
    peer.connect((name, int(port)))
    return peer


def read_all(peer: socket.socket) -> bytes:
    """What comes until the host closes, or breaks the connection off."""
    pieces = []
    try:
        while piece := peer.recv(1 << 16):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def answer(host, sent: bytes, ends: bool = False) -> bytes:
    with connect(host) as peer:
        peer.sendall(sent)
        if ends:
            peer.shutdown(socket.SHUT_WR)
        return read_all(peer)


def memory(host) -> int:
    """The host's resident bytes."""
    pages = Path(f"/proc/{host.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


@pytest.mark.parametrize("value", ["Upgrade\t", "\tUpgrade", "keep-alive,\tUpgrade", "Upgrade"])
def test_a_request_behind_one_for_a_websocket_is_never_taken_for_both(host, value):
    sent = f"{HANDSHAKE}Connection: {value}\r\n\r\n".encode() + get("/chat/quick")
    assert answer(host, sent, ends=True).count(b"HTTP/1.1 101") <= 1


@pytest.mark.parametrize("path", ["/chat/events?channel=news", "/chat/events?channel=news&x=1"])
@pytest.mark.parametrize("split", [16, 16 + 2048, 100, 3000])
def test_a_request_behind_an_event_stream_may_come_in_any_pieces(host, path, split):
    """The stream has no use for a decoder, and what comes behind it needs one again."""
    head = f"GET {path} {HOST}x: "
    padding = "a" * max(0, split - len(head) - 4)
    sent = f"{head}{padding}\r\n\r\n".encode() + get("/chat/quick")
    assert answer(host, sent, ends=True).startswith((b"HTTP/1.1 200", b""))
    with connect(host) as peer:
        peer.sendall(sent)
        assert peer.recv(12) == b"HTTP/1.1 200"


def test_bytes_behind_a_request_for_an_unknown_protocol_are_not_kept_without_end(host):
    with connect(host) as peer:
        peer.sendall(get("/chat/events?channel=news", "Connection: upgrade", "Upgrade: x"))
        assert peer.recv(12) == b"HTTP/1.1 200"
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(1000):
                peer.sendall(b"x" * (1 << 20))


def test_answers_that_nobody_takes_are_not_made(host):
    """Each request costs a few bytes, its answer ten thousand."""
    with connect(host, buffer=4096) as peer:
        peer.setblocking(False)
        requests = get("/chat/long") * 1000
        sent, until = 0, time.monotonic() + 2
        while time.monotonic() < until and sent < 500 * len(requests):
            try:
                sent += peer.send(requests[sent % len(requests) :])
            except BlockingIOError:
                time.sleep(0.01)
        assert sent < 100 * len(requests), "it reads on"
        assert memory(host) < 150 << 20


@pytest.mark.parametrize("path", ["/chat/quick", "/file.txt", "/nothing"])
def test_thousands_of_requests_at_once_are_answered_one_after_the_other(host, path):
    """Behind one that takes its time, so that all of them wait when it is answered."""
    count = 5000
    sent = get("/chat/slow") + get(path) * count
    assert answer(host, sent, ends=True).count(b"HTTP/1.1 ") == 1 + count


def test_a_client_that_says_that_it_sends_no_more_gets_all_answers(host):
    sent = get("/chat/long") * 500
    with connect(host, buffer=4096) as peer:
        peer.sendall(sent)
        peer.shutdown(socket.SHUT_WR)
        assert read_all(peer).count(b"x" * 10_000) == 500


@pytest.mark.parametrize("garbage", [b"nonsense\r\n\r\n", b"\x00\x01", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_request_costs_the_one_before_it_nothing(host, garbage):
    answered = answer(host, get("/chat/slow") + garbage)
    assert answered.startswith(b"HTTP/1.1 200") and b'{"slow":true}' in answered


def test_a_form_of_very_many_fields_is_none(host):
    def fields(body: str) -> bytes:
        head = f"POST /chat/form {HOST}Content-Type: application/x-www-form-urlencoded\r\n"
        sent = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
        return answer(host, sent.encode())

    assert fields("&".join(f"f{n}=1" for n in range(900))).endswith(b'{"fields":900}')
    assert fields("a&" * 500_000).endswith(b'{"fields":0}')


def test_a_file_that_becomes_shorter_while_it_is_sent_ends_the_connection(host, tmp_path):
    file = tmp_path / "www" / "big.bin"
    file.write_bytes(b"x" * (8 << 20))
    with connect(host, buffer=4096) as peer:
        peer.sendall(get("/big.bin"))
        assert peer.recv(12) == b"HTTP/1.1 200"
        with open(file, "r+b") as writer:
            writer.truncate(1000)
        assert len(read_all(peer)) < 8 << 20
