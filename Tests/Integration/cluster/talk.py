"""What is said in the hall: by some guests, as clients do, and by programs, with signed POSTs."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import AsyncIterator, Coroutine, Sequence

from wires.signature import Publisher

from .guest import Guest
from .publishing import Press
from .reckoning import END, Publication

PROGRAMS = 3


class Talk:
    """Goes on from `begun` until `end`, or until the block ends."""

    def __init__(self, press: Press, speakers: Sequence[Guest], pace: float):
        self._press = press
        self._said: list[Publication] = []
        self._pace = pace
        self._tasks = [asyncio.create_task(self._speak(guest)) for guest in speakers]
        self._tasks += [asyncio.create_task(self._post(index)) for index in range(PROGRAMS)]

    @classmethod
    @asynccontextmanager
    async def begun(
        cls, url: str, speakers: Sequence[Guest], pace: float
    ) -> AsyncIterator["Talk"]:
        """Each source says something every `pace` seconds."""
        async with Publisher(url, "/hall") as publisher:
            talk = cls(Press(publisher, ["hall"], PROGRAMS), speakers, pace)
            try:
                yield talk
            finally:
                await talk._stop()

    @property
    def acknowledged(self) -> list[Publication]:
        return list(self._press.diary.answered)

    @property
    def published(self) -> list[Publication]:
        """Also what may have been lost with a node before it was on the channel."""
        return [*self._press.diary.began, *self._said]

    async def more(self, count: int, seconds: float = 30) -> None:
        """Until so many more have been acknowledged."""
        reached = self._press.reached(len(self._press.diary.answered) + count)
        await asyncio.wait_for(reached.wait(), seconds)

    async def end(self) -> None:
        """The last word. What was still on its way then may come before it, after it or never."""
        await self._stop()
        last = (END, 0)
        await self._press.publish("hall", last)
        assert last in self._press.diary.answered

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(outcome, asyncio.CancelledError):
                raise outcome

    async def _speak(self, guest: Guest) -> None:
        for number in itertools.count():
            if guest.connected.is_set():
                self._said.append((guest.name, number))
                await guest.say(self._said[-1])
            await asyncio.sleep(self._pace)

    async def _post(self, index: int) -> None:
        for number in itertools.count():
            await self._press.publish("hall", (f"program {index}", number))
            await asyncio.sleep(self._pace)
