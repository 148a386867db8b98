"""The 25 behaviours of Engine.IO v4, against an endpoint that echoes every message."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp

from engine_behaviour import EngineBehaviour
from wire import SEPARATOR, Endpoint, head_start


class TestEngineIO(EngineBehaviour):
    path = "/engine.io/"

    async def test_one_text_message_goes_through_polling(self, endpoint: Endpoint):
        await self.assert_echoed_by_polling(endpoint, "4hello")

    async def test_several_text_messages_share_one_payload(self, endpoint: Endpoint):
        await self.assert_echoed_by_polling(endpoint, SEPARATOR.join(("4test1", "4test2", "4test3")))

    async def test_text_and_binary_messages_share_one_payload(self, endpoint: Endpoint):
        await self.assert_echoed_by_polling(endpoint, SEPARATOR.join(("4hello", "bAQIDBA==")))

    async def test_an_invalid_packet_posted_ends_the_session(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        with contextlib.suppress(aiohttp.ClientConnectionError):
            assert (await session.post("abc")).status == 400
        assert (await session.poll()).status == 400

    async def test_a_second_poll_at_the_same_time_ends_the_session(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        first = asyncio.create_task(session.poll())
        await head_start()
        second = await session.poll()
        assert second.status in (400, 500)
        assert ((await first).status, (await first).text) == (200, "1")
        assert (await session.poll()).status == 400

    async def test_a_poll_that_the_client_gives_up_ends_the_session(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        pending = asyncio.create_task(session.poll())
        await head_start()
        pending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pending
        await head_start()
        assert (await session.poll()).status == 400

    async def test_a_text_message_goes_through_websocket(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.send("4hello")
        assert await socket.receive() == "4hello"
        await socket.close()

    async def test_a_binary_message_goes_through_websocket(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.send(b"\x01\x02\x03\x04")
        assert await socket.receive() == b"\x01\x02\x03\x04"
        await socket.close()

    async def test_an_invalid_packet_closes_the_websocket(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.send("abc")
        await socket.wait_closed()

    async def assert_echoed_by_polling(self, endpoint: Endpoint, payload: str) -> None:
        session = await endpoint.open_session()
        post = await session.post(payload)
        assert (post.status, post.text) == (200, "ok")
        poll = await session.poll()
        assert (poll.status, poll.text) == (200, payload)

    async def then_upgrade(self, session, socket) -> None:
        released = await session.poll()
        assert (released.status, released.text) == (200, "6")
        await socket.send("5")
        await self.assert_echoed(socket)

    async def then_still_serves(self, socket) -> None:
        await self.assert_echoed(socket)

    async def assert_echoed(self, socket) -> None:
        """The echo comes next; a probe's answer may still be on its way before it."""
        await socket.send("4hello")
        frames = [await socket.receive()]
        if frames[0] == "3probe":
            frames.append(await socket.receive())
        assert frames[-1] == "4hello"
