"""Durable channels: a host that is killed has everything that it acknowledged when it starts again."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import Disconnected, LightClient
from perigee_host import Host, executable
from wires.connections import poll
from wires.signature import KEY, Publisher

APP = """
    perigee.history("kept", { size = 100000, age = 3600, durable = true })

    local Ledger = {}
    function Ledger:subscribe_kept() return "kept" end
    function Ledger:subscribe_fleeting() return "fleeting" end
    function Ledger:subscribe_late() return "late" end
    function Ledger:on_say(channel, text)
      self:publish(channel, text)
      return true
    end
    function Ledger:on_keep(text) return self:publish_with_ack("kept", text) end
    function Ledger:on_keep_late() perigee.history("late", { size = 10, durable = true }) end
    return Ledger
"""


class Ledger:
    """The app's folder and its database, which outlive the hosts."""

    def __init__(self, folder: AppFolder, database):
        self.folder = folder
        self.database = database

    def serve(self, *args: str) -> Host:
        env = {"PERIGEE_STORAGE_PATH": str(self.database), "LEDGER_KEY": KEY}
        return self.folder.serve(*args, env=env)


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def ledger(tmp_path, request) -> Ledger:
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("ledger/init.lua", APP)
    folder.save(
        "ledger/app.toml", f'workers = {request.param}\n[publish]\nkey_env = "LEDGER_KEY"\n'
    )
    return Ledger(folder, tmp_path / "kept.db")


async def missed(host: Host, channel: str, position: str) -> dict:
    async with aiohttp.ClientSession() as http:
        url = f"{host.url}/ledger"
        status, answer = await poll(http, url, channel, position=position, timeout=0)
        if status == 204:  # Nothing was missed: a position that is not known any more is answered.
            return {"recovered": True, "messages": []}
        assert status == 200
        return answer


def offset(position: str) -> int:
    return int(position.partition(":")[2])


async def test_positions_and_publications_outlive_the_end_of_the_host(ledger):
    with ledger.serve() as host:
        async with Publisher(host.url, "/ledger") as publisher:
            first = await publisher.publish("kept", "first")
            fleeting = await publisher.publish("fleeting", "gone")
            places = [await publisher.publish("kept", number) for number in range(50)]
        assert [offset(place) for place in places] == list(range(2, 52))
    with ledger.serve() as host:
        answer = await missed(host, "kept", first)
        assert answer["recovered"] is True
        assert [frame["data"] for frame in answer["messages"]] == list(range(50))
        assert [frame["position"] for frame in answer["messages"]] == places
        assert (await missed(host, "fleeting", fleeting))["recovered"] is False
        async with Publisher(host.url, "/ledger") as publisher:
            after = await publisher.publish("kept", "after")
        epoch = first.partition(":")[0]
        assert after == f"{epoch}:52"


GONE = (aiohttp.ClientError, Disconnected, OSError)


class Writer:
    """Publishes numbers until the host is gone, and notes what was acknowledged and where: by requests,
    or by events whose handler waits until they are kept."""

    def __init__(self, url: str, name: str):
        self.url = url
        self.name = name
        self.acknowledged: list[tuple[str, str]] = []

    async def by_requests(self) -> None:
        async with Publisher(self.url, "/ledger") as publisher:
            await self._write(lambda text: publisher.publish("kept", text))

    async def by_events(self) -> None:
        try:
            client = await LightClient.connect(self.url, "/ledger")
        except GONE:
            return
        async with client:
            await self._write(lambda text: client.call("keep", text))

    async def _write(self, publish) -> None:
        number = 0
        while True:
            text = f"{self.name} {number}"
            try:
                place = await publish(text)
            except GONE:
                return
            self.acknowledged.append((place, text))
            number += 1


@pytest.mark.seconds(240)
async def test_what_was_acknowledged_before_the_host_was_killed_is_there(ledger, report):
    dice = random.Random(20)
    start, known, total = None, [], 0
    reader_position, reader_heard = None, []
    for kill in range(20):
        host = ledger.serve()
        try:
            reader = await LightClient.connect(host.url, "/ledger")
            asked = {"channel": "kept", "position": reader_position or ""}
            answer = await reader.call("subscribe", asked)
            assert answer["recovered"] is True, "the reader's position outlived the kill"
            reader_position = answer["position"]
            start = start or reader_position
            writers = [Writer(host.url, f"{kill}.{name}") for name in range(6)]
            running = asyncio.gather(
                *(writer.by_requests() for writer in writers[:3]),
                *(writer.by_events() for writer in writers[3:]),
            )
            await asyncio.sleep(dice.uniform(0.02, 0.4))
        finally:
            host.kill()
        await asyncio.wait_for(running, 20)
        while True:
            try:
                word, place = await reader.event("pubblication", 5)
            except (Disconnected, TimeoutError):
                break
            reader_heard.append(word)
            reader_position = place["position"]
        await reader.close()
        acknowledged = sorted(
            (pair for writer in writers for pair in writer.acknowledged),
            key=lambda pair: offset(pair[0]),
        )
        total += len(acknowledged)
        known += acknowledged
    with ledger.serve() as host:
        answer = await missed(host, "kept", start)
        assert answer["recovered"] is True
        stored = {frame["position"]: frame["data"] for frame in answer["messages"]}
        offsets = [offset(frame["position"]) for frame in answer["messages"]]
        assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
        lost = [pair for pair in known if stored.get(pair[0]) != pair[1]]
        assert not lost, f"{len(lost)} of {total} acknowledged publications are lost"
        rest = await missed(host, "kept", reader_position)
        heard = reader_heard + [frame["data"] for frame in rest["messages"]]
        assert heard == [frame["data"] for frame in answer["messages"]], "each once and in order"
    report(f"20 kills: {total} acknowledged publications, none lost; {len(stored)} stored")


async def test_a_channel_can_become_durable_while_clients_follow_it(ledger):
    with ledger.serve() as host:
        clients = [await LightClient.connect(host.url, "/ledger") for _ in range(4)]
        for client in clients:
            await client.call("subscribe", "late")
        await clients[0].call("say", "late", "before")
        for client in clients:
            assert await client.event("pubblication") == ["before"]
        await clients[1].emit("keep_late")
        async with Publisher(host.url, "/ledger") as publisher:
            # Another worker may hear of it a moment later.
            while offset(first := await publisher.publish("late", "x")) != 1:
                pass
            places = [await publisher.publish("late", number) for number in range(5)]
        for client in clients:
            words = []
            while not words or words[-1] != 4:
                words += await client.event("pubblication")
            assert words[-5:] == list(range(5))
            await client.close()
        host.kill()
    with ledger.serve() as host:
        async with await LightClient.connect(host.url, "/ledger") as client:
            await client.call("keep_late")
        async with asyncio.timeout(10):
            # Another worker may hear of it a moment later.
            while not (answer := await missed(host, "late", first))["recovered"]:
                pass
        assert [frame["position"] for frame in answer["messages"]] == places


async def test_all_channels_are_durable_where_the_app_says_so(ledger):
    toml = (ledger.folder.plugins / "ledger" / "app.toml").read_text()
    ledger.folder.save("ledger/app.toml", toml + "[limits]\nhistory_durable = true\n")
    with ledger.serve() as host:
        async with Publisher(host.url, "/ledger") as publisher:
            first = await publisher.publish("fleeting", 1)
            await publisher.publish("fleeting", 2)
        host.kill()
    with ledger.serve() as host:
        answer = await missed(host, "fleeting", first)
        assert [frame["data"] for frame in answer["messages"]] == [2]


def test_without_a_database_nothing_can_be_durable_and_the_load_says_so(ledger):
    where = "storage.path in perigee.toml is empty"
    nothing = {"PERIGEE_STORAGE_PATH": ""}
    with ledger.folder.serve(env=nothing) as host:
        host.wait_for_log(f"ledger/init.lua:2: a durable history needs a database, but {where}")
    toml = (ledger.folder.plugins / "ledger" / "app.toml").read_text()
    ledger.folder.save("ledger/app.toml", toml + "[limits]\nhistory_durable = true\n")
    with ledger.folder.serve(env=nothing) as host:
        host.wait_for_log(f"ledger: limits.history_durable needs a database, but {where}")
    check = subprocess.run(
        [executable(), "check", "--plugins", str(ledger.folder.plugins)],
        env={**os.environ, **nothing}, capture_output=True, text=True,
    )  # fmt: skip
    assert check.returncode == 1 and where in check.stdout


async def test_publications_wait_while_the_database_is_locked(ledger):
    with ledger.serve() as host:
        async with Publisher(host.url, "/ledger") as publisher:
            first = await publisher.publish("kept", "first")
            other = sqlite3.connect(ledger.database, isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
            waiting = asyncio.create_task(publisher.publish("kept", "waited"))
            waits = "durable channels cannot be stored and wait: .*stop the program"
            await asyncio.to_thread(host.wait_for_log, waits, 20)
            async with Publisher(host.url, "/ledger") as fleeting:
                # Other channels do not wait.
                await asyncio.wait_for(fleeting.publish("fleeting", "at once"), 10)
            other.execute("COMMIT")
            other.close()
            place = await asyncio.wait_for(waiting, 20)
            assert offset(place) == offset(first) + 1
