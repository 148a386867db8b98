"""Events from the simple wires to the app: by requests of their own, or for an open stream."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from wires.connections import EventStream, PlainSocket


async def emit(base: str, body: object, **more) -> tuple[int, dict]:
    """`POST /NAMESPACE/emit`: the status and the decoded body."""
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    headers = {"content-type": "application/json", **more.pop("headers", {})}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{base}/emit", data=data, headers=headers, params=more) as response,
    ):
        text = await response.text()
        return response.status, json.loads(text) if text else {}


async def test_the_answer_is_the_ack_and_what_the_client_was_sent(base):
    status, answer = await emit(base, {"event": "echo", "args": [1, {"a": None}, "ü"]})
    assert (status, answer) == (200, {"ack": [1, {"a": None}, "ü"], "messages": []})
    status, answer = await emit(base, {"event": "whoami"}, auth='{"word":"me"}')
    assert status == 200
    identity, word = answer["ack"]
    assert word == "me"
    assert answer["messages"] == [{"event": "you", "args": [identity, "me"]}]


async def test_spaces_in_the_name_of_an_event(base):
    status, answer = await emit(base, {"event": "send binary", "args": ["room-emitted", "x"]})
    assert (status, answer["ack"]) == (200, [True])


FAILURES = {
    "no such event": ({"event": "nothing"}, 404, "no_such_method"),
    "a name that is none": ({"event": "__index"}, 400, "unallowed_event_name"),
    "a broken handler": ({"event": "break"}, 500, "internal_error"),
    "an unknown key": ({"event": "echo", "key": "nobody"}, 404, "unknown_key"),
    "no event": ({"args": []}, 400, "bad_request"),
    "a name that is no text": ({"event": 7}, 400, "bad_request"),
    "arguments that are no list": ({"event": "echo", "args": {}}, 400, "bad_request"),
    "no object": ([], 400, "bad_request"),
    "no json": ("{", 400, "bad_request"),
    "nothing": ("", 400, "bad_request"),
}


@pytest.mark.parametrize("body, status, name", FAILURES.values(), ids=FAILURES.keys())
async def test_an_emit_that_fails_says_why(base, body, status, name):
    answered, answer = await emit(base, body)
    assert (answered, answer["error"]) == (status, name)


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error"])
async def test_reserved_names_cannot_be_emitted(base, name):
    status, answer = await emit(base, {"event": name, "args": []})
    assert 400 <= status < 600 and answer["error"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_an_emit_must_say_that_it_is_json(base, kind):
    body = json.dumps({"event": "echo", "args": [1]})
    status, answer = await emit(base, body, headers={"content-type": kind})
    assert (status, answer["error"]) == (415, "content_type")


async def test_an_emit_may_name_its_charset(base):
    headers = {"content-type": "application/json; charset=utf-8"}
    assert (await emit(base, {"event": "echo", "args": [1]}, headers=headers))[0] == 200


async def test_the_key_of_a_stream_speaks_for_its_client(base):
    async with (
        EventStream.open(base, "tweets", auth='{"word":"streaming"}') as stream,
        PlainSocket.open(base, auth='{"word":"socket"}') as socket,
    ):
        for wire, word in ((stream, "streaming"), (socket, "socket")):
            hello = (await wire.frame("hello"))["hello"]
            assert hello["namespace"] == "/wires"
            status, answer = await emit(base, {"event": "whoami", "key": hello["key"]})
            assert (status, answer) == (200, {"ack": [hello["id"], word], "messages": []})
            frame = await wire.frame("event")
            assert frame == {"event": "you", "args": [hello["id"], word]}


async def test_a_stream_that_has_ended_has_no_key(base):
    async with EventStream.open(base, "tweets") as stream:
        key = (await stream.frame("hello"))["hello"]["key"]
    status = 200
    async with asyncio.timeout(10):
        while status == 200:
            status, answer = await emit(base, {"event": "echo", "args": [], "key": key})
    assert (status, answer["error"]) in [(404, "unknown_key"), (410, "gone")]


async def test_the_key_subscribes_the_stream_to_another_channel(base, publisher):
    async with publisher, EventStream.open(base) as stream:
        key = (await stream.frame("hello"))["hello"]["key"]
        wanted = {"event": "subscribe", "args": ["room", "added"], "key": key}
        status, answer = await emit(base, wanted)
        assert (status, answer["ack"]) == (200, [True])
        await publisher.publish("room-added", "late")
        assert await stream.publications(1) == ["late"]


async def test_a_websocket_emits_and_gets_acks(base):
    async with PlainSocket.open(base) as socket:
        await socket.frame("hello")
        await socket.send(emit="echo", args=["a", {"b": 1}], id=7)
        assert await socket.frame("ack") == {"ack": 7, "args": ["a", {"b": 1}]}
        await socket.send(emit="echo", id=0)
        assert await socket.frame("ack") == {"ack": 0, "args": []}
        await socket.send(emit="nothing")
        frame = await socket.frame("event")
        assert (frame["event"], frame["args"][0]) == ("error", "no_such_method")


async def test_a_websocket_answers_what_the_app_asks(base):
    async with PlainSocket.open(base) as socket:
        await socket.frame("hello")
        await socket.send(emit="ask", args=["why?"])
        question = await socket.frame("event")
        assert (question["event"], question["args"]) == ("question", ["why?"])
        await socket.send(ack=question["id"], args=["because", 2])
        assert await socket.frame("event") == {"event": "answered", "args": ["because", 2]}


async def test_rooms_reach_clients_of_every_wire(base):
    async with (
        EventStream.open(base, "room/den") as stream,
        PlainSocket.open(base, "room/den") as socket,
    ):
        for wire in (stream, socket):
            await wire.frame("subscribed")
        status, _ = await emit(base, {"event": "tell", "args": ["room-den", "psst", 1]})
        assert status == 200
        for wire in (stream, socket):
            assert await wire.frame("event") == {"event": "told", "args": ["psst", 1]}


BAD_FRAMES = ["", "nonsense", "[]", "{}", "7", '{"emit":"a","args":{}}', '{"subscribe":"a","args":1}']


@pytest.mark.parametrize("text", BAD_FRAMES)
async def test_a_frame_that_is_none_closes_the_websocket(base, text):
    async with PlainSocket.open(base) as socket:
        await socket.frame("hello")
        await socket.socket.send(text)
        await socket.socket.wait_closed()
        assert socket.socket.close_code == 1002


async def test_a_binary_frame_closes_the_websocket(base):
    async with PlainSocket.open(base) as socket:
        await socket.frame("hello")
        await socket.socket.send(b"\x00\x01")
        await socket.socket.wait_closed()
        assert socket.socket.close_code in (1002, 1003)
