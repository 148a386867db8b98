"""A Socket.IO client gets its socket back with all that it missed, whatever breaks: nodes are killed, links are
cut, the engine is away or loses what it had."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, ExitStack

import aiohttp
import pytest

from recovery_nodes import (  # noqa: F401
    ENGINES,
    Nodes,
    engine,
    folder,
    nodes,
    rounds,
    settle_in,
    setup,
    started,
)
from traveller import Traveller
from wires.cutting_proxy import CuttingProxy


async def test_a_client_comes_back_after_its_node_was_killed_in_the_middle(nodes):
    cluster = nodes(3)
    a, b, _ = cluster.hosts
    async with Traveller("/line") as traveller, await cluster.reporter(2) as reporter:
        await settle_in(traveller, a)
        sid = traveller.sid
        answers = []
        for number in range(1, 201):
            answers.append(await reporter.ask("rounds", sid, number, number))
            if number == 50:
                await traveller.hear("others", 5)
                a.kill()
        await traveller.hear_until_the_end()
        await traveller.go(b)
        assert traveller.recovered and traveller.sid == sid
        for answer in answers:
            assert await asyncio.wait_for(answer, 20) == [True]
        await traveller.hear("others", 200)
        assert traveller.heard == rounds(1, 200)
        assert "den" in (await traveller.call("state"))["rooms"]


async def test_the_only_node_is_killed_and_a_new_one_knows_its_clients(nodes):
    cluster = nodes(1)
    async with Traveller("/line") as traveller:
        await settle_in(traveller, cluster.hosts[0])
        sid = traveller.sid
        async with await cluster.reporter(0) as reporter:
            await reporter.call("rounds", sid, 1, 3)
        await traveller.hear("others", 1)
        cluster.hosts[0].kill()
        await traveller.go(cluster.start())
        assert traveller.recovered and traveller.sid == sid
        assert traveller.heard == rounds(1, 3)


@pytest.mark.seconds(120)
@pytest.mark.parametrize("seed", range(3))
async def test_random_journeys_miss_and_repeat_nothing(nodes, seed):
    chance = random.Random(seed)
    cluster = nodes(3)
    expected, is_in = [], False
    number = 0
    async with Traveller("/line") as traveller, AsyncExitStack() as stack:
        reporters = [
            await stack.enter_async_context(await cluster.reporter(node)) for node in range(3)
        ]
        await traveller.go(cluster.hosts[0])
        await traveller.call("subscribe", "news")
        sid = traveller.sid
        for _ in range(80):
            number += 1
            reporter = chance.choice(reporters)
            step = chance.randrange(6)
            if step == 0:
                traveller.cut()
                for _ in range(chance.randrange(3)):
                    await reporter.call("say", number)
                    expected.append(["all", number])
                    number += 1
                await traveller.go(chance.choice(cluster.hosts))
                assert traveller.recovered and traveller.sid == sid
            elif step == 1:
                is_in = not is_in
                assert await traveller.call("enter" if is_in else "exit", "den") is True
            elif step == 2:
                await reporter.call("whisper", number)
                expected += [["room", number]] if is_in else []
            else:
                await reporter.call("rounds", sid, number, number)
                expected += [
                    event for event in rounds(number, number) if is_in or event[0] != "room"
                ]
        await reporters[0].call("say", "end")
        await traveller.hear("all", "end")
        assert traveller.heard == expected + [["all", "end"]]


@pytest.mark.seconds(120)
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_while_others_send_nothing_is_missed(nodes, seed):
    """Clients that are cut at any moment and nodes that are killed, while two nodes send at once."""
    chance = random.Random(seed)
    cluster = nodes(4)
    travellers = [Traveller("/line") for _ in range(6)]
    reporters = [await cluster.reporter(node) for node in (2, 3)]

    async def send(reporter, name):
        for number in range(300):
            await reporter.call("say", f"{name}{number}")

    async def travel(traveller, chance):
        while not sending.done() or traveller.heard[-1:] != [["all", "end"]]:
            hosts = [host for host in cluster.hosts if host.running]
            try:
                await traveller.go(chance.choice(hosts))
            except (aiohttp.ClientError, AssertionError):
                continue  # It was killed just now.
            assert traveller.recovered
            try:
                async with asyncio.timeout(chance.random() / 2):
                    await traveller.hear("all", "end")
            except (TimeoutError, AssertionError):
                traveller.cut()

    for traveller in travellers:
        await traveller.go(cluster.hosts[chance.randrange(2)])
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(both(send(reporters[0], "c"), send(reporters[1], "d")))
        travels = [
            tasks.create_task(travel(traveller, random.Random(chance.random())))
            for traveller in travellers
        ]
        await asyncio.sleep(0.5)
        cluster.hosts[chance.randrange(2)].kill()
        await sending
        await reporters[0].call("say", "end")
        await asyncio.gather(*travels)
    heard = [[event[1] for event in traveller.heard] for traveller in travellers]
    for words in heard:
        assert words == heard[0], "one order for all"
        for name in "cd":
            own = [word for word in words if word.startswith(name)]
            assert own == [f"{name}{number}" for number in range(300)]
    for client in [*travellers, *reporters]:
        await client.close()


async def both(*sending) -> None:
    await asyncio.gather(*sending)


async def test_while_the_engine_is_away_clients_wait_and_nothing_is_lost(folder, engine):
    address, _, port = engine.rpartition(":")
    with CuttingProxy(int(port)) as proxy, ExitStack() as stack:
        cluster = started(Nodes(folder, f"{address}:{proxy.port}", stack), 2)
        async with Traveller("/line") as traveller, await cluster.reporter(0) as reporter:
            await settle_in(traveller, cluster.hosts[0])
            sid = traveller.sid
            await reporter.call("rounds", sid, 1, 1)
            await traveller.hear("others", 1)
            proxy.cutting = True
            proxy.cut()
            for host in cluster.hosts:
                await asyncio.to_thread(host.wait_for_log, "the engine is away", 20)
            answer = await reporter.ask("rounds", sid, 2, 20)
            traveller.cut()
            going = asyncio.create_task(traveller.go(cluster.hosts[1]))
            await asyncio.sleep(0.5)
            proxy.cutting = False
            await asyncio.wait_for(going, 20)
            assert traveller.recovered and traveller.sid == sid
            assert await asyncio.wait_for(answer, 20) == [True]
            await traveller.hear("others", 20)
            assert traveller.heard == rounds(1, 20)


@pytest.mark.seconds(120)
@pytest.mark.skipif(not ENGINES, reason="no engine runs")
async def test_when_the_engine_stays_away_a_node_goes_on_without_it(folder):
    """What all engines have in common: one is enough."""
    address, _, port = next(iter(ENGINES.values())).rpartition(":")
    with CuttingProxy(int(port)) as proxy, ExitStack() as stack:
        cluster = started(Nodes(folder, f"{address}:{proxy.port}", stack), 2)
        near, far = cluster.hosts
        async with Traveller("/line") as traveller, await cluster.reporter(0) as reporter:
            await settle_in(traveller, near)
            sid = traveller.sid
            since = len(near.log())
            proxy.cut(refusal=30)
            # After fifteen seconds what waits goes out, and nothing waits any more.
            assert await reporter.call("whisper", 1, timeout=25) is True
            await traveller.hear("room", 1)
            near.wait_for_log("clients cannot come back", 10, since)
            assert await reporter.call("whisper", 2, timeout=10) is True
            await traveller.hear("room", 2)
            traveller.cut()
            await traveller.go(near)
            assert not traveller.recovered and traveller.sid != sid
            assert await traveller.call("enter", "den") is True
            sid = traveller.sid
            await asyncio.to_thread(near.wait_for_log, "the engine is reached", 30, since)
            await asyncio.to_thread(far.wait_for_log, "away(.|\n)*the engine is reached", 30)
            for number in (3, 4):
                assert await reporter.call("whisper", number, timeout=20) is True
            await traveller.hear("room", 4)
            traveller.cut()
            assert await reporter.call("whisper", 5) is True
            await traveller.go(far)
            assert traveller.recovered and traveller.sid == sid
            assert traveller.heard == [["room", number] for number in range(1, 6)]


@pytest.mark.skipif("redis" not in ENGINES, reason="Redis does not run")
async def test_a_log_that_the_engine_lost_is_begun_anew(folder):
    with ExitStack() as stack:
        cluster = started(Nodes(folder, ENGINES["redis"], stack), 2)
        async with (
            Traveller("/line") as present,
            Traveller("/line") as absent,
            await cluster.reporter(1) as reporter,
        ):
            for traveller in (present, absent):
                await settle_in(traveller, cluster.hosts[0])
            sid = present.sid
            await reporter.call("rounds", sid, 1, 1)
            for traveller in (present, absent):
                await traveller.hear("others", 1)
            absent.cut()
            epoch = present.offset.partition(":")[0]
            await cluster.forget_log(ENGINES["redis"])
            for number in (2, 3):
                await reporter.call("rounds", sid, number, number)
            await present.hear("others", 3)
            assert present.offset.partition(":")[0] != epoch
            present.cut()
            await reporter.call("rounds", sid, 4, 4)
            await present.go(cluster.hosts[1])
            assert present.recovered and present.sid == sid
            assert present.heard == rounds(1, 4)
            await absent.go(cluster.hosts[1])
            assert not absent.recovered
