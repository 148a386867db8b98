"""Models on every wire: a client that comes at whatever moment sees what the server has."""

from __future__ import annotations

import random

import aiohttp
import pytest

from full_client import connected
from live_page import LivePage, Mirror
from wires.connections import EventStream, PlainSocket, poll

KINDS = ("push", "insert", "remove", "reverse", "toggle", "title", "clear", "nothing")


class Author:
    """A client that changes the model, one change after the other."""

    def __init__(self, client, seed: int):
        self.client = client
        self.random = random.Random(seed)
        self.id = 0

    async def change(self, most: int = 3, least: int = 0) -> None:
        for _ in range(self.random.randint(least, most)):
            self.id += 1
            await self.client.call("change", self.random.choice(KINDS), self.id)

    async def value(self):
        return await self.client.call("list")


async def catch_up(client, mirror: Mirror, value) -> None:
    """Takes publications until the mirror has seen as many changes as the server has made."""
    while mirror.value["count"] < value["count"]:
        mirror.published(*await client.event("pubblication"))
    assert mirror.value == value
    assert client.heard_nothing()


async def subscribe(client, mirror: Mirror, *arguments: str, channel: str = "model:list") -> dict:
    asked = {"channel": channel, "position": mirror.position or ""}
    answer = await client.call("subscribe", asked, *arguments)
    mirror.subscribed(answer)
    return answer


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_happens_between_page_and_subscription_is_seen_once(host, seed):
    async with connected(host.url, "/ledger") as writer:
        author = Author(writer, seed)
        await author.change()
        page = await LivePage.fetch(f"{host.url}/ledger/")
        mirror = Mirror.of(page)
        assert mirror.value == await author.value()
        await author.change()
        async with connected(host.url, "/ledger") as reader:
            await author.change()
            answer = await subscribe(reader, mirror)
            assert answer["recovered"] is True
            await catch_up(reader, mirror, await author.value())
            await author.change(most=5)
            await catch_up(reader, mirror, await author.value())


@pytest.mark.parametrize("seed", range(10))
async def test_a_client_that_was_away_gets_what_it_missed(host, seed):
    async with connected(host.url, "/ledger") as writer:
        author = Author(writer, seed)
        mirror = Mirror()
        for _ in range(3):
            async with connected(host.url, "/ledger") as reader:
                await subscribe(reader, mirror)
                await author.change()
                await catch_up(reader, mirror, await author.value())
            await author.change()


async def test_without_a_position_a_client_gets_the_whole_model(host):
    async with connected(host.url, "/ledger") as client:
        await client.call("change", "push", 1)
        for asked in ({"channel": "model:list"}, {"channel": "model:list", "position": ""}):
            answer = await client.call("subscribe", asked)
            assert answer["snapshot"] == await client.call("list")


async def test_a_position_that_leads_nowhere_is_answered_with_the_whole_model(host):
    async with connected(host.url, "/ledger") as client:
        asked = {"channel": "model:list", "position": "elsewhere:7"}
        answer = await client.call("subscribe", asked)
        assert answer["recovered"] is False
        assert answer["snapshot"] == await client.call("list")
        mirror = Mirror(answer["snapshot"], answer["position"])
        await client.call("change", "title", 7)
        mirror.published(*await client.event("pubblication"))


async def test_several_clients_that_come_one_by_one_agree(host):
    async with (
        connected(host.url, "/ledger") as writer,
        connected(host.url, "/ledger") as first,
        connected(host.url, "/ledger") as second,
    ):
        author = Author(writer, 99)
        mirrors = [(first, Mirror()), (second, Mirror())]
        for client, mirror in mirrors:
            await subscribe(client, mirror)
            await author.change(most=4, least=2)
        for client, mirror in mirrors:
            await catch_up(client, mirror, await author.value())


async def test_changes_that_cancel_out_are_not_published(host):
    async with connected(host.url, "/ledger") as client:
        mirror = Mirror()
        await subscribe(client, mirror)
        await client.call("change", "nothing", 0)
        assert client.heard_nothing()


async def test_the_plain_wires_tell_the_model_with_the_subscription(host):
    base = f"{host.url}/ledger"
    async with connected(host.url, "/ledger") as writer, aiohttp.ClientSession() as http:
        await writer.call("change", "push", 1)
        value = await writer.call("list")
        async with (
            EventStream.open(base, "model:list") as stream,
            PlainSocket.open(base, "model:list") as socket,
        ):
            granted = [(await wire.frame("subscribed"))["subscribed"] for wire in (stream, socket)]
            assert [each["snapshot"] for each in granted] == [value, value]
            status, answer = await poll(http, base, "model:list")
            assert (status, answer["snapshot"], answer["messages"]) == (200, value, [])
            position = answer["position"]
            value = await writer.call("change", "title", 2)
            for wire, each in zip((stream, socket), granted):
                mirror = Mirror(each["snapshot"], each["position"])
                frame = await wire.frame("data")
                mirror.published(frame["data"], frame)
                assert mirror.value == value
            status, answer = await poll(http, base, "model:list", position=position)
            assert "snapshot" not in answer and len(answer["messages"]) == 1


async def test_a_poll_for_several_models_names_each(host):
    async with aiohttp.ClientSession() as http:
        _, answer = await poll(http, f"{host.url}/ledger", "model:room/a", "model:room/b")
    assert answer["snapshots"]["model:room:a"]["name"] == "a"
    assert answer["snapshots"]["model:room:b"]["name"] == "b"


async def test_each_key_is_a_model_of_its_own(host):
    async with connected(host.url, "/ledger") as client, connected(host.url, "/ledger") as other:
        mirror, others = Mirror(), Mirror()
        answer = await subscribe(client, mirror, "red", channel="model:room")
        assert answer["channel"] == "model:room:red"
        await subscribe(other, others, "blue", channel="model:room")
        value = await client.call("say", "red", "hello")
        mirror.published(*await client.event("pubblication"))
        assert mirror.value == value
        assert other.heard_nothing()


async def test_a_model_of_ones_own_is_nobody_elses(host):
    ann, bob = ({"Cookie": f"visitor={name}"} for name in ("ann", "bob"))
    pages = [await LivePage.fetch(f"{host.url}/ledger/all.html", who) for who in (ann, bob)]
    assert [page.element("p", "mine") for page in pages] == ["ann", "bob"]
    assert [page.binding(2)["channel"] for page in pages] == ["model:mine:ann", "model:mine:bob"]
    async with PlainSocket.open(f"{host.url}/ledger", "model:mine", headers=ann) as socket:
        granted = (await socket.frame("subscribed"))["subscribed"]
        assert (granted["channel"], granted["snapshot"]["owner"]) == ("model:mine:ann", "ann")


async def test_who_may_not_read_gets_neither_page_nor_subscription(host):
    ann = {"Cookie": "visitor=ann"}
    page = await LivePage.fetch(f"{host.url}/ledger/all.html")
    assert page.element("p", "secret") == ""
    assert "hush" not in page.html
    assert (await LivePage.fetch(f"{host.url}/ledger/all.html", ann)).element("p", "secret") == "hush"
    async with connected(host.url, "/ledger") as client:
        await client.emit("subscribe", {"channel": "model:secret"})
        assert (await client.event("error"))[0] == "subscription_rejected"
        await client.emit("subscribe", {"channel": "model:mine"})
        assert (await client.event("error"))[0] == "subscription_rejected"
        await client.emit("subscribe", {"channel": "model:unknown"})
        assert (await client.event("error"))[0] == "channel_not_available"
