"""The Engine.IO v4 behaviours that hold on every endpoint, whatever is spoken above it.

A test class inherits them and names its `path`. Cases that need an echo are in `test_engine_io.py`.
"""

from __future__ import annotations

import asyncio
import json

import aiohttp

from wire import PING_INTERVAL, PING_TIMEOUT, Endpoint, Frame


def assert_opens(packet: Frame, upgrades: list[str]) -> None:
    """The packet is an open packet with exactly the agreed keys."""
    assert packet[:1] == "0"
    opening = json.loads(packet[1:])
    assert isinstance(opening.pop("sid"), str)
    assert opening == {
        "upgrades": upgrades,
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": 1_000_000,
    }


class EngineBehaviour:
    path: str

    async def test_a_polling_session_opens_and_offers_websocket(self, endpoint: Endpoint):
        reply = await endpoint.request("GET", EIO="4", transport="polling")
        assert reply.status == 200
        assert_opens(reply.text, upgrades=["websocket"])

    async def test_polling_needs_protocol_version_4(self, endpoint: Endpoint):
        missing = await endpoint.request("GET", transport="polling")
        wrong = await endpoint.request("GET", EIO="abc", transport="polling")
        assert (missing.status, wrong.status) == (400, 400)

    async def test_polling_needs_a_known_transport(self, endpoint: Endpoint):
        missing = await endpoint.request("GET", EIO="4")
        wrong = await endpoint.request("GET", EIO="4", transport="abc")
        assert (missing.status, wrong.status) == (400, 400)

    async def test_only_get_opens_a_session(self, endpoint: Endpoint):
        post = await endpoint.request("POST", EIO="4", transport="polling")
        put = await endpoint.request("PUT", EIO="4", transport="polling")
        assert (post.status, put.status) == (400, 400)

    async def test_a_websocket_session_opens_and_offers_no_upgrade(self, endpoint: Endpoint):
        socket = await endpoint.dial()
        assert_opens(await socket.receive(), upgrades=[])
        await socket.close()

    async def test_a_websocket_needs_protocol_version_4(self, endpoint: Endpoint):
        assert await endpoint.upgrade_status(transport="websocket") == 400
        assert await endpoint.upgrade_status(EIO="abc", transport="websocket") == 400

    async def test_a_websocket_needs_a_known_transport(self, endpoint: Endpoint):
        assert await endpoint.upgrade_status(EIO="4") == 400
        assert await endpoint.upgrade_status(EIO="4", transport="abc") == 400

    async def test_a_polling_client_that_answers_pings_stays(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        for _ in range(3):
            ping = await session.poll()
            assert (ping.status, ping.text) == (200, "2")
            assert (await session.post("3")).status == 200

    async def test_a_silent_polling_client_is_gone_after_the_timeout(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        await asyncio.sleep(PING_INTERVAL + PING_TIMEOUT)
        assert (await session.poll()).status == 400

    async def test_a_websocket_client_that_answers_pings_stays(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        for _ in range(3):
            assert await socket.receive() == "2"
            await socket.send("3")
        await socket.close()

    async def test_a_silent_websocket_client_is_closed_after_the_timeout(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        assert await socket.wait_closed() == ["2"]

    async def test_a_close_packet_posted_releases_the_poll_and_ends(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        poll, _ = await asyncio.gather(session.poll(), session.post("1"))
        assert (poll.status, poll.text) == (200, "6")
        assert (await session.poll()).status == 400

    async def test_a_close_packet_closes_the_websocket(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.send("1")
        await socket.wait_closed()

    async def test_polling_upgrades_to_websocket(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        socket = await session.dial()
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await self.then_upgrade(session, socket)

    async def test_polling_is_over_after_the_upgrade(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        socket = await session.upgrade()
        assert (await session.poll()).status == 400
        await self.then_still_serves(socket)

    async def test_a_second_websocket_of_the_same_session_is_closed(self, endpoint: Endpoint):
        session = await endpoint.open_session()
        socket = await session.upgrade()
        await self.assert_turned_away(session)
        await self.then_still_serves(socket)

    async def assert_turned_away(self, session) -> None:
        """One more WebSocket of this session is refused, or closed before anything is said."""
        try:
            intruder = await session.dial()
        except aiohttp.WSServerHandshakeError:
            return
        assert await intruder.wait_closed() == []

    async def then_upgrade(self, session, socket) -> None:
        """What follows a probe that was answered."""
        await socket.send("5")

    async def then_still_serves(self, socket) -> None:
        """How a class shows that the upgraded WebSocket is unharmed."""
