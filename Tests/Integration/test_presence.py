"""Who is present on a channel: for scripts, for clients of every wire, over several nodes."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from contextlib import AsyncExitStack, ExitStack
from functools import partial

import aiohttp
import pytest

from app_folder import AppFolder
from full_client import connected
from onlooker import Onlooker
from test_cluster import ENGINES
from wires.cutting_proxy import CuttingProxy

GRACE = 2.0
NODE_TIMEOUT = 5.0

WHO = """
    local Who = {}
    local last

    function Who:on_connect(auth)
      if auth and auth.key then self:track(auth.channel or "room", auth.key, auth.meta) end
      if auth and auth.watch then self:watch(auth.watch) end
      if auth and auth.unwanted then return false end
    end

    function Who:on_disconnect() last = perigee.presence("room") end

    function Who:on_track(channel, key, meta)
      self:track(channel, key, meta)
      return perigee.presence(channel)
    end

    function Who:on_untrack(channel)
      self:untrack(channel)
      return perigee.presence(channel)
    end

    function Who:on_watch(channel) self:watch(channel) return true end
    function Who:on_unwatch(channel) self:unwatch(channel) return true end
    function Who:on_there(channel, key) return perigee.presence(channel, key) end
    function Who:on_last() return last end
    function Who:on_go() self:disconnect() end
    function Who:on_ping() return "pong" end

    routes = { ["GET /there"] = function() return perigee.presence("room") end }

    return Who
"""


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("who.lua", WHO)
    return folder


@pytest.fixture
def alone(folder):
    """One host without an engine."""
    with folder.serve() as host:
        yield host


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


class Crowd:
    """Clients that end with the test."""

    def __init__(self, stack: AsyncExitStack):
        self._stack = stack

    async def come(self, host, **auth) -> Onlooker:
        onlooker = await Onlooker.connect(host.url, "/who", auth or None)
        self._stack.push_async_callback(onlooker.close)
        return onlooker


def people(answer: dict) -> dict[str, int]:
    """What `perigee.presence` answers, counted."""
    return {key: len(metas) for key, metas in answer.items()}


# One host


async def test_one_who_is_tracked_gets_the_state_once_and_then_what_changes(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ann = await crowd.come(alone)
        assert people(await ann.call("track", "room", "ann", {"mood": "fine"})) == {"ann": 1}
        await ann.sees({"ann": 1})
        bob = await crowd.come(alone)
        await bob.call("track", "room", "bob")
        await ann.sees({"ann": 1, "bob": 1})
        await bob.sees({"ann": 1, "bob": 1})
        await bob.call("track", "room", "bob", {"mood": "busy"})
        await ann.until(lambda: ann.on("room").said("bob") == [{"mood": "busy"}])
        assert (ann.on("room").left, ann.on("room").joined) == (["bob"], ["bob", "bob"])
        await bob.call("untrack", "room")
        await ann.sees({"ann": 1})
        assert ann.on("room").said("ann") == [{"mood": "fine"}]
        assert ann.on("room").states == bob.on("room").states == 1
        refs = [meta["ref"] for meta in (await ann.call("there", "room"))["ann"]]
        assert refs == list(ann.on("room").metas["ann"])


async def test_one_entry_a_connection_under_one_key(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        tabs = [await crowd.come(alone, key="ann", meta={"tab": tab}) for tab in range(3)]
        await tabs[0].sees({"ann": 3})
        await tabs[1].client.leave()
        await tabs[0].sees({"ann": 2})
        assert [meta["tab"] for meta in await tabs[0].call("there", "room", "ann")] == [0, 2]
        assert await tabs[0].call("there", "room", "bob") == []


async def test_watching_is_hearing_without_being_there(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        eve = await crowd.come(alone, watch="room")
        await eve.sees({})
        ann = await crowd.come(alone, key="ann")
        await eve.sees({"ann": 1})
        await eve.call("unwatch", "room")
        await ann.call("untrack", "room")
        await ann.call("track", "room", "ann", {"again": True})
        # What should not have come would have come before this.
        assert await eve.call("ping") == "pong"
        assert eve.on("room").diffs == 1
        await eve.call("watch", "room")
        await eve.until(lambda: eve.on("room").said("ann") == [{"again": True}])


async def test_untracked_clients_hear_on_only_when_they_watch(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ann = await crowd.come(alone, key="ann", watch="room")
        bob = await crowd.come(alone, key="bob")
        await ann.sees({"ann": 1, "bob": 1})
        await ann.call("untrack", "room")
        await bob.sees({"bob": 1})
        await bob.call("untrack", "room")
        await ann.sees({})
        assert bob.on("room").counts == {"bob": 1}, "heard what concerns it no more"


async def test_scripts_see_what_the_handler_itself_has_changed(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ann, bob = await crowd.come(alone), await crowd.come(alone)
        await ann.call("track", "room", "ann")
        assert people(await bob.call("track", "room", "bob")) == {"ann": 1, "bob": 1}
        changed = await bob.call("track", "room", "rob", {"was": "bob"})
        assert people(changed) == {"ann": 1, "rob": 1}
        assert changed["rob"][0]["was"] == "bob"
        assert people(await bob.call("untrack", "room")) == {"ann": 1}
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{alone.url}/who/there") as answer:
                assert people(await answer.json()) == {"ann": 1}


async def test_who_leaves_knowingly_is_gone_at_once_also_for_on_disconnect(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        eve = await crowd.come(alone, watch="room")
        for leave in ("leave", "go"):
            ann = await crowd.come(alone, key="ann")
            await eve.sees({"ann": 1})
            began = time.monotonic()
            await (ann.client.leave() if leave == "leave" else ann.client.emit("go"))
            await eve.sees({})
            assert time.monotonic() - began < GRACE / 2
            assert await eve.call("last") == {}


async def test_who_is_refused_was_never_there(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        eve = await crowd.come(alone, watch="room")
        with pytest.raises(Exception):
            await crowd.come(alone, key="ann", unwanted=True)
        assert await eve.call("there", "room") == {}
        assert eve.on("room").diffs == 0


async def test_a_lost_connection_that_is_back_in_time_was_never_away(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        eve = await crowd.come(alone, watch="room")
        ann = await crowd.come(alone, key="ann", meta={"b": 1, "a": [2, {"z": 3, "y": 4}]})
        await eve.sees({"ann": 1})
        ref = list(eve.on("room").metas["ann"])
        for _ in range(3):
            await ann.close()
            assert people(await eve.call("there", "room")) == {"ann": 1}
            ann = await crowd.come(alone, key="ann", meta={"a": [2, {"y": 4, "z": 3}], "b": 1})
            await ann.sees({"ann": 1})
        assert (eve.on("room").diffs, list(eve.on("room").metas["ann"])) == (1, ref)
        began = time.monotonic()
        await ann.close()
        await eve.sees({})
        assert GRACE - 0.2 < time.monotonic() - began < GRACE + 1


async def test_a_crowd_that_comes_at_once_is_told_together(alone, report):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        eve = await crowd.come(alone, watch="room")
        count = 200
        comers = [await crowd.come(alone) for _ in range(count)]
        asked = [
            await comer.client.ask("track", "room", f"user {number}")
            for number, comer in enumerate(comers)
        ]
        await asyncio.gather(*asked)
        everybody = {f"user {number}": 1 for number in range(count)}
        for onlooker in [eve, *comers]:
            await onlooker.sees(everybody, seconds=20)
        assert all(comer.on("room").states == 1 for comer in comers)
        report(f"{count} came at once: {eve.on('room').diffs} differences for each")


async def test_a_reload_leaves_everybody_where_they_are(folder, alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ann = await crowd.come(alone, key="ann")
        await ann.sees({"ann": 1})
        since = len(alone.log())
        folder.save("who.lua", WHO.replace('"pong"', '"new"'))
        alone.wait_for_log("generation 2", since=since)
        assert await ann.call("ping") == "new"
        assert people(await ann.call("there", "room")) == {"ann": 1}
        assert ann.on("room").diffs == 0


async def test_namespaces_and_channels_are_apart(folder):
    folder.save("other.lua", WHO)
    with folder.serve() as host:
        async with AsyncExitStack() as stack:
            crowd = Crowd(stack)
            ann = await crowd.come(host, key="ann")
            await crowd.come(host, key="bob", channel="hall")
            other = await Onlooker.connect(host.url, "/other", {"watch": "room"})
            await ann.sees({"ann": 1})
            assert people(await ann.call("there", "hall")) == {"bob": 1}
            assert await other.call("there", "room") == {}
            await other.close()


async def test_bounds_are_errors_in_the_script(folder):
    with folder.serve(
        "--set", "limits.presence_entries=2", "--set", "limits.presence_meta_bytes=50"
    ) as host:
        async with AsyncExitStack() as stack:
            crowd = Crowd(stack)
            ann = await crowd.come(host, key="ann")
            await ann.call("track", "hall", "ann")
            await ann.client.emit("track", "garden", "ann")
            host.wait_for_log(r"who.lua:\d+: more clients are present than limits.presence_entries")
            await ann.client.emit("track", "room", "ann", {"long": "x" * 50})
            host.wait_for_log(r"who.lua:\d+: a meta has at most 50 bytes")


# Other clients and wires


async def test_other_clients_see_the_same(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        auth = {"key": "full", "meta": {"a": 1}}
        async with connected(alone.url, "/who", auth=auth) as full:
            channel, state = await full.event("presence_state")
            assert (channel, list(state)) == ("room", ["full"])
            [meta] = state["full"]["metas"]
            assert {**meta, "ref": ""} == {"ref": "", "a": 1}
            ann = await crowd.come(alone, key="ann")
            channel, diff = await full.event("presence_diff")
            assert (channel, list(diff["joins"]), diff["leaves"]) == ("room", ["ann"], {})
            await ann.sees({"full": 1, "ann": 1})
        await ann.sees({"ann": 1})


async def test_plain_wires_carry_the_same_events(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        params = {"auth": json.dumps({"key": "plain"})}
        socket = await http.ws_connect(f"{alone.url}/who/websocket", params=params)
        assert "hello" in await socket.receive_json()
        state = await socket.receive_json()
        assert state["event"] == "presence_state"
        assert (state["args"][0], list(state["args"][1])) == ("room", ["plain"])
        params = {"auth": json.dumps({"watch": "room"})}
        stream = await stack.enter_async_context(
            http.get(f"{alone.url}/who/events", params=params)
        )
        assert (await frame(stream, "presence_state"))["args"][1].keys() == {"plain"}
        ann = await crowd.come(alone, key="ann")
        for diff in (await socket.receive_json(), await frame(stream, "presence_diff")):
            assert diff["event"] == "presence_diff" and list(diff["args"][1]["joins"]) == ["ann"]
        await ann.sees({"plain": 1, "ann": 1})
        await socket.close()
        await ann.sees({"ann": 1})


async def frame(stream, event: str) -> dict:
    """The next frame of an event stream that is this event."""
    async with asyncio.timeout(10):
        while True:
            line = await stream.content.readline()
            if line.startswith(b"data:"):
                told = json.loads(line[5:])
                if told.get("event") == event:
                    return told


# Several nodes


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
            await watcher.sees({}, seconds=GRACE / 2)


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
        for key in ("ann", "bob"):
            await crowd.come(hosts[2], key=key)
        await watcher.sees({"ann": 1, "bob": 1})
        began = time.monotonic()
        await asyncio.to_thread(hosts[2].stop)
        await crowd.come(hosts[1], key="ann")
        await watcher.sees({"ann": 1})
        assert time.monotonic() - began < GRACE + 2
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
