"""An app with several workers is one to its clients: channels, rooms, the shared store, timers, reloads.
Through the process, and through each engine that a TEST_ variable names (`scripts/engines` starts them)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from contextlib import AsyncExitStack

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient
from perigee_host import executable

CREW = """
    local Crew = { version = 1 }
    local calls = 0

    perigee.after(0, function() perigee.shared.add("once") end)
    perigee.after(0, function() perigee.shared.add("each") end, { each_worker = true })

    function Crew:subscribe_room(id) return "room." .. id end

    function Crew:on_who()
      calls = calls + 1
      return { worker = perigee.worker, of = perigee.workers, calls = calls, version = Crew.version }
    end

    function Crew:on_say(room, text)
      self:publish("room." .. room, text)
      return true
    end

    function Crew:on_join_table(name)
      self:join(name)
      return self.id
    end

    function Crew:on_tell(room, text) self:to(room):emit("told", text) end
    function Crew:on_tell_all(text) perigee.emit("told", text) end
    function Crew:on_tell_others(text) self:broadcast("told", text) end
    function Crew:on_count(room) return #perigee.to(room):fetch_sockets() end
    function Crew:on_ring() return #perigee.server_emit_with_ack("ring") end
    function Crew.server_ring() return perigee.worker end
    function Crew:on_enter(key)
      self:track("floor", key)
      return true
    end
    function Crew:on_there()
      local keys = {}
      for key in pairs(perigee.presence("floor")) do keys[#keys + 1] = key end
      table.sort(keys)
      return keys
    end
    function Crew:on_add(key) return perigee.shared.add(key) end
    function Crew:on_get(key) return perigee.shared.get(key) end
    function Crew:on_fill()
      hoard = {}
      for i = 1, 1e9 do hoard[i] = { i } end
    end

    Crew.routes = { ["GET /worker"] = function() return { worker = perigee.worker } end }

    return Crew
"""
WORKERS = 2
ENGINES = {
    name: os.environ[f"TEST_{name.upper()}"]
    for name in ("redis", "nats", "amqp")
    if os.environ.get(f"TEST_{name.upper()}")
}


@pytest.fixture
def crew(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("crew/init.lua", CREW)
    folder.save("crew/app.toml", f"workers = {WORKERS}\n")
    return folder


def serve(folder: AppFolder, *args: str):
    return folder.serve("--set", f"server.threads={WORKERS}", *args)


@pytest.fixture(params=["", *ENGINES.values()], ids=["process", *ENGINES])
def host(crew, request):
    if not request.param:
        with serve(crew) as host:
            yield host
        return
    url = f"{request.param}?prefix=test-{uuid.uuid4().hex[:8]}"
    with serve(crew, "--set", f"cluster.engine={url}") as host:
        host.wait_for_log("(?s)" + "the engine is reached.*" * WORKERS, 20)
        yield host


class Crowd:
    """Clients of all workers, the same number of each."""

    def __init__(self, stack: AsyncExitStack):
        self._stack = stack
        self.by_worker: dict[int, list[LightClient]] = {}

    @classmethod
    async def gather(cls, host, stack: AsyncExitStack, each: int) -> "Crowd":
        crowd = cls(stack)
        while any(len(crowd.of(worker)) < each for worker in range(1, WORKERS + 1)):
            client = await LightClient.connect(host.url, "/crew")
            worker = (await client.call("who"))["worker"]
            if len(crowd.of(worker)) < each:
                stack.push_async_callback(client.close)
                crowd.of(worker).append(client)
            else:
                await client.close()
        return crowd

    def of(self, worker: int) -> list[LightClient]:
        return self.by_worker.setdefault(worker, [])

    @property
    def all(self) -> list[LightClient]:
        return [client for clients in self.by_worker.values() for client in clients]


async def test_each_worker_has_its_own_module_state_and_all_share_the_store(host):
    async with AsyncExitStack() as stack:
        crowd = await Crowd.gather(host, stack, 2)
        for worker in (1, 2):
            answers = [await client.call("who") for client in crowd.of(worker) for _ in range(3)]
            assert {answer["worker"] for answer in answers} == {worker}
            assert {answer["of"] for answer in answers} == {WORKERS}
            calls = [answer["calls"] for answer in answers]
            assert calls == list(range(calls[0], calls[0] + 6)), "no other worker counts here"

        async def add(client: LightClient) -> None:
            for _ in range(200):
                await client.call("add", "sum")

        await asyncio.gather(*(add(client) for client in crowd.all))
        assert {await client.call("get", "sum") for client in crowd.all} == {800}


async def test_publications_reach_the_subscribers_of_every_worker_once_and_in_order(host):
    async with AsyncExitStack() as stack:
        clients = (await Crowd.gather(host, stack, 3)).all
        for client in clients:
            await client.call("subscribe", "room", "1")
        answers = [
            await clients[number % 6].ask("say", "1", f"{number % 6} {number}")
            for number in range(300)
        ]
        for answer in answers:
            assert await asyncio.wait_for(answer, 10) == [True]
        heard = [
            [(await client.event("pubblication"))[0] for _ in range(300)] for client in clients
        ]
        assert all(words == heard[0] for words in heard), "one order for all"
        for sender in range(6):
            own = [word for word in heard[0] if word.startswith(f"{sender} ")]
            assert own == [f"{sender} {number}" for number in range(sender, 300, 6)]


async def test_rooms_and_broadcasts_reach_over_workers_once(host):
    async with AsyncExitStack() as stack:
        crowd = await Crowd.gather(host, stack, 2)
        (one, outsider), (two, three) = crowd.of(1), crowd.of(2)
        ids = [await client.call("join_table", "table") for client in (one, two, three)]
        await one.emit("tell", "table", "to the table")
        for client in (two, three):
            assert await client.event("told") == ["to the table"]
        await two.emit("tell_others", "to others")
        for client in (one, outsider, three):
            assert await client.event("told") == ["to others"]
        await one.emit("tell", ids[2], "to one")
        assert await three.event("told") == ["to one"]
        # What should not have come would have come before this.
        for number, client in enumerate(crowd.all):
            await client.emit("tell_all", number)
        for client in crowd.all:
            words = [(await client.event("told"))[0] for _ in range(4)]
            assert sorted(words) == [0, 1, 2, 3]


async def hears_at_last(client: LightClient, expected, event: str, *values) -> None:
    """Asks until the answer is the expected one: workers learn of one another a moment after they begin."""
    async with asyncio.timeout(10):
        while await client.call(event, *values) != expected:
            pass


async def test_workers_are_asked_and_know_who_is_present_as_nodes_do(host):
    async with AsyncExitStack() as stack:
        clients = (await Crowd.gather(host, stack, 2)).all
        for number, client in enumerate(clients):
            await client.call("join_table", "table")
            await client.call("enter", f"guest {number}")
        for client in clients:
            await hears_at_last(client, len(clients), "count", "table")
            await hears_at_last(client, WORKERS - 1, "ring")
            await hears_at_last(client, [f"guest {number}" for number in range(len(clients))], "there")


async def test_a_client_that_comes_back_to_another_worker_gets_exactly_what_it_missed(host):
    async with AsyncExitStack() as stack:
        speaker = (await Crowd.gather(host, stack, 1)).of(1)[0]
        await speaker.call("say", "9", -1)

        async def speak() -> None:
            for number in range(600):
                await speaker.call("say", "9", number)

        speaking = None
        position, heard, workers = "", [], set()
        while not heard or heard[-1] != 599:
            client = await LightClient.connect(host.url, "/crew")
            workers.add((await client.call("who"))["worker"])
            answer = await client.call("subscribe", {"channel": "room", "position": position}, "9")
            assert answer["recovered"]
            # All could be said before somebody listens.
            speaking = speaking or asyncio.create_task(speak())
            position = answer["position"]
            for _ in range(41):
                word, place = await client.event("pubblication")
                heard.append(word)
                position = place["position"]
                if word == 599:
                    break
            await client.close()
        await speaking
        assert heard == list(range(heard[0], 600))
        assert workers == {1, 2}


async def test_requests_and_event_streams_are_served_by_every_worker(host):
    workers = set()
    for _ in range(8):
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{host.url}/crew/worker") as response:
                workers.add((await response.json())["worker"])
    assert workers == {1, 2}
    async with AsyncExitStack() as stack:
        streams = []
        for _ in range(4):
            http = await stack.enter_async_context(aiohttp.ClientSession())
            url = f"{host.url}/crew/events?channel=room/5"
            stream = await stack.enter_async_context(http.get(url))
            while b"subscribed" not in await stream.content.readline():
                pass
            streams.append(stream)
        speaker = (await Crowd.gather(host, stack, 1)).of(2)[0]
        await speaker.call("say", "5", "over the wire")
        for stream in streams:
            while b"over the wire" not in await stream.content.readline():
                pass


async def test_timers_of_the_load_run_in_the_first_worker_unless_each_is_to_have_them(host):
    async with AsyncExitStack() as stack:
        client = (await Crowd.gather(host, stack, 1)).of(2)[0]
        async with asyncio.timeout(10):
            while (await client.call("get", "each")) != 2:
                pass
        assert await client.call("get", "once") == 1


async def test_all_workers_take_a_new_generation_over_or_none_does(crew):
    with serve(crew) as host:
        host.wait_for_log("/crew generation 1 serves in 2 workers")
        async with AsyncExitStack() as stack:
            crowd = await Crowd.gather(host, stack, 2)
            for attempt in range(3):
                since = len(host.log())
                broken = CREW.replace("version = 1", "version = 2")
                fails = f'if perigee.worker == 2 then error("worker 2 {attempt} cannot") end'
                crew.save("crew/init.lua", f"    {fails}\n{broken}")
                host.wait_for_log(
                    f"/crew worker 2 failed to load: .*worker 2 {attempt} cannot", since=since
                )
                assert {(await client.call("who"))["version"] for client in crowd.all} == {1}
            crew.save("crew/init.lua", CREW.replace("version = 1", "version = 3"))
            host.wait_for_log("/crew generation 2 serves in 2 workers")
            assert {(await client.call("who"))["version"] for client in crowd.all} == {3}
            await crowd.of(1)[0].emit("tell_all", "still one app")
            for client in crowd.all:
                assert await client.event("told") == ["still one app"]


async def test_reloads_under_load_lose_nothing(crew):
    with serve(crew) as host:
        async with AsyncExitStack() as stack:
            clients = (await Crowd.gather(host, stack, 2)).all
            for client in clients:
                await client.call("subscribe", "room", "1")

            async def speak(number: int) -> None:
                for count in range(150):
                    assert await clients[number].call("say", "1", [number, count]) is True

            speaking = asyncio.gather(*(speak(number) for number in range(4)))
            for version in range(2, 8):
                crew.save("crew/init.lua", CREW.replace("version = 1", f"version = {version}"))
                served = f"generation {version} serves in 2 workers"
                await asyncio.to_thread(host.wait_for_log, served)
            await speaking
            for client in clients:
                words = [(await client.event("pubblication"))[0] for _ in range(600)]
                for number in range(4):
                    own = [count for sender, count in words if sender == number]
                    assert own == list(range(150))


async def test_a_worker_whose_memory_is_full_starts_anew_alone(crew):
    crew.save("crew/app.toml", f"workers = {WORKERS}\n[limits]\nmemory_mb = 4\n")
    with serve(crew) as host:
        async with AsyncExitStack() as stack:
            crowd = await Crowd.gather(host, stack, 1)
            first, second = crowd.of(1)[0], crowd.of(2)[0]
            await second.call("add", "kept")
            await second.emit("fill")
            host.wait_for_log("/crew worker 2: its memory .* is full")
            await asyncio.wait_for(second.left.wait(), 10)
            assert (await first.call("who"))["worker"] == 1
            crowd = await Crowd.gather(host, stack, 2)
            assert await crowd.of(2)[0].call("get", "kept") == 1
            await first.emit("tell_all", "together again")
            for client in (first, *crowd.all):
                assert await client.event("told") == ["together again"]


async def test_more_workers_than_event_loops_are_not_made_and_the_log_says_so(crew):
    crew.save("crew/app.toml", "workers = 8\n")
    with serve(crew) as host:
        host.wait_for_log("workers = 8 in app.toml, but the host has 2 event loops")
        async with AsyncExitStack() as stack:
            crowd = await Crowd.gather(host, stack, 1)
            assert (await crowd.all[0].call("who"))["of"] == 2
        since = len(host.log())
        crew.save("crew/app.toml", "workers = 1\n")
        host.wait_for_log("workers in app.toml is read when the app or the host starts", since=since)


def test_models_need_one_worker(crew):
    crew.save("crew/init.lua", 'perigee.model("list", {})\nreturn {}\n')
    with serve(crew) as host:
        host.wait_for_log("crew/init.lua:1: models live in one worker, and this app has 2")
    check = subprocess.run(
        [executable(), "check", "--plugins", str(crew.plugins)], capture_output=True, text=True
    )
    assert check.returncode == 1
    assert "models live in one worker" in check.stdout
