"""The plain wires as HTTP: heads, heartbeats, methods, origins, limits."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time

import aiohttp
import pytest
import websockets
from wires.connections import EventStream, PlainSocket, poll
from wires.conftest import IMPATIENT, start
from wires.signature import sign

FOREIGN = {"Origin": "https://elsewhere.example"}
PATHS = {"events": "GET", "poll": "GET", "websocket": "GET", "publish": "POST", "emit": "POST"}


async def ask(method: str, url: str, **more) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as http, http.request(method, url, **more) as response:
        await response.read()
        return response


async def test_an_event_stream_says_what_it_is(base):
    async with EventStream.open(base, "tweets") as stream:
        headers = stream.response.headers
        assert stream.response.status == 200
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        hello = (await stream.frame())["hello"]
        assert hello["id"] and hello["key"] and hello["namespace"] == "/wires"
        assert stream.parser.retry == IMPATIENT["wires.retry_ms"]


async def test_comments_keep_an_idle_stream_alive(base):
    began = time.monotonic()
    async with EventStream.open(base, "room/idle") as stream:
        await stream.frame("subscribed")
        while stream.parser.comments < 3:
            piece = await asyncio.wait_for(stream.response.content.readany(), 5)
            assert stream.parser.feed(piece) == []
        assert time.monotonic() - began > 2 * IMPATIENT["wires.heartbeat_ms"] / 1000 * 0.9


async def test_a_poll_waits_and_ends_with_204(base):
    async with aiohttp.ClientSession() as http:
        _, first = await poll(http, base, "room/quiet")
        began = time.monotonic()
        status, body = await poll(http, base, "room/quiet", position=first["position"], timeout=0.3)
        assert (status, body) == (204, None)
        assert 0.25 < time.monotonic() - began < 5


async def test_a_poll_ends_as_soon_as_there_is_something(base, publisher):
    async with publisher, aiohttp.ClientSession() as http:
        _, first = await poll(http, base, "room/prompt")
        waiting = asyncio.create_task(
            poll(http, base, "room/prompt", position=first["position"], timeout=20)
        )
        position = await publisher.publish("room-prompt", "now")
        status, answer = await asyncio.wait_for(waiting, 5)
        assert (status, answer["position"]) == (200, position)
        assert [frame["data"] for frame in answer["messages"]] == ["now"]


@pytest.mark.parametrize("timeout", ["x", "-1", "nan", "inf", "1e99", "9999999999999999999"])
async def test_a_poll_with_a_timeout_that_is_none_is_refused(base, timeout):
    response = await ask("GET", f"{base}/poll?channel=tweets&timeout={timeout}")
    assert response.status == 400


@pytest.mark.parametrize("path", PATHS)
async def test_other_methods_are_refused_and_the_right_one_is_named(base, path):
    for method in {"GET", "POST", "PUT", "DELETE"} - {PATHS[path]}:
        response = await ask(method, f"{base}/{path}", json={})
        assert response.status == 405, (method, path)
        assert PATHS[path] in response.headers["allow"]


async def test_head_of_an_event_stream_is_its_head_alone(base):
    response = await asyncio.wait_for(ask("HEAD", f"{base}/events?channel=tweets"), 5)
    assert response.status == 200
    assert response.headers["content-type"].startswith("text/event-stream")


async def test_a_websocket_address_asked_without_upgrade_says_so(base):
    response = await ask("GET", f"{base}/websocket")
    assert (response.status, response.headers["upgrade"]) == (426, "websocket")


async def test_a_websocket_with_another_subprotocol_is_refused(base):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with websockets.connect(
            f"{base}/websocket".replace("http", "ws", 1), subprotocols=["graphql-ws"]
        ):
            pass
    assert refusal.value.response.status_code == 400


async def test_a_websocket_may_leave_the_subprotocol_out(base):
    async with websockets.connect(f"{base}/websocket".replace("http", "ws", 1)) as socket:
        assert "hello" in json.loads(await socket.recv())
        assert socket.subprotocol is None
    async with PlainSocket.open(base) as socket:
        assert socket.socket.subprotocol == "perigee.v1"


async def test_pages_of_other_origins_are_kept_out(base):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with PlainSocket.open(base, headers=FOREIGN):
            pass
    assert refusal.value.response.status_code == 403
    response = await ask("POST", f"{base}/emit", json={"event": "echo"}, headers=FOREIGN)
    assert response.status == 403
    response = await ask("GET", f"{base}/poll?channel=tweets", headers=FOREIGN)
    assert "access-control-allow-origin" not in response.headers


async def test_pages_of_this_host_are_let_in(wires_host, base):
    own = {"Origin": wires_host.url}
    async with PlainSocket.open(base, headers=own) as socket:
        assert "hello" in await socket.frame()
    response = await ask("POST", f"{base}/emit", json={"event": "echo"}, headers=own)
    assert response.status == 200


async def test_origins_that_the_host_names_are_let_in(wires_apps):
    allowed, other = "https://friend.example", "https://elsewhere.example"
    with start(wires_apps, **{"server.cors_origins": allowed}) as host:
        base = f"{host.url}/wires"
        async with PlainSocket.open(base, headers={"Origin": allowed}) as socket:
            assert "hello" in await socket.frame()
        with pytest.raises(websockets.InvalidStatus):
            async with PlainSocket.open(base, headers={"Origin": other}):
                pass
        for path in ("events?channel=tweets", "poll?channel=tweets"):
            for origin, echoed in ((allowed, allowed), (other, None)):
                async with (
                    aiohttp.ClientSession() as http,
                    http.get(f"{base}/{path}", headers={"Origin": origin}) as response,
                ):
                    assert response.headers.get("access-control-allow-origin") == echoed, path
        preflight = {
            "Origin": allowed,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        response = await ask("OPTIONS", f"{base}/emit", headers=preflight)
        assert response.status == 204
        assert response.headers["access-control-allow-origin"] == allowed
        assert "content-type" in response.headers["access-control-allow-headers"].lower()
        assert "POST" in response.headers["access-control-allow-methods"]


async def test_a_body_that_is_too_large_is_refused(base):
    body = json.dumps({"event": "echo", "args": ["x" * IMPATIENT["wires.request_bytes"]]}).encode()
    headers = {"content-type": "application/json", "perigee-signature": sign(body)}
    for path in ("emit", "publish"):
        try:
            response = await ask("POST", f"{base}/{path}", data=body, headers=headers)
        except aiohttp.ClientOSError:  # hung up before all was sent
            continue
        assert response.status == 413


async def test_a_frame_that_is_too_large_closes_the_websocket(wires_apps):
    with start(wires_apps, **{"engine.max_payload": 5000}) as host:
        async with PlainSocket.open(f"{host.url}/wires") as socket:
            await socket.frame("hello")
            await socket.send(emit="echo", args=["x" * 6000])
            await socket.socket.wait_closed()
            assert socket.socket.close_code == 1009


async def test_a_client_that_does_not_read_is_cut_off(wires_apps):
    with start(wires_apps, **{"engine.outbound_bytes": 20_000}) as host:
        deaf = socket.socket()
        deaf.settimeout(10)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", host.port))
        deaf.sendall(b"GET /wires/events?channel=tweets HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in deaf.recv(16)
        since = len(host.log())
        async with aiohttp.ClientSession() as http:
            while not re.search("left.*slow consumer", host.log()[since:]):
                body = {"event": "flood", "args": ["tweets", 15_000, 20]}
                async with http.post(f"{host.url}/wires/emit", json=body) as response:
                    assert response.status == 200
        deaf.close()
