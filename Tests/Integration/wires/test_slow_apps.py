"""Clients and apps that do not keep step: what comes early, late, all at once or too often."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
import pytest
from light_client import LightClient, Refused
from wires.connections import Ended, EventStream, PlainSocket, poll
from wires.conftest import IMPATIENT, start
from wires.raw_socket_io import RawSocketIO

NAMESPACE = "/slow"
ALLOWANCE = 20_000
PIECE = "x" * 15_000


@pytest.fixture(scope="module")
def host(wires_apps):
    with start(wires_apps, **IMPATIENT, **{"engine.outbound_bytes": ALLOWANCE}) as host:
        yield host


@pytest.fixture
def slow(host) -> str:
    return f"{host.url}{NAMESPACE}"


async def get(url: str, **more) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url, **more) as response:
        return response.status, await response.text()


async def emit(base: str, event: str, *args, **more) -> tuple[int, dict]:
    body = {"event": event, "args": args, **more}
    async with aiohttp.ClientSession() as http, http.post(f"{base}/emit", json=body) as response:
        return response.status, await response.json()


async def test_frames_that_come_before_the_hello_are_not_lost(slow):
    async with PlainSocket.open(slow, auth=json.dumps({"wait": 0.3})) as socket:
        await socket.send(subscribe="tweets")
        await socket.send(emit="echo", args=[1], id=5)
        frames = [await socket.frame() for _ in range(3)]
    assert [next(iter(frame)) for frame in frames] == ["hello", "subscribed", "ack"]


async def test_too_much_before_the_hello_closes_the_websocket(slow):
    async with PlainSocket.open(slow, auth=json.dumps({"wait": 5})) as socket:
        for _ in range(3):
            await socket.send(emit="echo", args=["x" * 8_000])
        await asyncio.wait_for(socket.socket.wait_closed(), 4)
        assert socket.socket.close_code == 1002


async def test_more_than_may_wait_for_a_client_is_replayed_all_the_same(slow):
    async with aiohttp.ClientSession() as http:
        _, first = await poll(http, slow, "tweets")
        for number in range(10):
            assert (await emit(slow, "publish", "tweets", [number, PIECE]))[0] == 200
        _, answer = await poll(http, slow, "tweets", position=first["position"])
    assert [frame["data"][0] for frame in answer["messages"]] == list(range(10))
    async with EventStream.open(slow, "tweets", last_id=first["position"]) as stream:
        assert [number for number, _ in await stream.publications(10)] == list(range(10))
    async with PlainSocket.open(slow, "tweets", position=first["position"]) as socket:
        assert [number for number, _ in await socket.publications(10)] == list(range(10))


async def test_a_volatile_event_behind_another_reaches_a_client_that_reads(slow):
    async with EventStream.open(slow) as stream, PlainSocket.open(slow) as socket:
        for wire in (stream, socket):
            key = (await wire.frame("hello"))["hello"]["key"]
            assert (await emit(slow, "both", key=key))[0] == 200
            assert [(await wire.frame("event"))["event"] for _ in range(2)] == ["first", "second"]


async def test_a_generator_may_write_more_at_once_than_may_wait(slow):
    assert await get(f"{slow}/long?length=3000000") == (200, "x" * 3_000_000 + "end")


async def test_timers_go_on_when_the_client_of_a_sleeping_generator_leaves(wires_apps):
    with start(wires_apps) as host:
        base = f"{host.url}{NAMESPACE}"
        async with aiohttp.ClientSession() as http:
            for _ in range(20):
                async with http.get(f"{base}/sleepy") as response:
                    assert await response.content.readexactly(5) == b"begun"
                    response.close()
        async with EventStream.open(base, "ticks") as stream:
            assert await stream.publications(10) == ["tick"] * 10


async def test_an_app_that_is_too_busy_says_so_at_once(wires_apps):
    with start(wires_apps, **{"limits.waiting_events": 100, "limits.event_ms": 5000}) as host:
        base = f"{host.url}{NAMESPACE}"
        async with (
            EventStream.open(base) as stream,
            await LightClient.connect(host.url, NAMESPACE) as client,
        ):
            key = (await stream.frame("hello"))["hello"]["key"]
            spinning = await client.ask("spin", 4)
            for number in range(150):
                await client.emit("echo", number)
            await asyncio.to_thread(host.wait_for_log, "thread of its own")
            status, answer = await asyncio.wait_for(emit(base, "echo", 1, key=key), 10)
            assert (status, answer["error"]) == (503, "overloaded")
            assert await spinning == [True]


@pytest.mark.parametrize(
    "body", ['{"event":"disconnect"}', '{"event":"echo","args":[01]}', '{"event":"echo","args":[}]}']
)
async def test_an_event_that_breaks_the_rules_is_the_requests_fault(slow, body):
    headers = {"content-type": "application/json"}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{slow}/emit", data=body, headers=headers) as response:
            assert (response.status, (await response.json())["error"]) == (400, "bad_request")


async def test_what_a_request_may_ask_for_is_bounded(slow):
    channels = [("channel", "tweets")] * 101
    for wire in ("events", "poll"):
        status, body = await get(f"{slow}/{wire}", params=channels)
        assert (status, json.loads(body)["error"]) == (400, "too_many_channels")


async def test_doubled_slashes_are_no_namespace(host):
    status, body = await get(f"{host.url}/slow/a/b")
    assert (status, json.loads(body)) == (200, {"first": "a", "second": "b"})
    assert (await get(f"{host.url}//slow/a"))[0] == 404


@pytest.mark.parametrize("name", ["a\0rden", "a\x01", "\0", "a\x7f"])
async def test_a_namespace_of_a_pattern_has_no_control_characters(host, name):
    async with await LightClient.connect(host.url, "/slow/rooms/a"):
        with pytest.raises(Refused):
            await LightClient.connect(host.url, f"/slow/rooms/{name}")


async def test_who_is_addressed_twice_hears_once(host):
    async with (
        await LightClient.connect(host.url, NAMESPACE) as one,
        await LightClient.connect(host.url, NAMESPACE) as other,
    ):
        ids = [client._joined.result()["sid"] for client in (one, other)]
        assert await one.call("enter", "den") is True
        await other.emit("address", "den", ids[0])
        await one.event("addressed")
        await one.event("done")
        assert one._events == []
        await other.event("done")
        await one.emit("address_except", "den", *ids)
        await other.event("addressed")
        await one.event("done")
        assert one._events == []


async def test_an_id_of_another_namespace_is_no_address(host):
    async with (
        await LightClient.connect(host.url, NAMESPACE) as client,
        RawSocketIO.open(host.url, "/slow/side") as stranger,
    ):
        _, accepted = await stranger.accepted()
        await client.emit("address", accepted["sid"])
        await client.event("done")
        await stranger.emit("nothing")
        assert (await stranger.packet()).startswith('2["error","no_such_method"')


async def test_a_host_that_stops_ends_streams_and_polls(wires_apps):
    with start(wires_apps) as host:
        base = f"{host.url}{NAMESPACE}"
        async with aiohttp.ClientSession() as http, EventStream.open(base, "tweets") as stream:
            await stream.frame("subscribed")
            _, first = await poll(http, base, "tweets")
            waiting = asyncio.create_task(poll(http, base, "tweets", position=first["position"]))
            assert (await emit(base, "echo"))[0] == 200
            began = time.monotonic()
            await asyncio.to_thread(host.stop)
            assert time.monotonic() - began < 4
            assert (await waiting)[0] == 503
            with pytest.raises(Ended):
                await stream.event()


RECOVERY = {**IMPATIENT, "engine.recovery_ms": 20_000, "engine.recovery_packets": 20}


async def test_a_client_that_leaves_while_it_comes_back_may_come_back_again(wires_apps):
    with start(wires_apps, **RECOVERY) as host:
        async with RawSocketIO.open(host.url, NAMESPACE) as client:
            _, accepted = await client.accepted()
            assert await client.call("enter", "den") == [True]
            client.cut()
        claim = {"pid": accepted["pid"]}
        since = len(host.log())
        async with RawSocketIO.open(host.url, NAMESPACE, {**claim, "rewait": 5}) as client:
            await asyncio.to_thread(host.wait_for_log, "waiting", 10, since)
            client.cut()
        async with await LightClient.connect(host.url, NAMESPACE) as other:
            await other.emit("address", "den")
            await other.event("done")
        async with RawSocketIO.open(host.url, NAMESPACE, claim) as client:
            missed, again = await client.accepted()
            assert again == accepted
            assert [packet.split(",")[0] for packet in missed] == ['2["addressed"', '2["done"']


async def test_a_client_is_never_told_that_it_is_back_when_something_is_missing(wires_apps):
    with start(wires_apps, **RECOVERY) as host:
        async with RawSocketIO.open(host.url, NAMESPACE) as client:
            _, accepted = await client.accepted()
            client.cut()
        claim = {"pid": accepted["pid"]}
        since = len(host.log())
        async with RawSocketIO.open(host.url, NAMESPACE, {**claim, "rewait": 3}) as client:
            await asyncio.to_thread(host.wait_for_log, "waiting", 10, since)
            async with await LightClient.connect(host.url, NAMESPACE) as other:
                assert await other.call("flood", 50) is True
            with pytest.raises(AssertionError, match="CLOSE"):
                await client.accepted()
        async with RawSocketIO.open(host.url, NAMESPACE, claim) as client:
            missed, again = await client.accepted()
            assert missed == [] and again["pid"] != accepted["pid"]
