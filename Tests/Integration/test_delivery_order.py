"""What a script sends in one go reaches every client in the order in which it was sent, each thing once,
whichever way it goes: publications, events for all, for others, for a room, for one.

ORDER_SEED, ORDER_ROUNDS  other random steps, and how many (1, 150)
"""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from app_folder import AppFolder
from light_client import LightClient

SEED = int(os.environ.get("ORDER_SEED", "1"))
ROUNDS = int(os.environ.get("ORDER_ROUNDS", "150"))

ORDER = """
    local Order = {}

    local ways = {
      a = function(self, n) self:publish("a", n) end,
      b = function(self, n) perigee.publish("b", n) end,
      one = function(self, n) self:emit("seen", n) end,
      all = function(self, n) perigee.emit("seen", n) end,
      others = function(self, n) self:broadcast("seen", n) end,
      room = function(self, n) self:to("room"):emit("seen", n) end,
      in_room = function(self, n) perigee.to("room"):emit("seen", n) end,
      except = function(self, n) self:except("room"):emit("seen", n) end,
      join = function(self) self:join("room") end,
      leave = function(self) self:leave("room") end,
      subscribe = function(self) self:subscribe("a") end,
      unsubscribe = function(self) self:unsubscribe("a") end,
    }

    function Order:subscribe_a() end
    function Order:subscribe_b() end

    function Order:on_go(steps)
      for _, step in ipairs(steps) do ways[step.way](self, step.number) end
      return true
    end

    return Order
"""

WAYS = ["a"] * 8 + ["b", "one", "all", "all", "others", "others", "room", "in_room", "except"]
CHANGES = ["join", "leave", "subscribe", "unsubscribe"]


class Model:
    """What each client has to hear, by what the documentation says."""

    def __init__(self, count: int):
        self.heard: list[list[int]] = [[] for _ in range(count)]
        self.members: dict[str, set[int]] = {"a": set(), "b": set(), "room": set()}

    def step(self, client: int, way: str, number: int) -> None:
        everyone = set(range(len(self.heard)))
        room = self.members["room"]
        reached = {
            "a": self.members["a"],
            "b": self.members["b"],
            "one": {client},
            "all": everyone,
            "others": everyone - {client},
            "room": room - {client},
            "in_room": room,
            "except": everyone - room - {client},
        }.get(way, set())
        for other in reached:
            self.heard[other].append(number)
        changed = {"join": "room", "leave": "room", "subscribe": "a", "unsubscribe": "a"}.get(way)
        if way in ("join", "subscribe"):
            self.members[changed].add(client)
        elif changed:
            self.members[changed].discard(client)


@pytest.mark.parametrize("threads", [1, 2])
def test_every_client_hears_everything_once_and_in_order(tmp_path, threads):
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("order.lua", ORDER)
    with folder.serve("--set", f"server.threads={threads}") as host:
        asyncio.run(follow_random_steps(host.url, random.Random(SEED + threads)))


async def follow_random_steps(url: str, chance: random.Random) -> None:
    clients = [await LightClient.connect(url, "/order") for _ in range(6)]
    model = Model(len(clients))
    for index, channel in [(0, "a"), (1, "a"), (2, "a"), (2, "b"), (3, "b")]:
        # Every second subscriber of a channel wants positions.
        place = {"channel": channel, "position": ""} if index % 2 else channel
        await clients[index].call("subscribe", place)
        model.members[channel].add(index)
    number = 0
    sender, is_answered = 0, True
    for _ in range(ROUNDS):
        # The same again now and then without a wait, so that handlers follow each other in a turn.
        sender = chance.randrange(len(clients)) if is_answered else sender
        steps = []
        for _ in range(chance.choice([1, 2, 5, 40])):
            way = chance.choice(CHANGES if chance.random() < 0.1 else WAYS)
            number += 1
            steps.append({"way": way, "number": number})
            model.step(sender, way, number)
        answer = await clients[sender].ask("go", steps)
        is_answered = chance.random() < 0.6
        if is_answered:
            assert await asyncio.wait_for(answer, 10) == [True]
    await clients[sender].call("go", [])
    await clients[0].call("go", [{"way": "all", "number": 0}])
    for index, client in enumerate(clients):
        assert await heard(client) == model.heard[index], f"client {index}"
        await client.close()


async def heard(client: LightClient) -> list[int]:
    """The numbers of all events up to the last one, which has the number 0."""
    numbers = []
    while True:
        event = await client.next_event()
        if event[1] == 0:
            return numbers
        numbers.append(event[1])
