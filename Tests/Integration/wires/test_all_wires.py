"""Every wire at once on one channel: the same messages in order, however often it is cut."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

import pytest
from wires.cutting_proxy import CuttingProxy
from wires.follower import Follower
from wires.followers import (
    CurlFollower,
    EventStreamFollower,
    PollFollower,
    SocketFollower,
    SocketIOFollower,
)
from wires.page_followers import ALWAYS, OFFICIAL, PageFollowers
from wires.signature import Publisher

MESSAGES = 1000
CUTS = int(os.environ.get("WIRES_CUTS", "20"))
CHANNEL = "tweets"
PATIENCE = 30

# How far the slowest may be behind: what it missed must get through between two cuts now and then.
BEHIND = 80


class Crowd:
    """A follower for each wire, each behind a proxy of its own; those in the page share one."""

    def __init__(self, host, proxies, page):
        kinds = ALWAYS + (OFFICIAL if os.environ.get("SOCKETIO_CLIENT") else [])
        self.proxies: list[CuttingProxy] = []
        self._new_proxy = lambda: proxies(host)
        self.followers: list[Follower] = [
            EventStreamFollower(self._base(), CHANNEL),
            CurlFollower(self._base(), CHANNEL),
            PollFollower(self._base(), CHANNEL),
            SocketFollower(self._base(), CHANNEL),
            SocketIOFollower(self._base(), CHANNEL),
        ]
        self.page = PageFollowers(page, kinds)
        self._page_url = self._base() + "/"

    async def __aenter__(self) -> "Crowd":
        self._stack = AsyncExitStack()
        for follower in self.followers:
            await self._stack.enter_async_context(follower)
        await self.page.start(self._page_url, CHANNEL)
        return self

    async def __aexit__(self, *_: object) -> None:
        for proxy in self.proxies:
            proxy.cutting = False
        await self._stack.aclose()

    async def least(self) -> tuple[int, int]:
        """The fewest publications that anyone has heard, the fewest connections anyone has lost."""
        page = (await self.page.progress()).values()
        assert not any(one.failure for one in page), page
        heard = [len(one.heard) for one in self.followers] + [one.count for one in page]
        return min(heard), min(one.losses for one in [*self.followers, *page])

    async def records(self) -> dict[str, tuple[list, list[str]]]:
        """What everyone heard, and at which positions."""
        all = {one.wire: (one.heard, one.positions) for one in self.followers}
        for kind in self.page.kinds:
            all[kind] = (await self.page.heard(kind), await self.page.positions(kind))
        return all

    async def unrecovered(self) -> dict[str, int]:
        page = await self.page.progress()
        all = {one.wire: one.unrecovered for one in self.followers}
        return all | {kind: one.unrecovered for kind, one in page.items()}

    def _base(self) -> str:
        self.proxies.append(self._new_proxy())
        return f"{self.proxies[-1].url}/wires"


@pytest.mark.seconds(150)
async def test_every_wire_hears_the_same_and_loses_nothing_when_it_is_cut_off(
    wires_host, proxies, page, publisher, report
):
    async with publisher, Crowd(wires_host, proxies, page) as crowd:
        places = [await publisher.publish(CHANNEL, number) for number in range(MESSAGES)]
        await everyone_has_heard(crowd, places)
        places += await publish_while_cutting(crowd, publisher)
        await everyone_has_heard(crowd, places)
        assert set((await crowd.unrecovered()).values()) == {0}
        report(await summary(crowd))


async def publish_while_cutting(crowd: Crowd, publisher: Publisher) -> list[str]:
    """Publishes another thousand, at the pace of the client that comes back most slowly."""
    for proxy in crowd.proxies:
        proxy.cutting = True
    places: list[str] = []
    losses = 0
    while len(places) < MESSAGES or losses < CUTS:
        heard, losses = await crowd.least()
        due = min(MESSAGES * (losses + 1) // CUTS, heard - MESSAGES + BEHIND, MESSAGES)
        for _ in range(due - len(places)):
            places.append(await publisher.publish(CHANNEL, MESSAGES + len(places)))
    for proxy in crowd.proxies:
        proxy.cutting = False
    return places


async def everyone_has_heard(crowd: Crowd, places: list[str]) -> None:
    """Waits until everyone has heard as much as was published; then it must be just that."""
    try:
        async with asyncio.timeout(PATIENCE):
            while (await crowd.least())[0] < len(places):
                await asyncio.sleep(0.02)
    except TimeoutError:
        pass
    for wire, (heard, positions) in (await crowd.records()).items():
        assert heard == list(range(len(places))), f"{wire}: {difference(heard, len(places))}"
        assert positions == places, wire


def difference(heard: list[int], count: int) -> str:
    """What is wrong with the numbers that a client heard."""
    missing = sorted(set(range(count)) - set(heard))
    repeated = sorted({number for number in heard if heard.count(number) > 1})
    return f"missing {missing}, repeated {repeated}, of {count}"


async def summary(crowd: Crowd) -> str:
    page = await crowd.page.progress()
    losses = {one.wire: one.losses for one in crowd.followers}
    losses |= {kind: one.losses for kind, one in page.items()}
    lines = [f"{wire:28} lost its connection {times:4} times" for wire, times in losses.items()]
    return "\n".join(lines)
