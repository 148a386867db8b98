"""The 32 behaviours of Socket.IO v5: the 16 of Engine.IO below it, and 16 of its own.

The server has the namespaces `/` and `/custom`. On connect both emit `auth` with the client's payload.
`/` answers `message` with `message-back`, and `message-with-ack` with an ack, with the same arguments.
"""

from __future__ import annotations

import json

from engine_behaviour import EngineBehaviour
from wire import Endpoint, WebSocket

TWO_PLACEHOLDERS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'
TWO_ATTACHMENTS = (b"\x01\x02\x03", b"\x04\x05\x06")


async def connected(endpoint: Endpoint) -> WebSocket:
    """A client of the main namespace that has read everything said so far."""
    socket = await endpoint.open_websocket()
    await socket.send("40")
    assert (await socket.receive())[:2] == "40"
    assert await socket.receive() == '42["auth",{}]'
    return socket


class TestEngineIOBelowSocketIO(EngineBehaviour):
    path = "/socket.io/"


class TestConnect:
    path = "/socket.io/"

    async def test_a_client_connects_to_the_main_namespace(self, endpoint: Endpoint):
        await self.assert_connects(endpoint, "40", answer="40", auth='42["auth",{}]')

    async def test_the_main_namespace_sees_the_payload(self, endpoint: Endpoint):
        await self.assert_connects(
            endpoint, '40{"token":"123"}', answer="40", auth='42["auth",{"token":"123"}]'
        )

    async def test_a_client_connects_to_a_custom_namespace(self, endpoint: Endpoint):
        await self.assert_connects(
            endpoint, "40/custom,", answer="40/custom,", auth='42/custom,["auth",{}]'
        )

    async def test_a_custom_namespace_sees_the_payload(self, endpoint: Endpoint):
        await self.assert_connects(
            endpoint,
            '40/custom,{"token":"abc"}',
            answer="40/custom,",
            auth='42/custom,["auth",{"token":"abc"}]',
        )

    async def test_an_unknown_namespace_is_refused_with_a_reason(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.send("40/random")
        assert await socket.receive() == '44/random,{"message":"Invalid namespace"}'

    async def test_an_invalid_first_packet_closes_the_connection(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.send("4abc")
        await socket.wait_closed()

    async def test_a_client_that_never_connects_is_closed(self, endpoint: Endpoint):
        socket = await endpoint.open_websocket()
        await socket.wait_closed()

    async def assert_connects(self, endpoint: Endpoint, sent: str, answer: str, auth: str) -> None:
        socket = await endpoint.open_websocket()
        await socket.send(sent)
        accepted = await socket.receive()
        assert accepted.startswith(answer)
        body = json.loads(accepted[len(answer) :])
        assert list(body) == ["sid"] and isinstance(body["sid"], str)
        assert await socket.receive() == auth


class TestDisconnect:
    path = "/socket.io/"

    async def test_leaving_the_main_namespace_keeps_the_connection(self, endpoint: Endpoint):
        socket = await connected(endpoint)
        await socket.send("41")
        assert await socket.receive() == "2"

    async def test_leaving_a_custom_namespace_keeps_the_main_one(self, endpoint: Endpoint):
        socket = await connected(endpoint)
        assert await socket.receive() == "2"
        await socket.send("40/custom")
        assert (await socket.receive()).startswith("40/custom,")
        assert (await socket.receive()).startswith('42/custom,["auth"')
        await socket.send("41/custom", '42["message","message to main namespace"]')
        assert await socket.receive() == '42["message-back","message to main namespace"]'


class TestMessage:
    path = "/socket.io/"

    async def test_an_event_carries_plain_values(self, endpoint: Endpoint):
        socket = await connected(endpoint)
        await socket.send('42["message",1,"2",{"3":[true]}]')
        assert await socket.receive() == '42["message-back",1,"2",{"3":[true]}]'

    async def test_an_event_carries_attachments(self, endpoint: Endpoint):
        socket = await connected(endpoint)
        await socket.send(f'452-["message",{TWO_PLACEHOLDERS}]', *TWO_ATTACHMENTS)
        await self.assert_received_with_attachments(
            socket, f'452-["message-back",{TWO_PLACEHOLDERS}]'
        )

    async def test_an_ack_carries_plain_values(self, endpoint: Endpoint):
        socket = await connected(endpoint)
        await socket.send('42456["message-with-ack",1,"2",{"3":[false]}]')
        assert await socket.receive() == '43456[1,"2",{"3":[false]}]'

    async def test_an_ack_carries_attachments(self, endpoint: Endpoint):
        socket = await connected(endpoint)
        await socket.send(f'452-789["message-with-ack",{TWO_PLACEHOLDERS}]', *TWO_ATTACHMENTS)
        await self.assert_received_with_attachments(socket, f"462-789[{TWO_PLACEHOLDERS}]")

    async def test_an_unknown_packet_type_closes_the_connection(self, endpoint: Endpoint):
        await self.assert_closes(endpoint, "4abc")

    async def test_an_event_that_is_no_array_closes_the_connection(self, endpoint: Endpoint):
        await self.assert_closes(endpoint, "42{}")

    async def test_an_ack_id_that_is_no_number_closes_the_connection(self, endpoint: Endpoint):
        await self.assert_closes(endpoint, '42abc["message-with-ack",1,"2",{"3":[false]}]')

    async def assert_received_with_attachments(self, socket: WebSocket, header: str) -> None:
        received = [await socket.receive_past_pings() for _ in range(3)]
        assert received == [header, *TWO_ATTACHMENTS]
        await socket.close()

    async def assert_closes(self, endpoint: Endpoint, packet: str) -> None:
        socket = await connected(endpoint)
        await socket.send(packet)
        await socket.wait_closed()
