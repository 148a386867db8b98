"""Hosts that share an engine and a recovery log, and the app that their tests talk to. Test modules import
the fixtures."""

from __future__ import annotations

import asyncio
import os
import uuid
from contextlib import ExitStack

import pytest

from app_folder import AppFolder
from light_client import LightClient
from traveller import Traveller

ENGINES = {
    name: os.environ[f"TEST_{name.upper()}"]
    for name in ("redis", "nats", "amqp")
    if os.environ.get(f"TEST_{name.upper()}")
}

# The address of an engine and how many workers the app has. What those of one node are to each other does not
# depend on the engine: one is enough.
SETUPS = {name: (url, 1) for name, url in ENGINES.items()} | {
    f"{name}, two workers": (url, 2) for name, url in list(ENGINES.items())[:1]
}
NO_ENGINE = [pytest.param(None, marks=pytest.mark.skip("no engine runs"))]

LINE = """
    local Line = {}

    function Line:on_connect(auth)
      if type(auth) == "table" and auth.refuse then reject("not you") end
      self.connects = (self.connects or 0) + 1
      if self.recovered then perigee.to("watchers"):emit("back", self.id, #self:rooms()) end
    end

    function Line:on_disconnect(reason) perigee.log("left", self.id, reason) end

    function Line:subscribe_news() end

    function Line:on_watch()
      self:watch("hall")
      return true
    end

    function Line:on_track(name)
      self:track("hall", name, { name = name })
      return true
    end

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

    -- What is for the red room alone, before, while and after somebody is in it.
    function Line:on_paint(id, number)
      perigee.to("red"):emit("red", "before", number)
      perigee.to(id):join("red")
      perigee.to("red"):emit("red", "while", number)
      perigee.to(id):leave("red")
      perigee.to("red"):emit("red", "after", number)
      return true
    end

    function Line:on_dismiss(id)
      perigee.to(id):emit("bye")
      perigee.to(id):disconnect()
      perigee.to(id):emit("not heard any more")
      return true
    end

    function Line:on_whisper(number)
      perigee.to("den"):emit("room", number)
      return true
    end

    return Line
"""

def rounds(first: int, last: int) -> list:
    """What of some rounds a client in the den gets that takes the news."""
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

    def __init__(
        self, folder: AppFolder, engine: str, stack: ExitStack, workers: int = 1, **settings: object
    ):
        self._folder = folder
        folder.save("line/app.toml", f"workers = {workers}\n")
        self._workers = workers
        self._stack = stack
        self._prefix = f"test-{uuid.uuid4().hex[:8]}"
        url = f"{engine}?prefix={self._prefix}"
        settings |= {"cluster.engine": url, "server.threads": workers}
        settings.setdefault("engine.recovery_ms", 60_000)
        self._arguments = [
            part for key, value in settings.items() for part in ("--set", f"{key}={value}")
        ]
        self.hosts = []

    def start(self, count: int = 1):
        """Starts more of them; the last one."""
        for _ in range(count):
            host = self._stack.enter_context(self._folder.serve(*self._arguments))
            host.wait_for_log("(?s)" + "the engine is reached.*" * self._workers, 20)
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


@pytest.fixture(params=ENGINES or NO_ENGINE)
def engine(request) -> str:
    return ENGINES[request.param]


@pytest.fixture
def folder(tmp_path) -> AppFolder:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("line/init.lua", LINE)
    return folder


@pytest.fixture(params=SETUPS or NO_ENGINE)
def setup(request) -> tuple[str, int]:
    return SETUPS[request.param]


@pytest.fixture
def nodes(folder, setup):
    """Makes nodes, with these settings."""
    engine, workers = setup
    with ExitStack() as stack:
        yield lambda count, **settings: started(
            Nodes(folder, engine, stack, workers, **settings), count
        )


def started(nodes: Nodes, count: int) -> Nodes:
    nodes.start(count)
    return nodes


async def settle_in(traveller: Traveller, host) -> None:
    """Takes a new client to where the rounds reach it."""
    await traveller.go(host)
    await move_in(traveller)


async def move_in(traveller: Traveller) -> None:
    assert await traveller.call("enter", "den") is True
    assert await traveller.call("subscribe", "news") is True
