"""A Socket.IO client comes back to its socket on any node of a cluster: the same id, rooms and subscriptions,
and everything that it missed, once and in order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import aiohttp
import pytest

from recovery_nodes import folder, move_in, nodes, rounds, settle_in, setup  # noqa: F401
from traveller import Traveller


async def test_a_client_comes_back_on_another_node_and_gets_what_it_missed(nodes):
    cluster = nodes(3)
    a, b, _ = cluster.hosts
    async with Traveller("/line") as traveller, await cluster.reporter(2) as reporter:
        await settle_in(traveller, a)
        sid = traveller.sid
        await reporter.call("rounds", sid, 1, 2)
        await traveller.hear("others", 2)
        traveller.cut()
        await reporter.call("rounds", sid, 3, 6)
        await traveller.go(b)
        assert traveller.recovered and traveller.sid == sid
        assert traveller.heard == rounds(1, 6)
        state = await traveller.call("state")
        assert (state["id"], state["recovered"], state["connects"]) == (sid, True, 1)
        assert sorted(state["rooms"]) == sorted(["den"] + [r for r in state["rooms"] if r == sid])
        await reporter.call("rounds", sid, 7, 8)
        await traveller.hear("others", 8)
        assert traveller.heard == rounds(1, 8)


async def test_a_node_that_starts_later_knows_the_clients_of_the_others(nodes):
    cluster = nodes(2, **{"engine.recovery_packets": 200})
    async with Traveller("/line") as traveller, await cluster.reporter(1) as reporter:
        await settle_in(traveller, cluster.hosts[0])
        sid = traveller.sid
        # More than the log keeps: the client is in it because its node tells of it again.
        for number in range(1, 101):
            await reporter.call("rounds", sid, number, number)
        await traveller.hear("others", 100)
        late = cluster.start()
        cluster.hosts[0].kill()
        await reporter.call("rounds", sid, 101, 103)
        await traveller.go(late)
        assert traveller.recovered and traveller.sid == sid
        assert traveller.heard == rounds(1, 103)


async def test_a_client_takes_over_from_its_connection_to_another_node(nodes):
    cluster = nodes(2)
    a, b = cluster.hosts
    async with Traveller("/line") as traveller, AsyncExitStack() as stack:
        await settle_in(traveller, a)
        sid, pid = traveller.sid, traveller.pid
        again = await stack.enter_async_context(Traveller("/line"))
        again.pid, again.offset = pid, traveller.offset
        await again.go(b)
        assert again.recovered and again.sid == sid
        await traveller.hear_until_the_end()
        await asyncio.to_thread(a.wait_for_log, rf"left\s+{sid}\s+transport close", 10)
        async with await cluster.reporter(0) as reporter:
            await reporter.call("rounds", sid, 1, 1)
        await again.hear("others", 1)
        assert again.heard == rounds(1, 1)
        # And back again, where nothing of it was left behind.
        await traveller.go(a)
        assert traveller.recovered and traveller.sid == sid
        await again.hear_until_the_end()
        state = await traveller.call("state")
        assert state["connects"] == 1 and "den" in state["rooms"]


async def test_who_comes_back_to_its_own_node_finds_its_fields(nodes, setup):
    _, workers = setup
    if workers > 1:
        pytest.skip("fields stay with the worker")
    cluster = nodes(2)
    async with Traveller("/line") as traveller, await cluster.reporter(1) as reporter:
        await settle_in(traveller, cluster.hosts[0])
        for turn in range(1, 4):
            traveller.cut()
            await reporter.call("rounds", traveller.sid, turn, turn)
            await traveller.go(cluster.hosts[0])
            assert traveller.recovered
            assert (await traveller.call("state"))["connects"] == 1 + turn
        assert traveller.heard == rounds(1, 3)


@pytest.mark.parametrize("claim", ["nobody", "", "x" * 10_000])
async def test_a_claim_to_nothing_makes_a_new_socket(nodes, claim):
    cluster = nodes(1)
    async with Traveller("/line") as traveller:
        traveller.pid, traveller.offset = claim, "x:1"
        await traveller.go(cluster.hosts[0])
        assert not traveller.recovered and traveller.pid != claim
        assert (await traveller.call("state"))["recovered"] is False


async def test_who_left_or_has_been_replaced_does_not_come_back(nodes):
    cluster = nodes(2)
    a, b = cluster.hosts
    async with Traveller("/line") as traveller:
        await settle_in(traveller, a)
        sid = traveller.sid
        await traveller._client.send("1")
        await asyncio.to_thread(a.wait_for_log, rf"left\s+{sid}\s+client namespace", 10)
        await traveller.go(b)
        assert not traveller.recovered and traveller.sid != sid


async def test_a_log_that_does_not_reach_back_means_a_new_socket(nodes):
    cluster = nodes(2, **{"engine.recovery_packets": 20})
    a, b = cluster.hosts
    async with Traveller("/line") as traveller, await cluster.reporter(1) as reporter:
        await settle_in(traveller, a)
        sid = traveller.sid
        await reporter.call("rounds", sid, 1, 1)
        await traveller.hear("others", 1)
        traveller.cut()
        await reporter.call("rounds", sid, 2, 10)
        await traveller.go(b)
        assert not traveller.recovered and traveller.sid != sid
        await move_in(traveller)
        await reporter.call("rounds", traveller.sid, 11, 11)
        await traveller.hear("others", 11)
        assert traveller.heard == rounds(1, 1) + rounds(11, 11)


async def test_on_connect_may_refuse_who_comes_back(nodes):
    cluster = nodes(2)
    async with Traveller("/line") as traveller:
        await settle_in(traveller, cluster.hosts[0])
        sid = traveller.sid
        traveller.cut()
        with pytest.raises(AssertionError, match="^4"):
            await traveller.go(cluster.hosts[1], refuse=True)
        await traveller.go(cluster.hosts[0])
        assert not traveller.recovered and traveller.sid != sid


async def test_a_node_that_shuts_down_leaves_its_clients_to_the_others(nodes):
    cluster = nodes(2)
    async with Traveller("/line") as traveller, await cluster.reporter(1) as reporter:
        await settle_in(traveller, cluster.hosts[0])
        sid = traveller.sid
        await asyncio.to_thread(cluster.hosts[0].stop)
        await reporter.call("rounds", sid, 1, 2)
        await traveller.go(cluster.hosts[1])
        assert traveller.recovered and traveller.sid == sid
        assert traveller.heard == rounds(1, 2)


async def test_what_a_handler_sends_arrives_in_its_order(nodes):
    cluster = nodes(2)
    async with Traveller("/line") as traveller:
        await settle_in(traveller, cluster.hosts[0])
        for number in range(1, 6):
            assert await traveller.call("mixed", number) == number
            # Everything was here before the ack.
            assert traveller.heard[-4:] == [
                ["own", number], ["all", number], ["own", -number], ["pubblication", {"number": number}],
            ]  # fmt: skip


async def test_what_a_script_changes_on_another_node_is_in_order_with_what_it_emits(nodes):
    cluster = nodes(3)
    a, b, _ = cluster.hosts
    async with Traveller("/line") as traveller, await cluster.reporter(2) as reporter:
        await settle_in(traveller, a)
        for number in range(1, 41):
            await reporter.call("paint", traveller.sid, number)
            if number % 10 == 5:
                await traveller.hear("red", "while", number)
                traveller.cut()
                await traveller.go(b if number % 20 == 5 else a)
                assert traveller.recovered
        await reporter.call("say", 0)
        await traveller.hear("all", 0)
        assert traveller.heard == [["red", "while", number] for number in range(1, 41)] + [["all", 0]]
        assert "red" not in (await traveller.call("state"))["rooms"]


async def test_who_is_disconnected_from_another_node_has_got_what_was_sent_before(nodes):
    cluster = nodes(2)
    async with Traveller("/line") as traveller, await cluster.reporter(1) as reporter:
        for _ in range(10):
            traveller.pid = None
            await settle_in(traveller, cluster.hosts[0])
            await reporter.call("dismiss", traveller.sid)
            await traveller.hear_until_the_end()
            assert traveller.heard.pop() == ["bye"] and traveller.heard == []


async def test_a_node_that_shuts_down_leaves_more_clients_to_the_others_than_may_be_away(nodes):
    cluster = nodes(2, **{"engine.recovery_clients": 1})
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(Traveller("/line")) for _ in range(3)]
        for traveller in crowd:
            await traveller.go(cluster.hosts[0])
        await asyncio.to_thread(cluster.hosts[0].stop)
        for traveller in crowd:
            await traveller.go(cluster.hosts[1])
            assert traveller.recovered


async def test_positions_are_the_same_on_every_node_and_wire(nodes):
    cluster = nodes(3)
    a, b, _ = cluster.hosts
    async with await cluster.reporter(2) as reporter, Traveller("/line") as traveller:
        await traveller.go(a)
        answer = await traveller.call("subscribe", {"channel": "news", "position": ""})
        assert answer["recovered"]
        await reporter.call("rounds", "nobody", 1, 3)
        await traveller.hear("others", 3)
        traveller.cut()
        await reporter.call("rounds", "nobody", 4, 5)
        await traveller.go(b)
        assert traveller.recovered
        news = [event for event in traveller.heard if event[0] == "pubblication"]
        assert [event[1]["number"] for event in news] == [1, 2, 3, 4, 5]
        position = news[1][2]["position"]
        # Another client goes on from there, on another node and by another wire.
        async with aiohttp.ClientSession() as http:
            url = f"{cluster.hosts[2].url}/line/poll?channel=news&position={position}"
            async with http.get(url) as response:
                missed = await response.json()
        assert missed["recovered"]
        assert [frame["data"]["number"] for frame in missed["messages"]] == [3, 4, 5]
        assert [frame["position"] for frame in missed["messages"]] == [
            event[2]["position"] for event in news[2:]
        ]


async def test_a_position_is_known_on_a_node_that_has_not_read_so_far(nodes):
    cluster = nodes(3)
    async with await cluster.reporter(2) as reporter, Traveller("/line") as traveller:
        await traveller.go(cluster.hosts[0])
        await traveller.call("subscribe", {"channel": "news", "position": ""})
        async with aiohttp.ClientSession() as http:
            for number in range(30):
                await reporter.emit("rounds", "nobody", number, number)
                await traveller.hear("others", number)
                position = traveller.heard[-2][2]["position"]
                url = f"{cluster.hosts[1].url}/line/events?channel=news&position={position}"
                async with http.get(url) as stream:
                    line = b""
                    while b"subscribed" not in line:
                        line = await stream.content.readline()
                    assert b'"recovered":true' in line


async def test_who_hears_of_presence_is_told_anew_who_is_there(nodes):
    cluster = nodes(3)
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(await cluster.reporter(node)) for node in (2, 2, 1)
        ]
        traveller = await stack.enter_async_context(Traveller("/line"))
        await traveller.go(cluster.hosts[0])
        await people[0].call("track", "ann")
        await traveller.call("watch")
        await traveller.hear_of("ann")
        for turn, name in enumerate(("bob", "cid"), start=1):
            traveller.cut()
            await people[turn].call("track", name)
            count = len(traveller.heard)
            await traveller.go(cluster.hosts[turn])
            assert traveller.recovered
            await traveller.hear_of("ann", name, since=count)
