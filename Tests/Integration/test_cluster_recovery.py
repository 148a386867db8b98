"""A Socket.IO client comes back to its socket on any node of a cluster, also when the one that it left was
killed: the same id, rooms and subscriptions, and everything that it missed, once and in order."""

from __future__ import annotations

import asyncio
import os
import random
import uuid
from contextlib import AsyncExitStack, ExitStack

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient
from traveller import Traveller
from wires.cutting_proxy import CuttingProxy

ENGINES = {
    name: os.environ[f"TEST_{name.upper()}"]
    for name in ("redis", "nats", "amqp")
    if os.environ.get(f"TEST_{name.upper()}")
}

LINE = """
    local Line = {}

    function Line:on_connect(auth)
      if type(auth) == "table" and auth.refuse then reject("not you") end
      self.connects = (self.connects or 0) + 1
      if self.recovered then perigee.to("watchers"):emit("back", self.id, #self:rooms()) end
    end

    function Line:on_disconnect(reason) perigee.log("left", self.id, reason) end

    function Line:subscribe_news() end

    function Line:on_enter(room)
      self:join(room)
      return true
    end

    function Line:on_exit(room)
      self:leave(room)
      return true
    end

    function Line:on_state()
      return { id = self.id, recovered = self.recovered, connects = self.connects, rooms = self:rooms() }
    end

    -- One event of each kind; `id` is the client that is told directly.
    function Line.round(self, id, number)
      perigee.emit("all", number)
      perigee.to("den"):emit("room", number, "text")
      perigee.to("elsewhere"):emit("room", "not for you")
      perigee.volatile():emit("typing", "someone")
      perigee.publish("news", { number = number })
      perigee.publish("gossip", "not for you")
      perigee.to(id):emit("direct", number, perigee.binary("bytes"))
      self:broadcast("others", number)
    end

    function Line:on_rounds(id, first, last)
      for number = first, last do Line.round(self, id, number) end
      return true
    end

    -- To oneself and to everybody in turn, behind an ack.
    function Line:on_mixed(number)
      self:emit("own", number)
      perigee.emit("all", number)
      self:emit("own", -number)
      self:publish("news", { number = number })
      return number
    end

    function Line:on_say(number)
      perigee.emit("all", number)
      return true
    end

    function Line:on_whisper(number)
      perigee.to("den"):emit("room", number)
      return true
    end

    return Line
"""

# What of a round a client in the den that takes the news gets.
ROUND = ["all", "room", "pubblication", "direct", "others"]


def rounds(first: int, last: int) -> list:
    return [
        event
        for number in range(first, last + 1)
        for event in (
            ["all", number],
            ["room", number, "text"],
            ["pubblication", {"number": number}],
            ["direct", number, {"_placeholder": True, "num": 0}],
            ["others", number],
        )
    ]


class Nodes:
    """Hosts that share an engine and a recovery log."""

    def __init__(self, folder: AppFolder, engine: str, stack: ExitStack, **settings: object):
        self._folder = folder
        self._stack = stack
        self._prefix = f"test-{uuid.uuid4().hex[:8]}"
        url = f"{engine}?prefix={self._prefix}"
        settings = {"engine.recovery_ms": 60_000, "cluster.engine": url, **settings}
        self._arguments = [
            part for key, value in settings.items() for part in ("--set", f"{key}={value}")
        ]
        self.hosts = []

    def start(self, count: int = 1):
        """Starts more of them; the last one."""
        for _ in range(count):
            host = self._stack.enter_context(self._folder.serve(*self._arguments))
            host.wait_for_log("the engine is reached", 20)
            self.hosts.append(host)
        return self.hosts[-1]

    async def forget_log(self, redis: str) -> None:
        """Has the server lose the app's log."""
        host, _, port = redis.removeprefix("redis://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        keys = (f"{self._prefix}:channel:line.log", f"{self._prefix}:stream:line.log")
        writer.write(f"DEL {' '.join(keys)}\r\n".encode())
        assert await reader.readline() == b":2\r\n"
        writer.close()

    def reporter(self, node: int):
        return LightClient.connect(self.hosts[node].url, "/line")


@pytest.fixture(params=ENGINES or [pytest.param(None, marks=pytest.mark.skip("no engine runs"))])
def engine(request) -> str:
    return ENGINES[request.param]


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("line.lua", LINE)
    return folder


@pytest.fixture
def nodes(folder, engine):
    """Makes nodes, with these settings."""
    with ExitStack() as stack:
        yield lambda count, **settings: _started(Nodes(folder, engine, stack, **settings), count)


def _started(nodes: Nodes, count: int) -> Nodes:
    nodes.start(count)
    return nodes


async def settle_in(traveller: Traveller, host) -> None:
    await traveller.go(host)
    assert await traveller.call("enter", "den") is True
    assert await traveller.call("subscribe", "news") is True


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


async def test_who_comes_back_to_its_own_node_finds_its_fields(nodes):
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
        await settle_in_again(traveller)
        await reporter.call("rounds", traveller.sid, 11, 11)
        await traveller.hear("others", 11)
        assert traveller.heard == rounds(1, 1) + rounds(11, 11)


async def settle_in_again(traveller: Traveller) -> None:
    assert await traveller.call("enter", "den") is True
    assert await traveller.call("subscribe", "news") is True


async def test_on_connect_may_refuse_who_comes_back(nodes):
    cluster = nodes(2)
    async with Traveller("/line") as traveller:
        await settle_in(traveller, cluster.hosts[0])
        sid = traveller.sid
        traveller.cut()
        with pytest.raises(Exception):
            async with asyncio.timeout(3):
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


async def test_while_the_engine_is_away_clients_wait_and_nothing_is_lost(folder, engine):
    address, _, port = engine.rpartition(":")
    with CuttingProxy(int(port)) as proxy, ExitStack() as stack:
        cluster = _started(Nodes(folder, f"{address}:{proxy.port}", stack), 2)
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
        cluster = _started(Nodes(folder, f"{address}:{proxy.port}", stack), 2)
        near, far = cluster.hosts
        async with Traveller("/line") as traveller, await cluster.reporter(0) as reporter:
            await settle_in(traveller, near)
            sid = traveller.sid
            since = len(near.log())
            proxy.cut(refusal=30)
            # After fifteen seconds what waits goes out, and nothing waits any more.
            assert await reporter.call("whisper", 1, timeout=25) is True
            await traveller.hear("room", 1)
            near.wait_for_log("clients cannot come back", 1, since)
            assert await reporter.call("whisper", 2, timeout=2) is True
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
        cluster = _started(Nodes(folder, ENGINES["redis"], stack), 2)
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
