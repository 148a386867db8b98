"""Who is present, as other clients and the plain wires tell it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack

import aiohttp
import pytest

from app_folder import AppFolder
from full_client import connected
from presence_app import WHO, Crowd


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("who.lua", WHO)
    return folder


@pytest.fixture
def alone(folder):
    """One host without an engine."""
    with folder.serve() as host:
        yield host


async def test_other_clients_see_the_same(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        auth = {"key": "full", "meta": {"a": 1}}
        async with connected(alone.url, "/who", auth=auth) as full:
            channel, state = await full.event("presence_state")
            assert (channel, list(state)) == ("room", ["full"])
            [meta] = state["full"]["metas"]
            assert {**meta, "ref": ""} == {"ref": "", "a": 1}
            ann = await crowd.come(alone, key="ann")
            channel, diff = await full.event("presence_diff")
            assert (channel, list(diff["joins"]), diff["leaves"]) == ("room", ["ann"], {})
            await ann.sees({"full": 1, "ann": 1})
        await ann.sees({"ann": 1})


async def test_plain_wires_carry_the_same_events(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        params = {"auth": json.dumps({"key": "plain"})}
        socket = await http.ws_connect(f"{alone.url}/who/websocket", params=params)
        assert "hello" in await socket.receive_json()
        state = await socket.receive_json()
        assert state["event"] == "presence_state"
        assert (state["args"][0], list(state["args"][1])) == ("room", ["plain"])
        params = {"auth": json.dumps({"watch": "room"})}
        stream = await stack.enter_async_context(
            http.get(f"{alone.url}/who/events", params=params)
        )
        assert (await frame(stream, "presence_state"))["args"][1].keys() == {"plain"}
        ann = await crowd.come(alone, key="ann")
        for diff in (await socket.receive_json(), await frame(stream, "presence_diff")):
            assert diff["event"] == "presence_diff" and list(diff["args"][1]["joins"]) == ["ann"]
        await ann.sees({"plain": 1, "ann": 1})
        await socket.close()
        await ann.sees({"ann": 1})


async def frame(stream, event: str) -> dict:
    """The next frame of an event stream that is this event."""
    async with asyncio.timeout(10):
        while True:
            line = await stream.content.readline()
            if line.startswith(b"data:"):
                told = json.loads(line[5:])
                if told.get("event") == event:
                    return told
