"""Many guests at once, a third with each kind of transport."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import AsyncIterator, Iterable

from full_client import TRANSPORTS

from .guest import Guest

JOINING_AT_ONCE = 20


class Crowd:
    """The guests, and what can be said of all of them."""

    def __init__(self, guests: list[Guest]):
        self.guests = guests

    @classmethod
    @asynccontextmanager
    async def arrived(cls, url: str, count: int) -> AsyncIterator["Crowd"]:
        """All are subscribed; they leave when the block ends."""
        kinds = list(TRANSPORTS)
        guests = [Guest(url, f"guest {n}", kinds[n % len(kinds)]) for n in range(count)]
        places = asyncio.Semaphore(JOINING_AT_ONCE)

        async def arrive(guest: Guest) -> None:
            async with places:
                await guest.arrive()

        try:
            async with asyncio.TaskGroup() as arriving:
                for guest in guests:
                    arriving.create_task(arrive(guest))
            yield cls(guests)
        finally:
            await asyncio.gather(*(guest.leave() for guest in guests))

    @property
    def names(self) -> set[str]:
        return {guest.name for guest in self.guests}

    @property
    def away(self) -> list[str]:
        """Who has no connection at the moment."""
        return [guest.name for guest in self.guests if not guest.connected.is_set()]

    @property
    def absences(self) -> list[float]:
        """For how many seconds somebody was away, each time."""
        return [seconds for guest in self.guests for seconds in guest.absences]

    def astray(self, present: Iterable[str]) -> list[str]:
        """Who takes others for present than these, each exactly once."""
        wanted = set(present)
        return [
            guest.name
            for guest in self.guests
            if guest.attendance.names != wanted or guest.attendance.doubled
        ]
