"""The app decides who gets what, by the same functions on every wire; a refusal says so."""

from __future__ import annotations

import json

import aiohttp
import pytest
from light_client import LightClient, Refused
from wires.connections import EventStream, PlainSocket, poll

REFUSALS = {
    "club": (403, "subscription_rejected"),
    "nowhere": (404, "channel_not_available"),
    "broken": (500, "internal_error"),
}


async def post(base: str, path: str, body: object, **query: str) -> tuple[int, dict]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{base}/{path}", json=body, params=query) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize("channel", REFUSALS)
async def test_a_channel_that_is_refused(wires_host, base, channel):
    status, name = REFUSALS[channel]
    async with EventStream.open(base, channel) as stream:
        assert await stream.refusal() == (status, name)
    async with aiohttp.ClientSession() as http:
        answered, body = await poll(http, base, channel)
        assert (answered, body["error"]) == (status, name) and body["message"]
    async with PlainSocket.open(base) as socket:
        await socket.frame("hello")
        await socket.send(subscribe=channel)
        frame = await socket.frame("event")
        assert frame["event"] == "error" and frame["args"][0] == name
        await socket.send(subscribe="tweets")
        await socket.frame("subscribed")
    async with await LightClient.connect(wires_host.url, "/wires") as client:
        await client.emit("subscribe", {"channel": channel, "position": ""})
        assert (await client.event("error"))[0] == name


async def test_one_refused_channel_among_others_refuses_the_stream(base):
    async with EventStream.open(base, "tweets", "club") as stream:
        assert await stream.refusal() == (403, "subscription_rejected")


async def test_a_poll_needs_a_channel_and_a_stream_does_not(base):
    async with aiohttp.ClientSession() as http:
        status, body = await poll(http, base)
        assert (status, body["error"]) == (400, "channel_not_specified")
    async with EventStream.open(base) as stream:
        assert "hello" in await stream.frame()


async def test_a_namespace_that_is_not_there(wires_host):
    for namespace in ("/nowhere", "/wires/nowhere"):
        base = wires_host.url + namespace
        async with EventStream.open(base, "tweets") as stream:
            assert stream.response.status == 404
        async with aiohttp.ClientSession() as http, http.get(f"{base}/poll") as response:
            assert response.status == 404
        for path in ("publish", "emit"):
            async with (
                aiohttp.ClientSession() as http,
                http.post(f"{base}/{path}", json={}) as response,
            ):
                assert response.status in (404, 405)


@pytest.mark.parametrize("word", ["refuse", "fail"])
async def test_on_connect_may_refuse(wires_host, base, word):
    status, name = 403, "connection_refused"
    auth = json.dumps({"word": word})
    async with EventStream.open(base, "tweets", auth=auth) as stream:
        assert await stream.refusal() == (status, name)
        body = await stream.response.json()
        assert "broken" not in body["message"]
        if word == "refuse":
            assert (body["message"], body["data"]) == ("not today", {"hint": "tomorrow"})
    async with aiohttp.ClientSession() as http:
        answered, body = await poll(http, base, "tweets", auth=auth)
        assert (answered, body["error"]) == (status, name)
    answered, body = await post(base, "emit", {"event": "echo", "args": []}, auth=auth)
    assert (answered, body["error"]) == (status, name)
    async with PlainSocket.open(base, auth=auth) as socket:
        refused = (await socket.frame())["refused"]
        assert refused["error"] == name
    with pytest.raises(Refused):
        await LightClient.connect(wires_host.url, "/wires", auth={"word": word})


@pytest.mark.parametrize("auth", ["not json", "[1,2", "{}", "7", "null", '"text"', ""])
async def test_auth_that_the_app_makes_nothing_of_lets_the_client_in(base, auth):
    async with EventStream.open(base, "tweets", auth=auth) as stream:
        assert "hello" in await stream.frame()


async def test_a_client_that_leaves_is_told_to_the_app(wires_host, base):
    since = len(wires_host.log())
    auth = json.dumps({"word": "stream"})
    async with EventStream.open(base, "tweets", auth=auth) as stream:
        await stream.frame("hello")
    wires_host.wait_for_log(r"left\s+stream\s+transport close", since=since)
    async with PlainSocket.open(base, auth=json.dumps({"word": "socket"})) as socket:
        await socket.frame("hello")
    wires_host.wait_for_log(r"left\s+socket\s+", since=since)
    await post(base, "emit", {"event": "echo", "args": [1]}, auth=json.dumps({"word": "emitter"}))
    wires_host.wait_for_log(r"left\s+emitter\s+", since=since)
