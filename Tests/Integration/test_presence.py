"""Who is present on a channel, for scripts and clients of one host."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient, Refused
from onlooker import Onlooker
from presence_app import GRACE, WHO, Crowd, people


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
            assert time.monotonic() - began < GRACE
            assert await eve.call("last") == {}


async def test_who_is_refused_was_never_there(alone):
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        eve = await crowd.come(alone, watch="room")
        with pytest.raises(Refused):
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
        assert GRACE - 0.2 < time.monotonic() - began < GRACE + 5


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


async def test_who_comes_back_to_its_socket_is_where_it_was(folder):
    with folder.serve(
        "--set", "engine.recovery_ms=20000", "--set", "limits.presence_grace_ms=2000"
    ) as host:
        async with AsyncExitStack() as stack:
            crowd = Crowd(stack)
            eve = await crowd.come(host, watch="room")
            ann = await crowd.come(host, key="ann", meta={"n": 1})
            await ann.sees({"ann": 1})
            await eve.sees({"ann": 1})
            for step in range(2):
                await ann.close()
                if step == 1:
                    await eve.sees({"bob": 1})
                    await crowd.come(host, key="eve")
                claim = {"pid": ann.client.welcome["pid"], "offset": ann.events[-1][-1]}
                back = Onlooker(await LightClient.connect(host.url, "/who", claim))
                back.channels = ann.channels
                stack.push_async_callback(back.close)
                ann, before = back, ann
                assert ann.client.welcome["sid"] == before.client.welcome["sid"]
                if step == 0:
                    await crowd.come(host, key="bob")
                there = {"ann": 1, "bob": 1} if step == 0 else {"ann": 1, "bob": 1, "eve": 1}
                await ann.sees(there)
                await eve.sees(there)
            assert ann.on("room").states == 1, "it was not told anew"
            assert eve.on("room").left == ["ann"], "only while it was away for long"
            assert eve.on("room").said("ann") == [{"n": 1}]


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
