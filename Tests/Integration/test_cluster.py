"""Several hosts that share an engine are one to their clients. `scripts/engines` starts the engines; those
that no TEST_ variable names are left out, the command line's part is always there."""

from __future__ import annotations

import asyncio
import os
import uuid
from contextlib import ExitStack

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient
from perigee_host import Host, executable
from wires.cutting_proxy import CuttingProxy

ENGINES = {
    name: os.environ[f"TEST_{name.upper()}"]
    for name in ("redis", "nats", "amqp", "mongo")
    if os.environ.get(f"TEST_{name.upper()}")
}

TALK = """
    local Talk = {}

    function Talk:subscribe_room(id) return "room." .. id end

    function Talk:on_say(room, text)
      self:publish("room." .. room, text)
      return true
    end

    function Talk:on_join_table(name)
      self:join(name)
      return self.id
    end

    function Talk:on_tell(room, text) self:to(room):emit("told", text) end
    function Talk:on_tell_all(text) perigee.emit("told", text) end
    function Talk:on_tell_others(text) self:broadcast("told", text) end
    function Talk:on_tell_except(room, text) perigee.except(room):emit("told", text) end
    function Talk:on_tell_bytes(room, bytes) perigee.to(room):emit("told", bytes) end

    return Talk
"""


class Cluster:
    """Some hosts that serve one app."""

    def __init__(
        self, folder: AppFolder, engine: str, count: int, stack: ExitStack, *arguments: str
    ):
        self.prefix = f"test-{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self.stack = stack
        self.arguments = ["--set", f"cluster.engine={engine}?prefix={self.prefix}", *arguments]
        self.hosts = [self._serve() for _ in range(count)]
        for host in self.hosts:
            host.wait_for_log("the engine is reached", 20)

    def add(self, *arguments: str) -> Host:
        """One more host."""
        host = self._serve(*arguments)
        host.wait_for_log("the engine is reached", 20)
        return host

    def _serve(self, *arguments: str) -> Host:
        return self.stack.enter_context(self.folder.serve(*self.arguments, *arguments))

    async def client(self, node: int) -> LightClient:
        return await LightClient.connect(self.hosts[node].url, "/talk")


@pytest.fixture(params=ENGINES or [pytest.param(None, marks=pytest.mark.skip("no engine runs"))])
def engine(request) -> str:
    return ENGINES[request.param]


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("talk.lua", TALK)
    return folder


@pytest.fixture
def cluster(folder, engine):
    with ExitStack() as stack:
        yield Cluster(folder, engine, 3, stack)


async def test_publications_reach_the_subscribers_of_every_node_once_and_in_order(cluster):
    clients = [await cluster.client(node) for node in (0, 0, 1, 1, 2, 2)]
    for client in clients:
        await client.call("subscribe", "room", "1")
    answers = []
    for number in range(200):
        answers.append(await clients[number % 6].ask("say", "1", f"{number % 6} {number}"))
    for answer in answers:
        assert await asyncio.wait_for(answer, 10) == [True]
    heard = [[(await client.event("pubblication"))[0] for _ in range(200)] for client in clients]
    assert all(words == heard[0] for words in heard), "one order for all"
    for sender in range(6):
        own = [word for word in heard[0] if word.startswith(f"{sender} ")]
        assert own == [f"{sender} {number}" for number in range(sender, 200, 6)]
    for client in clients:
        await client.close()


async def test_a_client_hears_what_is_published_after_its_subscription_was_acked(cluster):
    speaker = await cluster.client(0)
    for number in range(20):
        client = await cluster.client(1 + number % 2)
        await client.call("subscribe", "room", f"new {number}")
        await speaker.call("say", f"new {number}", "hello")
        assert await client.event("pubblication") == ["hello"]
        await client.close()
    await speaker.close()


async def test_a_client_that_unsubscribes_at_once_waits_for_nothing(cluster):
    client = await cluster.client(0)
    for number in range(10):
        room = f"short {number}"
        await client.emit("subscribe", {"channel": "room", "position": ""}, room)
        await client.emit("subscribe", "room", room)
        await client.emit("unsubscribe", "room", room)
        assert await asyncio.wait_for(client.call("say", room, "unheard"), 10) is True
    await client.call("subscribe", "room", "last")
    await client.call("say", "last", "heard")
    assert await client.event("pubblication") == ["heard"]
    await client.close()


async def test_rooms_reach_over_nodes_and_spare_the_sender(cluster):
    clients = [await cluster.client(node) for node in (0, 1, 2)]
    ids = [await client.call("join_table", "table") for client in clients]
    outsider = await cluster.client(2)
    await clients[0].emit("tell", "table", "to the table")
    for client in clients[1:]:
        assert await client.event("told") == ["to the table"]
    await clients[1].emit("tell_all", "to all")
    for client in [*clients, outsider]:
        assert await client.event("told") == ["to all"]
    await clients[2].emit("tell_others", "to others")
    for client in [*clients[:2], outsider]:
        assert await client.event("told") == ["to others"]
    await clients[0].emit("tell_except", "table", "to outsiders")
    assert await outsider.event("told") == ["to outsiders"]
    await clients[0].emit("tell", ids[2], "to one")
    assert await clients[2].event("told") == ["to one"]
    # What should not have come would have come before this.
    await clients[0].emit("tell_all", "the end")
    for client in [*clients, outsider]:
        assert await client.event("told") == ["the end"]
        await client.close()


@pytest.mark.parametrize("seed", range(3))
async def test_a_client_that_changes_nodes_gets_exactly_what_it_missed(cluster, seed):
    speaker = await cluster.client(0)

    async def speak():
        for number in range(600):
            await speaker.call("say", "9", number)

    # May still be on its way to the engine when the first client subscribes.
    await speaker.call("say", "9", -1)
    speaking = None
    position, heard = "", []
    node = seed
    while not heard or heard[-1] != 599:
        node += 1
        client = await cluster.client(node % 3)
        answer = await client.call("subscribe", {"channel": "room", "position": position}, "9")
        assert answer["recovered"]
        # All could be said before somebody listens.
        speaking = speaking or asyncio.create_task(speak())
        position = answer["position"]
        for _ in range(1 + 37 * (node % 4)):
            word, place = await client.event("pubblication")
            heard.append(word)
            position = place["position"]
            if word == 599:
                break
        await client.close()
    await speaking
    first = heard[0]
    assert heard == list(range(first, first + len(heard)))
    await speaker.close()


async def test_event_streams_and_signed_publications_take_the_same_way(cluster):
    async with aiohttp.ClientSession() as http:
        url = f"{cluster.hosts[1].url}/talk/events?channel=room/5"
        async with http.get(url) as stream:
            while b"subscribed" not in await stream.content.readline():
                pass
            speaker = await cluster.client(2)
            await speaker.call("say", "5", "over the wire")
            while b"over the wire" not in await stream.content.readline():
                pass
            await speaker.close()


async def test_what_was_published_while_the_engine_was_away_arrives_when_it_is_back(
    folder, engine
):
    address = engine.rpartition(":")
    with CuttingProxy(int(address[2])) as proxy, ExitStack() as stack:
        cluster = Cluster(folder, f"{address[0]}:{proxy.port}", 2, stack)
        near, far = await cluster.client(0), await cluster.client(1)
        for client in (near, far):
            await client.call("subscribe", "room", "1")
        await near.call("say", "1", "before")
        for client in (near, far):
            assert await client.event("pubblication") == ["before"]
        proxy.cutting = True
        proxy.cut()
        for host in cluster.hosts:
            host.wait_for_log("the engine is away", 20)
        for number in range(50):
            await near.call("say", "1", number)
        proxy.cutting = False
        for client in (near, far):
            words = [(await client.event("pubblication", 20))[0] for _ in range(50)]
            assert words == list(range(50))
            await client.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("redsi://127.0.0.1", "cluster.engine: the engine's URL begins with redsi://"),
        ("127.0.0.1:6379", "cluster.engine: the engine's URL has no scheme"),
        ("redis://:secret@127.0.0.1:0", "cluster.engine: the engine's URL has the port 0"),
        ("redis://127.0.0.1?perfix=a", "has an option perfix that redis does not know"),
    ],
)
async def test_a_mistake_in_the_url_is_one_sentence_at_the_start(folder, url, sentence):
    process = await asyncio.create_subprocess_exec(
        executable(), "serve", "--port", "0", "--plugins", str(folder.plugins),
        "--www", str(folder.www), "--set", f"cluster.engine={url}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode != 0
    assert sentence in output.decode()
    assert "secret" not in output.decode()


async def test_an_app_with_a_wrong_engine_is_not_loaded_and_the_others_are(folder):
    (folder.plugins / "shop").mkdir()
    folder.save("shop/init.lua", "return {}")
    folder.save("shop/app.toml", '[cluster]\nengine = "redsi://127.0.0.1"\n')
    with folder.serve() as host:
        host.wait_for_log("shop/app.toml: cluster.engine: the engine's URL begins with redsi://")
        client = await LightClient.connect(host.url, "/talk")
        assert await client.call("say", "1", "alone") is True
        await client.close()


async def test_two_apps_have_engines_of_their_own(folder, engine):
    for name, prefix in [("red", "a"), ("blue", "b")]:
        (folder.plugins / name).mkdir()
        folder.save(f"{name}/init.lua", TALK)
        url = f"{engine}?prefix=test-{uuid.uuid4().hex[:8]}{prefix}"
        folder.save(f"{name}/app.toml", f'[cluster]\nengine = "{url}"\n')
    with folder.serve() as near, folder.serve() as far:
        for app in ("red", "blue"):
            one = await LightClient.connect(near.url, f"/{app}")
            other = await LightClient.connect(far.url, f"/{app}")
            await other.call("subscribe", "room", "1")
            await one.call("say", "1", app)
            assert await other.event("pubblication") == [app]
            await one.close()
            await other.close()
