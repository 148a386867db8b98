"""Positions: what a client that comes back gets, on any wire, and when it has to begin anew."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from full_client import connected
from wires.connections import EventStream, PlainSocket, poll


async def numbers_on(publisher, channel: str, first: int, last: int) -> list[str]:
    """Publishes the numbers and answers their positions."""
    return [await publisher.publish(channel, number) for number in range(first, last + 1)]


async def read_by_socket_io(host, channel: str, *args: str, position: str, count: int) -> tuple:
    """Subscribes with a position: the ack, and as many publications with their positions."""
    async with connected(host.url, "/wires") as client:
        granted = await client.call("subscribe", {"channel": channel, "position": position}, *args)
        heard = [await client.event("pubblication") for _ in range(count)]
        return granted, [(data, place["position"]) for data, place in heard]


async def read_by_stream(base, channel: str, position: str, count: int) -> tuple:
    async with EventStream.open(base, channel, last_id=position) as stream:
        granted = (await stream.frame("subscribed"))["subscribed"]
        heard = []
        for _ in range(count):
            event = await stream.event()
            frame = json.loads(event.data)
            assert event.id == frame["position"]
            heard.append((frame["data"], event.id))
        return granted, heard


async def read_by_poll(base, channel: str, position: str, count: int) -> tuple:
    async with aiohttp.ClientSession() as http:
        status, answer = await poll(http, base, channel, position=position)
    assert status == 200
    heard = [(frame["data"], frame["position"]) for frame in answer["messages"]]
    assert len(heard) == count
    return answer, heard


async def read_by_socket(base, channel: str, position: str, count: int) -> tuple:
    async with PlainSocket.open(base, channel, position=position) as socket:
        granted = (await socket.frame("subscribed"))["subscribed"]
        frames = [await socket.frame("position") for _ in range(count)]
        return granted, [(frame["data"], frame["position"]) for frame in frames]


READERS = {"sse": read_by_stream, "poll": read_by_poll, "websocket": read_by_socket}


async def test_a_client_may_change_the_wire_and_go_on(wires_host, base, publisher):
    async with publisher, connected(wires_host.url, "/wires") as client:
        granted = await client.call("subscribe", {"channel": "room", "position": ""}, "roam")
        assert (granted["name"], granted["channel"]) == ("room", "room-roam")
        places = await numbers_on(publisher, "room-roam", 1, 50)
        heard = [await client.event("pubblication") for _ in range(50)]
        assert [data for data, _ in heard] == list(range(1, 51))
        assert [place["position"] for _, place in heard] == places
        places += await numbers_on(publisher, "room-roam", 51, 90)
    expected = list(zip(range(51, 91), places[50:]))
    for wire, read in READERS.items():
        granted, heard = await read(base, "room/roam", places[49], 40)
        assert granted["recovered"] is True, wire
        assert heard == expected, wire
    granted, heard = await read_by_socket_io(
        wires_host, "room", "roam", position=places[49], count=40
    )
    assert (granted["recovered"], heard) == (True, expected)


async def test_a_position_on_the_query_is_as_good_as_the_header(base, publisher):
    async with publisher:
        places = await numbers_on(publisher, "room-query", 1, 3)
    for name in ("position", "last_event_id", "lastEventID"):
        async with EventStream.open(base, "room/query", **{name: places[0]}) as stream:
            assert await stream.publications(2) == [2, 3]


async def test_the_header_wins_over_the_query(base, publisher):
    async with publisher:
        places = await numbers_on(publisher, "room-header", 1, 3)
    headers = {"Last-Event-ID": places[1]}
    async with EventStream.open(
        base, "room/header", headers=headers, last_event_id=places[0]
    ) as stream:
        assert await stream.publications(1) == [3]


async def test_without_a_position_a_client_begins_now(base, publisher):
    async with publisher:
        await publisher.publish("room-now", "before")
        async with (
            EventStream.open(base, "room/now") as stream,
            PlainSocket.open(base, "room/now") as socket,
        ):
            for wire in (stream, socket):
                granted = (await wire.frame("subscribed"))["subscribed"]
                assert granted["recovered"] is True
            await publisher.publish("room-now", "after")
            assert await stream.publications(1) == ["after"]
            assert await socket.publications(1) == ["after"]


@pytest.mark.parametrize(
    "position",
    ["Unknown1:1", "nonsense", ":", "x:-1", "a b:1", "x:99999999999999999999999", "x" * 200 + ":1"],
)
async def test_a_position_that_cannot_be_kept_is_told_with_the_top(base, publisher, position):
    async with publisher:
        top = await publisher.publish("room-unknown", 1)
        async with (
            EventStream.open(base, "room/unknown", position=position) as stream,
            PlainSocket.open(base, "room/unknown", position=position) as socket,
        ):
            for wire in (stream, socket):
                granted = (await wire.frame("subscribed"))["subscribed"]
                assert (granted["recovered"], granted["position"]) == (False, top)
            async with aiohttp.ClientSession() as http:
                status, answer = await poll(http, base, "room/unknown", position=position)
            assert (status, answer) == (200, {"position": top, "recovered": False, "messages": []})
            await publisher.publish("room-unknown", 2)
            assert await stream.publications(1) == [2]
            assert await socket.publications(1) == [2]


async def test_a_position_ahead_of_the_channel_is_not_recovered(base, publisher):
    async with publisher:
        top = await publisher.publish("room-ahead", 1)
    epoch, offset = top.split(":")
    granted, _ = await read_by_socket(base, "room/ahead", f"{epoch}:{int(offset) + 1}", 0)
    assert (granted["recovered"], granted["position"]) == (False, top)


async def test_history_that_does_not_reach_back_replays_nothing(wires_host, base, publisher):
    """The channel `short` keeps three publications."""
    async with publisher:
        places = await numbers_on(publisher, "short", 1, 10)
    for wire, read in READERS.items():
        granted, heard = await read(base, "short", places[5], 0)
        assert (granted["recovered"], granted["position"]) == (False, places[9]), wire
        granted, heard = await read(base, "short", places[6], 3)
        assert granted["recovered"] is True and [data for data, _ in heard] == [8, 9, 10], wire
    granted, _ = await read_by_socket_io(wires_host, "short", position=places[5], count=0)
    assert (granted["recovered"], granted["position"]) == (False, places[9])


async def test_history_ages(base, publisher):
    """The channel `brief` keeps publications for two seconds."""
    async with publisher, aiohttp.ClientSession() as http:
        places = await numbers_on(publisher, "brief", 1, 2)
        status, answer = await poll(http, base, "brief", position=places[0])
        assert [frame["data"] for frame in answer["messages"]] == [2]
        async with asyncio.timeout(15):
            while answer["recovered"]:
                status, answer = await poll(http, base, "brief", position=places[0])
        assert answer == {"position": places[1], "recovered": False, "messages": []}


async def test_positions_of_several_channels_stand_in_the_order_of_the_query(base, publisher):
    names = ("tweets", "room/a", "room/b")
    async with publisher, EventStream.open(base, *names) as stream:
        for _ in names:
            await stream.frame("subscribed")
        start = stream.last_id.split(",")
        assert len(start) == 3
        second = await publisher.publish("room-a", "a1")
        await stream.frame("position")
        assert stream.last_id.split(",") == [start[0], second, start[2]]
        third = await publisher.publish("room-b", "b1")
        first = await publisher.publish("tweets", "t1")
        await stream.publications(2)
        assert stream.last_id.split(",") == [first, second, third]
        here = stream.last_id
        await publisher.publish("room-a", "a2")
        await publisher.publish("tweets", "t2")
    async with EventStream.open(base, *names, last_id=here) as stream:
        assert sorted(await stream.publications(2)) == ["a2", "t2"]
    async with aiohttp.ClientSession() as http:
        status, answer = await poll(http, base, *names, position=here)
        assert sorted(frame["data"] for frame in answer["messages"]) == ["a2", "t2"]
        partly = ",".join(["", *here.split(",")[1:]])
        status, answer = await poll(http, base, *names, position=partly)
        assert [frame["data"] for frame in answer["messages"]] == ["a2"]
        assert answer["position"].split(",")[0].split(":")[0] == here.split(":")[0]


async def test_every_id_alone_brings_a_client_back_to_where_it_was(base, publisher):
    names = ("room/left", "room/right")
    expected = [f"{side}{number}" for number in range(5) for side in ("left", "right")]
    ids = []
    async with publisher, EventStream.open(base, *names) as stream:
        for data in expected:
            await publisher.publish(f"room-{data[:-1]}", data)
            assert await stream.publications(1) == [data]
            ids.append(stream.last_id)
    for index, last_id in enumerate(ids[:-1]):
        async with EventStream.open(base, *names, last_id=last_id) as stream:
            missed = await stream.publications(len(ids) - index - 1)
            assert sorted(missed) == sorted(expected[index + 1 :])


async def test_subscribing_while_others_publish_has_no_gap_and_no_repeat(wires_host, base):
    last = 600
    async with connected(wires_host.url, "/wires") as client:
        async with aiohttp.ClientSession() as http:
            start = (await poll(http, base, "room/busy"))[1]["position"]
        readers = [wander(base, "room/busy", start, last, wire) for wire in (0, 1, 2) * 4]
        tasks = [asyncio.create_task(reader) for reader in readers]
        await client.call("publish_numbers", "room-busy", 1, last, 2)
        for heard in await asyncio.gather(*tasks):
            assert heard == list(range(1, last + 1))


async def wander(base, channel: str, position: str, last: int, wire: int) -> list:
    """Reads a few, leaves, and comes back at once, on one wire after the other, until `last`."""
    heard: list = []
    while not heard or heard[-1] != last:
        if wire % 3 == 0:
            async with EventStream.open(base, channel, last_id=position) as stream:
                for _ in range(7):
                    frame = await stream.frame("position")
                    heard.append(frame["data"])
                    position = frame["position"]
                    if heard[-1] == last:
                        break
        elif wire % 3 == 1:
            async with aiohttp.ClientSession() as http:
                _, answer = await poll(http, base, channel, position=position, timeout=5)
                heard += [frame["data"] for frame in answer["messages"]]
                position = answer["position"]
        else:
            async with PlainSocket.open(base, channel, position=position) as socket:
                frame = await socket.frame("position")
                heard.append(frame["data"])
                position = frame["position"]
        wire += 1
    return heard


async def test_unsubscribing_ends_the_publications(base, publisher):
    async with publisher, PlainSocket.open(base, "room/gone") as socket:
        await socket.frame("subscribed")
        await socket.send(unsubscribe="room")
        assert await socket.frame("unsubscribed") == {"unsubscribed": {"name": "room"}}
        await publisher.publish("room-gone", "unheard")
        await socket.send(subscribe="tweets")
        await socket.frame("subscribed")
        await publisher.publish("tweets", "heard")
        assert await socket.publications(1) == ["heard"]


async def test_a_binary_publication_has_its_bytes_beside_it(wires_host, base):
    async with (
        connected(wires_host.url, "/wires") as client,
        EventStream.open(base, "room/binary") as stream,
        PlainSocket.open(base, "room/binary") as socket,
    ):
        for wire in (stream, socket):
            position = (await wire.frame("subscribed"))["subscribed"]["position"]
        await client.call("send_binary", "room-binary", "bytes")
        expected = {"bytes": {"_placeholder": True, "num": 0}, "after": True}
        frames = [await stream.frame("position"), await socket.frame("position")]
        async with aiohttp.ClientSession() as http:
            _, answer = await poll(http, base, "room/binary", position=position)
        for frame in [*frames, *answer["messages"]]:
            assert (frame["data"], frame["attachments"]) == (expected, ["Ynl0ZXM="])


async def test_plain_subscribers_get_no_positions(wires_host, publisher):
    async with publisher, connected(wires_host.url, "/wires") as client:
        assert await client.call("subscribe", "room", "plain") is True
        await publisher.publish("room-plain", {"n": 1})
        assert await client.event("pubblication") == {"n": 1}
