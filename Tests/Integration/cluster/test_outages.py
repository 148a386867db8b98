"""An engine that is restarted, or stops answering for a while, in the middle of many publications: what
was acknowledged is heard once, in its order, by the subscribers of every node.

Every engine that `scripts/engines` runs has its turn, with a server of its own.

OUTAGE_PUBLICATIONS  how many are published by signed POST (2,000; 50,000 is the full measure)
OUTAGE_SECONDS       how long the engine does not answer (2; 10 is the full measure)
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import pytest
from engine_server import EngineServer
from light_client import LightClient
from wires.signature import Publisher

from .engines import each_engine
from .listener import END, Listener
from .nodes import Nodes
from .publishing import Press
from .reckoning import NOTHING_WRONG, Reckoning

PUBLICATIONS = int(os.environ.get("OUTAGE_PUBLICATIONS", 2_000))
SECONDS = float(os.environ.get("OUTAGE_SECONDS", 2))
RESTART_SECONDS = 1
LANES = 100
TRACKS = [str(number) for number in range(10)]
SETTINGS = {"limits.history_messages": 100_000}
PATIENCE = 60


@dataclass(frozen=True)
class Outage:
    """When the engine was away, by the event loop's clock."""

    began: float
    ended: float


async def restart(server: EngineServer) -> None:
    server.kill()
    await asyncio.sleep(RESTART_SECONDS)
    server.launch()
    await asyncio.to_thread(server.wait_until_ready)


async def partition(server: EngineServer) -> None:
    server.pause()
    await asyncio.sleep(SECONDS)
    server.resume()


@pytest.fixture(params=each_engine())
def server(request):
    with EngineServer.start(request.param) as server:
        yield server


@pytest.fixture
def nodes(server, tmp_path):
    with Nodes(server.url, 2, tmp_path, SETTINGS) as nodes:
        yield nodes


@pytest.mark.seconds(900)
@pytest.mark.parametrize("happens", [restart, partition], ids=["restart", "partition"])
async def test_nothing_acknowledged_is_lost_when_an_engine_is_away(nodes, server, happens, report):
    async with AsyncExitStack() as stack:
        listeners = [
            await stack.enter_async_context(Listener(nodes.base(node, "tape"), f"track/{track}"))
            for node in (0, 1)
            for track in TRACKS
        ]
        publisher = await stack.enter_async_context(Publisher(nodes.hosts[0].url, "/tape"))
        speaker = await stack.enter_async_context(
            await LightClient.connect(nodes.hosts[0].url, "/tape")
        )
        press = Press(publisher, [f"track.{track}" for track in TRACKS], LANES)
        said: list = []
        speaking = asyncio.create_task(speak(speaker, said))
        outage = asyncio.create_task(during(press.reached(PUBLICATIONS // 2), happens, server))
        began = asyncio.get_running_loop().time()
        await press.run(PUBLICATIONS)
        took = asyncio.get_running_loop().time() - began
        speaking.cancel()
        with suppress(asyncio.CancelledError):
            await speaking
        await finish(press, listeners)
        tell(report, happens, server, press, said, listeners, await outage, took)
        check(press, said, listeners)


async def speak(speaker: LightClient, said: list) -> None:
    """A client whose script publishes, without an acknowledgement, all the while."""
    while True:
        said.append(("said", len(said)))
        await speaker.emit("say", TRACKS[0], said[-1])
        await asyncio.sleep(0.005)


async def during(moment: asyncio.Event, happens, server: EngineServer) -> Outage:
    await moment.wait()
    now = asyncio.get_running_loop().time
    began = now()
    await happens(server)
    return Outage(began, now())


async def finish(press: Press, listeners: list[Listener]) -> None:
    """The last publication of each channel comes behind all that was acknowledged."""
    for number, track in enumerate(TRACKS):
        await press.publish(f"track.{track}", (END, number))
    async with asyncio.timeout(PATIENCE):
        for listener in listeners:
            await listener.ended.wait()


def reckon(press: Press, said: list, listener: Listener) -> Reckoning:
    """What a script published counts as acknowledged: the host keeps it for as long as an outage lasts."""
    track = listener.channel.rpartition("/")[2]
    spoken = said if track == TRACKS[0] else []
    lanes = {f"lane {index}" for index in range(int(track), LANES, len(TRACKS))}
    answered = [each for each in press.diary.answered if each[0] in lanes]
    published = [each for each in press.diary.began if each[0] in lanes]
    return Reckoning.of(listener.publications, answered + spoken, published + spoken)


def check(press: Press, said: list, listeners: list[Listener]) -> None:
    assert all(listener.unrecovered == 0 for listener in listeners)
    for listener in listeners:
        assert reckon(press, said, listener) == NOTHING_WRONG, f"{listener.base} {listener.channel}"
    for near, far in zip(listeners, listeners[len(TRACKS) :]):
        assert near.publications == far.publications, "one order for all"
        assert near.positions == far.positions


def tell(report, happens, server, press, said, listeners, outage: Outage, took: float) -> None:
    diary = press.diary
    sums = Reckoning.together(reckon(press, said, listener) for listener in listeners)
    waiting = {each for each, at in diary.began.items() if at <= outage.ended} & diary.answered.keys()
    caught_up = max(
        listener.times[each] for listener in listeners for each in waiting & listener.times.keys()
    )
    first = min((at for at in diary.answered.values() if at > outage.ended), default=outage.ended)
    report(
        f"{server.scheme}, {happens.__name__}, away for {outage.ended - outage.began:.1f} s in the "
        f"middle of {len(diary.began) - len(TRACKS)} publications by POST in {took:.1f} s and "
        f"{len(said)} by a script:\n  acknowledged {len(diary.answered) - len(TRACKS)}, not delivered "
        f"{len(diary.uncertain)}; heard by {len(listeners)} subscribers on two nodes: lost {sums.lost}, repeated "
        f"{sums.repeated}, disordered {sums.disordered}, strange {sums.strange}, not recovered "
        f"{sum(listener.unrecovered for listener in listeners)}\n  first acknowledgement "
        f"{(first - outage.ended) * 1000:.0f} ms after the engine was back, all that waited heard "
        f"after {max(0, caught_up - outage.ended) * 1000:.0f} ms, slowest acknowledgement "
        f"{diary.slowest:.1f} s"
    )
