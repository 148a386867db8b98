"""Values of which only the newest counts: a client that stops reading gets the last of each key."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from pathlib import Path

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient
from slow_client import SlowClient

KEYS = 50
UPDATES = 100_000
STRIDE = 1_000
PADDING = 400
ONE_THREAD = {"server.threads": 1}
# What the kernels of both sides may hold is not known; it is a few megabytes.
STALE = 30_000

APP = """
local App = {}

function App:on_connect() self:join("watchers") end

function App:on_disconnect(reason) perigee.log("left", reason) end

-- Values `first` to `last`, each of the key that is its remainder, to everybody else.
function App:on_update(first, last, keys, padding)
  padding = ("x"):rep(padding or 0)
  local others = self:to("watchers")
  for value = first, last do
    local key = value % keys
    others:latest("k" .. key):emit("value", key, value, padding)
  end
  return true
end

function App:on_bytes(first, last, keys)
  for value = first, last do
    self:to("watchers"):latest(value % keys):emit("bytes", perigee.binary("v" .. value))
  end
  return true
end

function App:on_say(text) self:to("watchers"):emit("said", text) return true end

function App:on_echo(...) return ... end

-- Ends everybody else's membership behind a last value.
function App:on_dismiss(value)
  local others = self:to("watchers")
  others:latest("a"):emit("value", 0, value - 1)
  others:emit("said", "before")
  others:latest("a"):emit("value", 0, value)
  others:disconnect()
  return true
end

return App
"""


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Makes hosts that serve the app, with settings of their own."""

    def serve(**settings):
        base = tmp_path_factory.mktemp("latest")
        folder = AppFolder(base / "plugins", base / "www")
        folder.save("board.lua", APP)
        return folder.serve(
            *(part for key, value in settings.items() for part in ("--set", f"{key}={value}"))
        )

    return serve


@pytest.fixture(scope="module")
def board(serve):
    with serve() as host:
        yield host


@pytest.fixture(scope="module")
def steady(serve):
    """A host that has sent everybody everything once the driver is answered: it has one thread."""
    with serve(**ONE_THREAD) as host:
        yield host


async def update(client: LightClient, count: int = UPDATES, keys: int = KEYS, padding=PADDING):
    """Has everybody else sent `count` values by turns, in many turns of the app."""
    for first in range(0, count, STRIDE):
        last = min(first + STRIDE, count) - 1
        assert await client.call("update", first, last, keys, padding) is True


def last_values(count: int = UPDATES, keys: int = KEYS) -> dict[int, int]:
    return {value % keys: value for value in range(count - keys, count)}


def resident(host) -> int:
    """Bytes of memory that the host has."""
    status = Path(f"/proc/{host.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024


class Watch:
    """What a client has been sent, checked as it comes."""

    def __init__(self, last: dict[int, int]):
        self._last = last
        self.newest: dict[int, int] = {}
        self.count = 0

    @property
    def is_complete(self) -> bool:
        return self.newest == self._last

    def take(self, event: list) -> None:
        name, key, value, *_ = event
        assert name == "value"
        assert value > self.newest.get(key, -1), f"{value} came after {self.newest[key]}"
        self.newest[key] = value
        self.count += 1

    def read(self, events: Iterable[list]) -> "Watch":
        """Takes events until the last value of each key is there."""
        for event in events:
            if event[0] == "value":
                self.take(event)
            if self.is_complete:
                return self
        raise AssertionError(f"the connection ended, with {self.newest}")


@pytest.mark.seconds(180)
@pytest.mark.parametrize("wire", ["socket_io", "websocket", "events"])
async def test_a_client_that_stops_reading_gets_the_last_value_of_each_key(board, report, wire):
    async with (
        await LightClient.connect(board.url, "/board") as driver,
        await LightClient.connect(board.url, "/board") as other,
    ):
        before = resident(board)
        with SlowClient(board, "/board", wire) as slow:
            await update(driver)
            assert await other.call("echo", "well") == "well"
            grown = resident(board) - before
            watch = Watch(last_values())
            await asyncio.wait_for(asyncio.to_thread(watch.read, slow.events()), 60)
        report(f"{wire}: {watch.count} of {UPDATES} values, {grown / 1e6:.1f} MB more")
        assert watch.count < STALE
        assert grown < 50e6
        swift = Watch(last_values())
        while not swift.is_complete:
            swift.take(await other.next_event())


async def test_a_client_that_reads_gets_every_value(board):
    async with (
        await LightClient.connect(board.url, "/board") as driver,
        await LightClient.connect(board.url, "/board") as other,
    ):
        for value in range(200):
            assert await driver.call("update", value, value, 1) is True
            assert (await other.event("value"))[1] == value


class Polling:
    """A Socket.IO client of the namespace that polls when it is told to."""

    def __init__(self, http: aiohttp.ClientSession, url: str):
        self._http = http
        self._url = f"{url}/socket.io/?EIO=4&transport=polling"

    async def open(self, auth: str = "") -> list[str]:
        """Joins the namespace; the packets of the answer."""
        [handshake] = await self.poll()
        self._url += f"&sid={json.loads(handshake[1:])['sid']}"
        await self.post(f"40/board,{auth}")
        return await self.poll()

    async def post(self, body: str) -> None:
        async with self._http.post(self._url, data=body) as response:
            assert response.status == 200

    async def poll(self) -> list[str]:
        async with self._http.get(self._url) as response:
            assert response.status == 200
            return (await response.text()).split("\x1e")


def event_of(packet: str) -> list:
    assert packet.startswith("42/board,"), packet
    return json.loads(packet.removeprefix("42/board,"))


async def test_a_client_that_does_not_poll_gets_the_last_values_with_its_next_polls(steady):
    async with (
        await LightClient.connect(steady.url, "/board") as driver,
        aiohttp.ClientSession() as http,
    ):
        client = Polling(http, steady.url)
        await client.open()
        await update(driver, 5_000)
        watch = Watch(last_values(5_000))
        while not watch.is_complete:
            packets = await client.poll()
            assert len(packets) <= 16
            for packet in packets:
                watch.take(event_of(packet))
        assert watch.count == KEYS


async def test_a_poll_that_waits_takes_the_last_values(steady):
    async with (
        await LightClient.connect(steady.url, "/board") as driver,
        aiohttp.ClientSession() as http,
    ):
        client = Polling(http, steady.url)
        await client.open()
        waiting = asyncio.create_task(client.poll())
        assert await driver.call("update", 0, 2999, 3) is True
        watch = Watch({0: 2997, 1: 2998, 2: 2999})
        packets = await waiting
        while True:
            for packet in packets:
                watch.take(event_of(packet))
            if watch.is_complete:
                break
            packets = await client.poll()
        assert watch.count <= 7


async def test_other_events_do_not_hold_up_the_last_values_of_a_client_that_polls(steady):
    async with (
        await LightClient.connect(steady.url, "/board") as driver,
        aiohttp.ClientSession() as http,
    ):
        client = Polling(http, steady.url)
        await client.open()
        watch = Watch(last_values(100, 40))
        await update(driver, 100, 40, 0)
        for turn in range(4):
            assert await driver.call("say", turn) is True
            said, *values = await client.poll()
            assert event_of(said) == ["said", turn]
            for packet in values:
                watch.take(event_of(packet))
        assert watch.is_complete and watch.count == 40


async def test_the_attachments_of_a_last_value_stay_with_it(steady):
    async with (
        await LightClient.connect(steady.url, "/board") as driver,
        aiohttp.ClientSession() as http,
    ):
        client = Polling(http, steady.url)
        await client.open()
        assert await driver.call("bytes", 1, 9, 2) is True
        event = '451-/board,["bytes",{"_placeholder":true,"num":0}]'
        assert await client.poll() == [event, "bdjk=", event, "bdjg="]


async def test_the_last_values_go_before_the_end_of_a_membership(steady):
    async with (
        await LightClient.connect(steady.url, "/board") as driver,
        aiohttp.ClientSession() as http,
    ):
        client = Polling(http, steady.url)
        await client.open()
        assert await driver.call("dismiss", 7) is True
        packets = await client.poll()
        assert packets == ['42/board,["said","before"]', '42/board,["value",0,7]', "41/board,"]


async def test_the_last_values_do_not_lead_a_client_back_behind_what_it_has(serve):
    with serve(**ONE_THREAD, **{"engine.recovery_ms": 20_000}) as host:
        async with (
            await LightClient.connect(host.url, "/board") as driver,
            aiohttp.ClientSession() as http,
        ):
            client = Polling(http, host.url)
            [accepted] = await client.open()
            assert await driver.call("say", "one") is True
            [said] = await client.poll()
            assert await driver.call("update", 1, 5, 1) is True
            assert await driver.call("say", "two") is True
            packets = [event_of(packet) for packet in await client.poll()]
            assert [packet[:3:2] for packet in packets] == [["said", packets[0][2]], ["value", 5]]
            assert packets[1][-1] == packets[0][-1] != event_of(said)[-1]


@pytest.mark.parametrize(
    "keys, bytes_each, is_slow",
    [(1_000, 0, False), (1_001, 0, True), (9, 9_000, False), (12, 9_000, True)],
)
async def test_what_may_wait_is_bounded(serve, keys, bytes_each, is_slow):
    limit = {"engine.outbound_bytes": 100_000 if bytes_each else 1_000_000}
    with serve(**ONE_THREAD, **limit) as host:
        async with (
            await LightClient.connect(host.url, "/board") as driver,
            aiohttp.ClientSession() as http,
        ):
            client = Polling(http, host.url)
            await client.open()
            await update(driver, 2 * keys, keys, bytes_each)
            assert await driver.call("echo", 1) == 1
            if is_slow:
                await asyncio.to_thread(host.wait_for_log, "left.*slow consumer")
            else:
                watch = Watch(last_values(2 * keys, keys))
                while not watch.is_complete:
                    for packet in await client.poll():
                        watch.take(event_of(packet))
                assert watch.count == keys
