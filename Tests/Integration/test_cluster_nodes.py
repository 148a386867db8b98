"""Scripts of several hosts that share an engine reach the clients and the scripts of all of them.
`scripts/engines` starts the engines; those that no TEST_ variable names are left out."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from contextlib import ExitStack

import pytest

from app_folder import AppFolder
from light_client import LightClient

ENGINES = {
    name: os.environ[f"TEST_{name.upper()}"]
    for name in ("redis", "nats", "amqp")
    if os.environ.get(f"TEST_{name.upper()}")
}

DESK = """
    local Desk = {}

    function Desk:on_sit(room, name)
      self.session.name = name
      self:join(room)
      return self.id
    end

    function Desk:on_node() return perigee.node, perigee.nodes() end
    function Desk:on_rooms() return self:rooms() end
    function Desk:on_local(room) return #perigee.to(room):sockets() end

    function Desk:on_fetch(room, seconds)
      local target = room and perigee.to(room) or perigee.everyone()
      if seconds then target = target:timeout(seconds) end
      local clients, silent = target:fetch_sockets()
      local found = perigee.json.object{}
      for _, client in ipairs(clients) do
        found[client.id] = {
          name = client.session.name, rooms = client.rooms, node = client.node,
          address = client.handshake.address, namespace = client.namespace,
        }
      end
      return found, silent
    end

    function Desk:on_greet(room)
      for _, client in ipairs((perigee.to(room):fetch_sockets())) do
        client:emit("hello", client.session.name)
      end
    end

    function Desk:on_join_all(room, new) perigee.to(room):join(new) return true end
    function Desk:on_leave_all(room, old) perigee.to(room):leave(old) return true end
    function Desk:on_move_and_tell(room, new)
      perigee.to(room):join(new)
      perigee.to(new):emit("moved", new)
    end
    function Desk:on_end_others(room) self:to(room):disconnect() end

    function Desk:on_poll(room, seconds)
      return perigee.to(room):timeout(seconds or 5):emit_with_ack("question", "6 x 7?")
    end
    function Desk:on_poll_others(room) return self:to(room):timeout(5):emit_with_ack("question", 1) end

    function Desk:on_shout(text) perigee.server_emit("shout", text) return true end
    function Desk.server_shout(node, text)
      for _, client in ipairs(perigee.everyone():sockets()) do client:emit("shouted", node, text) end
    end

    function Desk:on_sum(...) return perigee.server_emit_with_ack("sum", ...) end
    function Desk.server_sum(node, a, b)
      perigee.sleep(0.05)
      return a + b, node, perigee.node
    end
    function Desk:on_unheard() return perigee.server_emit_with_ack("unheard") end

    return Desk
"""


class Cluster:
    """Some hosts that serve one app and know one another."""

    def __init__(
        self, folder: AppFolder, engine: str, count: int, stack: ExitStack, timeout_ms: int = 4000
    ):
        self._folder, self._stack = folder, stack
        self._timeout = f"cluster.node_timeout_ms={timeout_ms}"
        self._url = f"{engine}?prefix=test-{uuid.uuid4().hex[:8]}"
        self.hosts = []
        for _ in range(count):
            self.add()

    def add(self):
        host = self._folder.serve("--set", f"cluster.engine={self._url}", "--set", self._timeout)
        self._stack.enter_context(host)
        host.wait_for_log("the engine is reached", 20)
        self.hosts.append(host)

    async def client(self, node: int) -> LightClient:
        return await LightClient.connect(self.hosts[node].url, "/desk")

    async def clients(self, *nodes: int) -> list[LightClient]:
        """One client of each node; returns when their nodes know one another."""
        clients = [await self.client(node) for node in nodes]
        for client in clients:
            await knows(client, len(self.hosts))
        return clients


async def knows(client: LightClient, count: int, within: float = 20) -> list[str]:
    """Waits until the client's node knows so many nodes, itself among them."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        _, nodes = await client.call("node")
        if len(nodes) == count:
            return nodes
        assert loop.time() < end, f"{len(nodes)} nodes are known rather than {count}"
        await asyncio.sleep(0.05)


async def close(*clients: LightClient) -> None:
    for client in clients:
        await client.close()


@pytest.fixture(params=ENGINES or [pytest.param(None, marks=pytest.mark.skip("no engine runs"))])
def engine(request) -> str:
    return ENGINES[request.param]


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("desk.lua", DESK)
    return folder


@pytest.fixture
def cluster(folder, engine):
    with ExitStack() as stack:
        yield Cluster(folder, engine, 3, stack)


async def test_nodes_know_one_another_and_who_comes_and_goes(cluster):
    clients = await cluster.clients(0, 1, 2)
    seen = [await client.call("node") for client in clients]
    own = [node for node, _ in seen]
    assert len(set(own)) == 3 and all(len(node) == 16 for node in own)
    assert all(nodes[0] == node and sorted(nodes) == sorted(own) for node, nodes in seen)
    await clients[2].close()
    cluster.hosts[2].stop()
    assert sorted(await knows(clients[0], 2, within=4)) == sorted(own[:2]), "a goodbye is enough"
    cluster.add()
    await knows(clients[1], 3)
    cluster.hosts[3].kill()
    await knows(clients[1], 2, within=20)
    await close(*clients[:2])


async def test_fetching_finds_the_clients_of_all_nodes(cluster):
    clients = await cluster.clients(0, 0, 1, 2)
    ids = [await client.call("sit", "table", f"n{i}") for i, client in enumerate(clients)]
    stranger = await cluster.client(1)
    found, silent = await clients[1].call("fetch", "table")
    assert silent == []
    assert sorted(found) == sorted(ids) and await clients[0].call("local", "table") == 2
    for number, (name, client) in enumerate(zip(ids, clients)):
        node, _ = await client.call("node")
        assert found[name] == {
            "name": f"n{number}", "rooms": ["table"], "node": node,
            "address": "127.0.0.1", "namespace": "/desk",
        }  # fmt: skip
    everybody, _ = await stranger.call("fetch")
    assert len(everybody) == 5
    nobody, silent = await stranger.call("fetch", "none")
    assert (nobody, silent) == ({}, [])
    await stranger.emit("greet", "table")
    for number, client in enumerate(clients):
        assert await client.event("hello") == [f"n{number}"]
    await close(*clients, stranger)


async def test_many_clients_are_fetched(cluster):
    asker = (await cluster.clients(0))[0]
    clients = [await cluster.client(number % 3) for number in range(330)]
    await asyncio.gather(*(c.call("sit", "crowd", str(i)) for i, c in enumerate(clients)))
    found, silent = await asker.call("fetch", "crowd")
    assert silent == []
    assert sorted(int(client["name"]) for client in found.values()) == list(range(330))
    await asyncio.gather(*(client.close() for client in clients))
    await asker.close()


async def test_clients_of_all_nodes_join_leave_and_are_disconnected(cluster):
    clients = await cluster.clients(0, 1, 2)
    for client in clients:
        await client.call("sit", "table", "x")
    await clients[0].call("join_all", "table", "new")
    for number in range(20):
        await clients[number % 3].emit("move_and_tell", "table", f"room {number}")
        for client in clients:
            assert await client.event("moved") == [f"room {number}"]
    for client in clients:
        assert set(await client.call("rooms")) == {"table", "new", *(f"room {n}" for n in range(20))}
    await clients[1].call("leave_all", "new", "table")
    found, _ = await clients[1].call("fetch", "new")
    assert len(found) == 3 and all("table" not in client["rooms"] for client in found.values())
    await clients[2].emit("end_others", "new")
    for client in clients[:2]:
        await asyncio.wait_for(client.left.wait(), 10)
    assert clients[2].is_connected
    left, _ = await clients[2].call("fetch", "new")
    assert len(left) == 1
    await close(*clients)


async def test_acks_of_the_clients_of_all_nodes_are_gathered(cluster):
    clients = await cluster.clients(0, 1, 2, 2)
    ids = [await client.call("sit", "table", "x") for client in clients]

    async def answer(client, value):
        await client.answer(await client.question("question"), value)

    polled = await clients[0].ask("poll", "table", 4)
    await asyncio.gather(*(answer(clients[i], 40 + i) for i in range(3)))
    await clients[3].question("question")
    answers, silent = await asyncio.wait_for(polled, 10)
    assert {a["id"]: a["values"] for a in answers} == {ids[i]: [40 + i] for i in range(3)}
    assert silent == [{"id": ids[3], "reason": "timeout"}]

    polled = await clients[0].ask("poll_others", "table")
    for client in clients[1:]:
        number = await client.question("question")
        if client is clients[1]:
            await client.close()
        else:
            await client.answer(number)
    answers, silent = await asyncio.wait_for(polled, 10)
    assert sorted(answer["id"] for answer in answers) == sorted(ids[2:])
    assert silent == [{"id": ids[1], "reason": "disconnected"}]
    assert await clients[0].call("poll", "none") == [[], []]
    await close(*clients)


async def test_the_clients_of_a_node_that_goes_are_named_among_the_silent(cluster):
    clients = await cluster.clients(0, 1, 2)
    ids = [await client.call("sit", "table", "x") for client in clients]
    polled = await clients[0].ask("poll", "table", 30)
    for client in clients[:2]:
        await client.answer(await client.question("question"), "yes")
    await clients[2].question("question")
    cluster.hosts[2].kill()
    answers, silent = await asyncio.wait_for(polled, 20)
    assert sorted(answer["id"] for answer in answers) == sorted(ids[:2])
    assert silent == [{"id": ids[2], "reason": "disconnected"}]
    await close(*clients)


async def test_a_fetch_ends_in_time_when_a_node_is_killed_in_the_middle_of_it(folder, engine):
    with ExitStack() as stack:
        cluster = Cluster(folder, engine, 3, stack, timeout_ms=8000)
        clients = await cluster.clients(0, 1, 2)
        ids = [await client.call("sit", "table", "x") for client in clients]
        node, _ = await clients[2].call("node")
        # A node that stands still is there, and answers nothing.
        os.kill(cluster.hosts[2].pid, signal.SIGSTOP)
        started = asyncio.get_running_loop().time()
        found, silent = await clients[0].call("fetch", "table", 2)
        assert asyncio.get_running_loop().time() - started < 8
        assert sorted(found) == sorted(ids[:2])
        assert silent == [{"node": node, "reason": "timeout"}]
        fetched = await clients[0].ask("fetch", "table", 30)
        os.kill(cluster.hosts[2].pid, signal.SIGKILL)
        found, silent = await asyncio.wait_for(fetched, 25)
        assert sorted(found) == sorted(ids[:2])
        assert silent == [{"node": node, "reason": "disconnected"}]
        await close(*clients)


async def test_scripts_of_all_nodes_talk_to_one_another(cluster):
    clients = await cluster.clients(0, 1, 2)
    nodes = [(await client.call("node"))[0] for client in clients]
    await clients[0].call("shout", "news")
    for client in clients[1:]:
        assert await client.event("shouted") == [nodes[0], "news"]
    answers, silent = await clients[1].call("sum", 40, 2)
    assert silent == []
    assert sorted((a["node"], a["values"]) for a in answers) == sorted(
        (node, [42, nodes[1], node]) for node in (nodes[0], nodes[2])
    )
    answers, silent = await clients[1].call("unheard")
    assert answers == [] and {s["reason"] for s in silent} == {"no handler"} and len(silent) == 2
    # What should not have come would have come before this.
    await clients[1].call("shout", "the end")
    assert await clients[0].event("shouted") == [nodes[1], "the end"]
    await close(*clients)


async def test_a_host_that_is_alone_answers_for_itself(folder):
    with folder.serve() as host:
        clients = [await LightClient.connect(host.url, "/desk") for _ in range(2)]
        ids = [await client.call("sit", "table", "x") for client in clients]
        node, nodes = await clients[0].call("node")
        assert nodes == [node] and len(node) == 16
        found, silent = await clients[0].call("fetch", "table")
        assert sorted(found) == sorted(ids) and silent == []
        assert found[ids[0]]["node"] == node
        await clients[0].call("join_all", "table", "new")
        assert set(await clients[1].call("rooms")) == {"table", "new"}
        assert await clients[0].call("shout", "x") is True
        assert await clients[0].call("sum", 1, 2) == [[], []]
        polled = await clients[0].ask("poll_others", "table")
        await clients[1].answer(await clients[1].question("question"), 42)
        assert await polled == [[{"id": ids[1], "values": [42]}], []]
        await clients[0].emit("end_others", "new")
        await asyncio.wait_for(clients[1].left.wait(), 10)
        await close(*clients)
