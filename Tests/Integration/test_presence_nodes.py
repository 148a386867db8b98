"""Who is present on a channel, over several hosts that share an engine."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from contextlib import AsyncExitStack, ExitStack
from functools import partial

import pytest

from app_folder import AppFolder
from onlooker import Onlooker
from presence_app import GRACE, NODE_TIMEOUT, WHO, Crowd, people
from test_cluster import ENGINES
from wires.cutting_proxy import CuttingProxy


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("who.lua", WHO)
    return folder


@pytest.fixture(params=ENGINES or [pytest.param(None, marks=pytest.mark.skip("no engine runs"))])
def engine(request) -> str:
    return ENGINES[request.param]


def serve(folder, engine: str, count: int, stack: ExitStack) -> list:
    """Hosts that share an engine, under a prefix of their own."""
    url = f"{engine}?prefix=test-{uuid.uuid4().hex[:8]}"
    hosts = [
        stack.enter_context(folder.serve("--set", f"cluster.engine={url}")) for _ in range(count)
    ]
    for host in hosts:
        host.wait_for_log("the engine is reached", 20)
    return hosts


@pytest.fixture
def hosts(folder, engine):
    with ExitStack() as stack:
        yield serve(folder, engine, 3, stack)


async def test_all_nodes_tell_the_same(hosts):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        onlookers = [await crowd.come(host, key=f"user {host.port}") for host in hosts]
        everybody = {f"user {host.port}": 1 for host in hosts}
        for onlooker in onlookers:
            await onlooker.sees(everybody)
            assert people(await onlooker.call("there", "room")) == everybody
        assert len({json.dumps(o.on("room").metas, sort_keys=True) for o in onlookers}) == 1
        await onlookers[0].call("track", "room", "renamed", {"n": 1})
        everybody = {"renamed": 1, **{f"user {host.port}": 1 for host in hosts[1:]}}
        for onlooker in onlookers:
            await onlooker.sees(everybody)
        await onlookers[2].client.leave()
        del everybody[f"user {hosts[2].port}"]
        for onlooker in onlookers[:2]:
            await onlooker.sees(everybody)


async def test_a_node_that_starts_later_learns_who_is_there(folder, engine):
    url = f"{engine}?prefix=test-{uuid.uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        with folder.serve("--set", f"cluster.engine={url}") as first:
            for number in range(20):
                ann = await crowd.come(first, key=f"user {number}", meta={"n": number})
            with folder.serve("--set", f"cluster.engine={url}") as second:
                late = await crowd.come(second, watch="room")
                await late.sees({f"user {number}": 1 for number in range(20)})
                assert late.on("room").said("user 7") == [{"n": 7}]
                await ann.call("untrack", "room")
                await late.sees({f"user {number}": 1 for number in range(19)})


async def test_who_comes_back_to_another_node_in_time_was_never_away(hosts):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        watchers = [await crowd.come(host, watch="room") for host in hosts]
        ann = await crowd.come(hosts[0], key="ann")
        for watcher in watchers:
            await watcher.sees({"ann": 1})
        for step in range(1, 7):
            await ann.close()
            # As clients do before they connect again; the nodes hear of the loss meanwhile.
            await asyncio.sleep(0.3)
            ann = await crowd.come(hosts[step % 3], key="ann")
            await ann.sees({"ann": 1})
        await asyncio.sleep(GRACE + 0.5)
        for watcher in watchers:
            assert people(await watcher.call("there", "room")) == {"ann": 1}
            assert watcher.on("room").left == [], "somebody seemed to leave"
        await ann.client.leave()
        for watcher in watchers:
            await watcher.sees({}, seconds=GRACE - 0.2)


@pytest.mark.seconds(120)
@pytest.mark.parametrize("seed", range(2))
async def test_sixty_clients_that_come_and_go_are_known_exactly(hosts, seed):
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        watchers = [await crowd.come(host, watch="room") for host in hosts]
        there: dict[Onlooker, str] = {}

        async def live(number: int) -> None:
            key = f"user {number % 25}"
            for _ in range(6):
                client = await crowd.come(chance.choice(hosts), key=key, meta={"n": number})
                there[client] = key
                await asyncio.sleep(chance.uniform(0, 0.3))
                if chance.random() < 0.3:
                    await client.call("track", "room", key, {"n": number, "mood": chance.random()})
                if chance.random() < 0.2:
                    continue
                del there[client]
                await (client.client.leave() if chance.random() < 0.5 else client.close())

        await asyncio.gather(*(live(number) for number in range(60)))
        truth: dict[str, int] = {}
        for key in there.values():
            truth[key] = truth.get(key, 0) + 1
        for watcher in [*watchers, *there]:
            await watcher.sees(truth, seconds=GRACE + 5)
        for watcher in watchers:
            assert people(await watcher.call("there", "room")) == truth
        assert len({json.dumps(w.on("room").metas, sort_keys=True) for w in watchers}) == 1


@pytest.mark.seconds(90)
async def test_when_a_node_is_killed_its_clients_leave_together(hosts, report):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        watchers = [await crowd.come(host, watch="room") for host in hosts[:2]]
        for number in range(30):
            await crowd.come(hosts[2], key=f"lost {number}")
        stays = await crowd.come(hosts[0], key="ann")
        for watcher in watchers:
            await watcher.sees({"ann": 1, **{f"lost {number}": 1 for number in range(30)}})
        diffs = [watcher.on("room").diffs for watcher in watchers]
        began = time.monotonic()
        hosts[2].kill()
        for watcher in watchers:
            await watcher.sees({"ann": 1}, seconds=NODE_TIMEOUT + GRACE + 3)
        report(f"exact {time.monotonic() - began:.1f} s after kill -9")
        assert [watcher.on("room").diffs for watcher in watchers] == [n + 1 for n in diffs]
        await stays.sees({"ann": 1})


async def test_when_a_node_ends_its_clients_have_time_to_come_back(hosts):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        watcher = await crowd.come(hosts[0], watch="room")
        ann, _ = [await crowd.come(hosts[2], key=key) for key in ("ann", "bob")]
        await watcher.sees({"ann": 1, "bob": 1})
        began = time.monotonic()
        # This may take longer than the time of grace.
        stopping = asyncio.create_task(asyncio.to_thread(hosts[2].stop))
        await asyncio.wait_for(ann.client.left.wait(), 10)
        # The other nodes hear of the loss meanwhile.
        await asyncio.sleep(GRACE / 2)
        await crowd.come(hosts[1], key="ann")
        await stopping
        await watcher.sees({"ann": 1})
        assert time.monotonic() - began < GRACE + 5
        assert watcher.on("room").left == ["bob"]


@pytest.mark.seconds(90)
async def test_what_happens_while_the_engine_is_away_is_made_up_for(folder, engine):
    address = engine.rpartition(":")
    with CuttingProxy(int(address[2])) as proxy, ExitStack() as nodes:
        near, far = serve(folder, f"{address[0]}:{proxy.port}", 2, nodes)
        async with AsyncExitStack() as stack:
            crowd = Crowd(stack)
            watchers = [await crowd.come(host, watch="room") for host in (near, far)]
            ann = await crowd.come(near, key="ann")
            bob = await crowd.come(far, key="bob")
            for watcher in watchers:
                await watcher.sees({"ann": 1, "bob": 1})
            proxy.cutting = True
            proxy.cut()
            for host in (near, far):
                host.wait_for_log("the engine is away", 20)
            await ann.client.leave()
            await crowd.come(near, key="eve")
            await bob.call("track", "room", "bob", {"alone": True})
            proxy.cutting = False
            for watcher in watchers:
                await watcher.sees({"eve": 1, "bob": 1}, seconds=20)
                said = partial(watcher.on("room").said, "bob")
                await watcher.until(lambda: said() == [{"alone": True}], seconds=20)
                assert watcher.on("room").states == 1
