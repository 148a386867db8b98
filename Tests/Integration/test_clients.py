"""What python-socketio can do with an app, over every transport."""

from __future__ import annotations

import asyncio

import pytest

from full_client import TRANSPORTS, connected

pytestmark = pytest.mark.parametrize("transport", list(TRANSPORTS))

NESTED = {"a": [1, 2.5, None, True, {"b": "ü€𝄞"}], "empty": {}, "big": 2**53 + 1, "minus": -7}


async def test_an_ack_brings_back_every_kind_of_value(host, transport):
    async with connected(host.url, "/letters", transport=transport) as client:
        assert await client.call("echo", NESTED) == NESTED
        assert list(await client.call("echo", 1, "two", [3])) == [1, "two", [3]]
        assert await client.call("echo") in (None, (), [])


async def test_an_event_brings_back_every_kind_of_value(host, transport):
    async with connected(host.url, "/letters", transport=transport) as client:
        await client.emit("reflect", NESTED, "second")
        assert await client.event("reflection") == (NESTED, "second")


async def test_binary_goes_both_ways(host, transport):
    every_byte = bytes(range(256))
    async with connected(host.url, "/letters", transport=transport) as client:
        letter = {"parts": [every_byte, b""], "name": "attachment"}
        assert await client.call("echo", letter) == letter
        await client.emit("reflect", every_byte, letter)
        assert await client.event("reflection") == (every_byte, letter)


async def test_a_large_message_arrives_whole(host, transport):
    text = "0123456789" * 50_000
    async with connected(host.url, "/letters", transport=transport) as client:
        assert await client.call("echo", text) == text


async def test_events_are_handled_in_the_order_they_were_sent(host, transport):
    async with connected(host.url, "/letters", transport=transport) as client:
        for number in range(200):
            await client.emit("reflect", number)
        assert [await client.event("reflection") for _ in range(200)] == list(range(200))


async def test_an_app_can_ask_the_client(host, transport):
    async with connected(host.url, "/letters", transport=transport) as client:
        client.client.on("question", lambda text: f"{text}? yes", namespace="/letters")
        await client.emit("interview", "tea")
        assert await client.event("report") == "tea? yes"


async def test_several_namespaces_share_a_connection_and_its_session(host, transport):
    names = ("/letters", "/atlas", "/atlas/admin", "/gate")
    async with connected(
        host.url, *names, transport=transport, auth={"word": "sesame"}
    ) as client:
        assert await client.event("welcome", of="/gate") == "sesame"
        assert await client.call("capital", "Japan", to="/atlas") == "東京"
        assert await client.call("whoami", to="/atlas/admin") == "admin of atlas"
        await client.emit("reflect", "only letters", to="/letters")
        assert await client.event("reflection", of="/letters") == "only letters"
        assert all(client.heard_nothing(of=name) for name in names)


async def test_the_session_is_kept_for_each_connection(host, transport):
    async with (
        connected(host.url, "/letters", transport=transport) as first,
        connected(host.url, "/letters", transport=transport) as second,
    ):
        await first.call("remember", "word", {"deep": [1]})
        assert await first.call("recall", "word") == {"deep": [1]}
        assert await second.call("recall", "word") is None


async def test_an_app_can_send_a_client_away(host, transport):
    async with connected(host.url, "/letters", "/atlas", transport=transport) as client:
        await client.emit("leave_me", to="/letters")
        await asyncio.wait_for(client.left["/letters"].wait(), 10)
        assert await client.call("capital", "France", to="/atlas") == "Paris"
