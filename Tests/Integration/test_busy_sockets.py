"""Many WebSockets that all have something to say at once, which the host reads past their channels: nothing of what
they say is lost, doubled or out of turn, however it is cut up, and whoever leaves in the middle of it is noticed."""

from __future__ import annotations

import json
import random
import re
import socket
import struct
import urllib.request

import pytest

from app_folder import AppFolder

CLIENTS = 60
APP = """
    local Crowd = {}
    local heard, gone, reasons = 0, 0, {}
    function Crowd:on_hold(seconds)
      local began = os.clock()
      while os.clock() - began < seconds do end
    end
    function Crowd:on_say(number)
      heard = heard + 1
      return number
    end
    function Crowd:on_long(text) return #text end
    function Crowd:on_flood() self:emit("flood", ("x"):rep(9000000)) end
    function Crowd:on_disconnect(reason)
      gone = gone + 1
      reasons[reason] = true
    end
    Crowd.routes = { ["GET /counts"] = function() return { heard = heard, gone = gone, reasons = reasons } end }
    return Crowd
"""
HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
MASK = b"\x37\xfa\x21\x3d"
CLOSE_FRAME = b"\x88\x80" + MASK


def masked(payload: bytes) -> bytes:
    return MASK + bytes(byte ^ MASK[i & 3] for i, byte in enumerate(payload))


def ping(text: str) -> bytes:
    return bytes([0x89, 0x80 | len(text)]) + masked(text.encode())


def frame(text: str) -> bytes:
    payload = text.encode()
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
    return b"\x81" + size + masked(payload)


def say(number: int) -> bytes:
    return frame(f'42/crowd,{number}["say",{number}]')


class Peer:
    """A client that writes bytes as they are and reads acks; `first` goes right behind its request."""

    def __init__(self, host, first: bytes = b""):
        name, port = host.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((name, int(port)), 20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""
        self.socket.sendall(HANDSHAKE.encode() + frame("40/crowd,") + first)
        self.until(rb"40/crowd,\{[^}]*\}")

    def until(self, pattern: bytes) -> re.Match[bytes]:
        """What has been read so far matches at last."""
        while not (found := re.search(pattern, self._read, re.DOTALL)):
            more = self.socket.recv(1 << 20)
            assert more, f"the host has ended the connection after {self._read[-300:]}"
            self._read += more
        return found

    def acks(self, last: int) -> list[tuple[int, int]]:
        """All acks up to that of `last`: their ids and values."""
        self.until(rb"43/crowd,%d\[%d\]" % (last, last))
        found = re.findall(rb"43/crowd,(\d+)\[(\d+)\]", self._read)
        return [(int(number), int(value)) for number, value in found]

    def pongs(self, last: str) -> list[str]:
        """The texts of all pongs up to that of `last`."""
        self.until(b"\x8a." + last.encode())
        return [text.decode() for text in re.findall(rb"\x8a.(<\w+>)", self._read)]

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


@pytest.fixture
def host(tmp_path):
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("crowd.lua", APP)
    with folder.serve("--set", "server.threads=1", "--set", "engine.outbound_bytes=100000000") as host:
        yield host


@pytest.fixture
def crowd(host):
    peers = [Peer(host) for _ in range(CLIENTS)]
    yield peers
    for peer in peers:
        peer.socket.close()


def counts(host) -> dict[str, int]:
    with urllib.request.urlopen(f"{host.url}/crowd/counts", timeout=20) as answer:
        return json.load(answer)


def hold(peer: Peer, seconds: float = 0.003) -> None:
    """Keeps the host's loop busy, so that what is sent meanwhile is there at once when it looks."""
    peer.socket.sendall(frame(f'42/crowd,["hold",{seconds}]'))


def test_what_all_say_at_once_is_heard_once_and_in_order_however_it_is_cut_up(crowd):
    random.seed(7)
    rounds, messages = 12, 5
    holder, *peers = crowd
    left = [b"" for _ in peers]
    for round_ in range(rounds):
        hold(holder)
        for index, peer in enumerate(peers):
            left[index] += b"".join(say(round_ * messages + n) for n in range(messages))
            cut = random.randrange(len(left[index]) + 1)
            peer.socket.sendall(left[index][:cut])
            left[index] = left[index][cut:]
    for rest, peer in zip(left, peers):
        peer.socket.sendall(rest)
    expected = [(n, n) for n in range(rounds * messages)]
    assert all(peer.acks(rounds * messages - 1) == expected for peer in peers)


def test_what_comes_right_behind_the_request_for_a_websocket_stays_in_order(host, crowd):
    """It is more than one read takes of a request: the rest is still in the kernel when the WebSocket begins."""
    texts = [f"<{n:0100}>" for n in range(200)]
    for _ in range(10):
        hold(crowd[0])
        for peer in crowd:
            peer.socket.sendall(say(1))
        eager = Peer(host, first=b"".join(map(ping, texts)))
        assert eager.pongs(texts[-1]) == texts
        eager.socket.close()


def test_a_ping_behind_an_event_whose_answers_fill_the_socket_gets_its_pong(crowd):
    crowd[0].socket.sendall(frame('42/crowd,["flood"]') + ping("<well>"))
    assert crowd[0].pongs("<well>") == ["<well>"]


def test_messages_longer_than_a_read_arrive_whole(crowd):
    text = "y" * 60_000
    long = frame(f'42/crowd,1["long","{text}"]')
    for _ in range(3):
        hold(crowd[0])
        for peer in crowd[:20]:
            peer.socket.sendall(long)
    for peer in crowd[:20]:
        peer.until(rb"(43/crowd,1\[60000\].*){3}")


@pytest.mark.parametrize("leave", ["fin", "reset", "close frame"])
def test_what_somebody_says_before_leaving_is_heard_and_the_leaving_is_noticed(host, crowd, leave):
    leavers, stayers = crowd[: CLIENTS // 2], crowd[CLIENTS // 2 :]
    hold(stayers[0])
    for peer in leavers:
        peer.socket.sendall(say(1) + say(2) + (CLOSE_FRAME if leave == "close frame" else b""))
        if leave == "fin":
            peer.socket.shutdown(socket.SHUT_WR)
    for peer in stayers:
        peer.socket.sendall(say(1))
    if leave == "reset":
        for peer in leavers:
            peer.acks(2)
        hold(stayers[0])
        for peer in leavers:
            peer.reset()
        for peer in stayers:
            peer.socket.sendall(say(2))
    for peer in stayers:
        peer.acks(2 if leave == "reset" else 1)
    for _ in range(200):
        if (now := counts(host))["gone"] == len(leavers):
            break
    stayed = len(stayers) * (2 if leave == "reset" else 1)
    reason = "transport error" if leave == "reset" else "transport close"
    assert now == {
        "heard": 2 * len(leavers) + stayed, "gone": len(leavers), "reasons": {reason: True}
    }
    for peer in stayers:
        peer.socket.sendall(say(3))
        assert peer.acks(3)[-1] == (3, 3)


def test_who_does_not_read_is_not_read_either_until_it_does(host, crowd):
    """Its events wait in the kernel, where they cost the host nothing; the others are served."""
    deaf, *others = crowd
    deaf.socket.sendall(frame('42/crowd,["flood"]'))
    others[0].socket.sendall(say(1))
    others[0].acks(1)
    for round_ in range(2, 5):
        hold(others[0])
        for peer in crowd:
            peer.socket.sendall(say(round_))
        for peer in others:
            peer.acks(round_)
    heard = counts(host)["heard"]
    assert 1 + 3 * len(others) <= heard <= 1 + 3 * len(others) + 1
    assert [n for n, _ in deaf.acks(4)] == [2, 3, 4]
    assert counts(host)["heard"] == 1 + 3 * len(crowd)


def test_requests_are_answered_while_websockets_never_rest(host, crowd):
    last = 0
    for _ in range(20):
        hold(crowd[0], 0.001)
        for peer in crowd:
            peer.socket.sendall(b"".join(say(last + n) for n in range(8)))
        last += 8
        assert counts(host)["gone"] == 0
    for peer in crowd:
        assert [n for n, _ in peer.acks(last - 1)] == list(range(last))
