"""The followers that live in a page: both browser clients and EventSource."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from chromium import Page

OFFICIAL = ["official, websocket", "official, upgraded"]
ALWAYS = ["EventSource", "perigee, websocket"]


@dataclass
class Progress:
    """What one follower of the page has to tell."""

    count: int
    losses: int
    unrecovered: int
    failure: str


class PageFollowers:
    """All the page's followers together: what they did is read out of the page."""

    def __init__(self, page: Page, kinds: list[str]):
        self._page = page
        self.kinds = kinds

    async def start(self, url: str, channel: str) -> None:
        await asyncio.to_thread(self._page.open, url)
        for kind in self.kinds:
            script = "await follow(given.kind, given.channel)"
            await self._run(script, {"kind": kind, "channel": channel})

    async def progress(self) -> dict[str, Progress]:
        told = await self._run("return progress()")
        return {kind: Progress(**values) for kind, values in told}

    async def heard(self, kind: str) -> list:
        return await self._run("return followers[given].heard", kind)

    async def positions(self, kind: str) -> list[str]:
        return await self._run("return followers[given].positions", kind)

    async def _run(self, script: str, given=None):
        return await asyncio.to_thread(self._page.run, script, given)
