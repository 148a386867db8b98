"""The example apps, driven by python-socketio over every transport."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from full_client import TRANSPORTS, connected

pytestmark = pytest.mark.parametrize("transport", list(TRANSPORTS))


async def test_the_client_ends_up_on_the_transport_it_asked_for(examples, transport):
    async with connected(examples.url, "/pingpong", transport=transport) as player:
        final = "polling" if transport == "polling" else "websocket"
        assert player.client.transport() == final


async def test_a_ping_gets_a_pong(examples, transport):
    async with connected(examples.url, "/pingpong", transport=transport) as player:
        await player.emit("ping", {"type": "ping"})
        assert await player.event("pong") == {"sound": "pong"}


async def test_a_fireball_gets_ten_bangs_and_no_more(examples, transport):
    async with connected(examples.url, "/pingpong", transport=transport) as player:
        await player.emit("ping", {"type": "fireball"})
        await player.emit("ping", {"type": "ping"})
        sounds = [(await player.event("pong"))["sound"] for _ in range(11)]
        assert sounds == ["bang!"] * 10 + ["pong"]


async def test_two_people_chat_in_a_room(examples, transport):
    room = str(uuid.uuid4())
    async with (
        connected(examples.url, "/chat", transport=transport) as alice,
        connected(examples.url, "/chat", transport=transport) as bob,
    ):
        ids = [await enter(alice, room), await enter(bob, room)]
        assert len(set(ids)) == 2
        await alice.emit("user_message", "hello, 世界")
        heard = await asyncio.gather(alice.event("pubblication"), bob.event("pubblication"))
        assert heard == [{"uid": ids[0], "message": "hello, 世界"}] * 2


async def test_people_in_another_room_hear_nothing(examples, transport):
    async with (
        connected(examples.url, "/chat", transport=transport) as alice,
        connected(examples.url, "/chat", transport=transport) as carol,
    ):
        await enter(alice, str(uuid.uuid4()))
        await enter(carol, str(uuid.uuid4()))
        await alice.emit("user_message", "just us")
        await alice.event("pubblication")
        await carol.emit("user_message", "only me")
        assert (await carol.event("pubblication"))["message"] == "only me"


async def enter(person, room: str) -> str:
    """Subscribes to a room; returns the person's id."""
    assert await person.call("subscribe", "room", room) is True
    person_id = await person.event("userid")
    assert str(uuid.UUID(person_id)) == person_id
    return person_id
