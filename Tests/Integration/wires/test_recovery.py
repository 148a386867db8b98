"""Connection state recovery in a browser: connections are killed while events are sent, and every
event comes once and in order. The official client and the project's own."""

from __future__ import annotations

import asyncio
import json

import pytest
from light_client import LightClient
from wires.conftest import IMPATIENT, start

CUTS = 12
ROUND = ["all", "room", "pubblication", "direct", "others"]

CONNECT = """
window.heard = [];
window.connects = [];
window.refusals = [];
const soon = { reconnectionDelay: 20, reconnectionDelayMax: 60 };
const io = clients[given.client];
window.socket = io("/recovery", { ...soon, transports: given.transports, auth: { token: "t" } });
socket.onAny((event, ...args) => {
  const number = event === "pubblication" ? args[0].number : args[0];
  heard.push([event, number]);
});
socket.on("connect", () => connects.push([socket.id, socket.recovered]));
socket.on("connect_error", (error) => refusals.push([error.message, error.data ?? null]));
await next(socket, "connect");
await socket.emitWithAck("enter", "den");
await socket.emitWithAck("subscribe", "news");
await socket.emitWithAck("remember", "a note");
return socket.id;
"""

ROUTES = [["websocket"], ["polling"], ["polling", "websocket"]]


@pytest.fixture(scope="module")
def host(wires_apps):
    with start(wires_apps, **IMPATIENT, **{"engine.recovery_ms": 30_000}) as host:
        yield host


@pytest.fixture(params=["perigee", "official"])
def kind(request, wires_apps):
    """The client in the page."""
    official = wires_apps / "plugins" / "wires" / "www" / "socket.io.min.js"
    if request.param == "official" and not official.exists():
        pytest.skip("SOCKETIO_CLIENT names no file")
    return request.param


class Visitor:
    """The page behind its proxy."""

    def __init__(self, page, proxy):
        self._page = page
        self.proxy = proxy

    async def run(self, script: str, given=None):
        return await asyncio.to_thread(self._page.run, script, given)

    async def connect(self, client: str, transports: list[str]) -> str:
        """Opens the page and connects; the socket's id."""
        await asyncio.to_thread(self._page.open, f"{self.proxy.url}/wires/")
        return await self.run(CONNECT, {"client": client, "transports": transports})

    async def until(self, condition: str) -> None:
        async with asyncio.timeout(15):
            while not await self.run(f"return {condition}"):
                await asyncio.sleep(0.01)

    async def kill(self, lives: int, reset: bool, refusal: float) -> None:
        """Cuts connections until the client, which has had so many lives, notices.

        One that polls does not when it is between two polls at that moment.
        """
        async with asyncio.timeout(15):
            while not await self.run(f"return socket.disconnected || connects.length > {lives}"):
                self.proxy.cut(reset, refusal)

    async def until_round(self, last: int) -> None:
        """Waits until the last event of this round has come."""
        await self.until(f"heard.some((event) => String(event) === 'others,{last}')")

    async def heard(self, last: int) -> list:
        """What was heard of all rounds once the last one has come, without the volatile events."""
        await self.until_round(last)
        events = await self.run("return heard")
        return [event for event in events if event[0] != "typing"]


def expected(last: int) -> list:
    return [[event, number] for number in range(1, last + 1) for event in ROUND]


@pytest.mark.parametrize("transports", ROUTES, ids="+".join)
async def test_every_event_comes_once_however_often_the_connection_is_killed(
    host, proxies, page, kind, transports
):
    visitor = Visitor(page, proxies(host))
    identity = await visitor.connect(kind, transports)
    number = 0
    async with await LightClient.connect(host.url, "/recovery") as reporter:
        for cut in range(CUTS):
            await reporter.call("rounds", identity, number + 1, number + 3)
            lives = await visitor.run("return connects.length")
            killing = visitor.kill(lives, reset=cut % 2 == 0, refusal=0.1 * (cut % 3))
            killed = asyncio.create_task(killing)
            await reporter.call("rounds", identity, number + 4, number + 6)
            await killed
            number += 7
            await reporter.call("round", identity, number)
            await visitor.until(f"socket.connected && connects.length > {lives}")
    assert await visitor.heard(number) == expected(number)
    connects = await visitor.run("return connects")
    assert {sid for sid, _ in connects} == {identity}
    assert all(recovered for _, recovered in connects[1:])
    state = await visitor.run("return socket.emitWithAck('state')")
    # Some may have been cut before the page was told that it is back.
    assert state["connects"] >= len(connects) and state["recovered"] is True
    assert (state["note"], state["token"], "den" in state["rooms"]) == ("a note", "t", True)


@pytest.mark.parametrize("transports", ROUTES, ids="+".join)
async def test_random_cuts_even_of_replays_repeat_nothing(host, proxies, page, transports):
    """The project's own client alone: the official one keeps what came of a replay that was cut."""
    visitor = Visitor(page, proxies(host))
    identity = await visitor.connect("perigee", transports)
    number = 0
    async with await LightClient.connect(host.url, "/recovery") as reporter:
        visitor.proxy.cutting = True
        while len(await visitor.run("return connects")) <= CUTS:
            number += 1
            await reporter.call("round", identity, number)
            # A replay that grew for ever would never get through in one piece.
            if number > 5:
                await visitor.until_round(number - 5)
        visitor.proxy.cutting = False
        number += 1
        await reporter.call("round", identity, number)
    assert await visitor.heard(number) == expected(number)
    assert {sid for sid, _ in await visitor.run("return connects")} == {identity}


async def test_too_long_a_history_is_not_recovered_and_the_page_goes_on(
    wires_apps, proxies, page, kind
):
    settings = {"engine.recovery_ms": 30_000, "engine.recovery_packets": 10}
    with start(wires_apps, **IMPATIENT, **settings) as host:
        visitor = Visitor(page, proxies(host))
        identity = await visitor.connect(kind, ["websocket"])
        async with await LightClient.connect(host.url, "/recovery") as reporter:
            visitor.proxy.cut(refusal=2)
            await reporter.call("rounds", identity, 1, 20)
            await visitor.until("connects.length > 1")
            (_, first), (again, recovered) = await visitor.run("return connects")
            assert (bool(first), recovered) == (False, False) and again != identity
            await reporter.call("round", again, 21)
            await visitor.until("heard.length > 0 && heard.at(-1)[0] === 'others'")
        events = await visitor.run("return heard")
        assert {number for _, number in events if isinstance(number, int)} == {21}
        state = await visitor.run("return socket.emitWithAck('state')")
        assert (state["connects"], state["recovered"]) == (1, False)


async def test_on_connect_runs_again_and_may_refuse(host, proxies, page, kind):
    visitor = Visitor(page, proxies(host))
    identity = await visitor.connect(kind, ["websocket"])
    async with await LightClient.connect(host.url, "/recovery") as reporter:
        await reporter.call("ban", identity)
        visitor.proxy.cut()
        await visitor.until("refusals.length > 0")
    refusals = await visitor.run("return refusals.filter(([message]) => message === 'banned')")
    assert refusals == [["banned", {"code": 7}]]
    assert await visitor.run("return [socket.connected, socket.active]") == [False, False]
