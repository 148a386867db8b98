"""A client that keeps who is present on channels, from `presence_state` and `presence_diff`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from light_client import Disconnected, LightClient

PATIENCE = 10


class Presence:
    """What the events of one channel add up to; as a client of Phoenix would keep it."""

    def __init__(self):
        self.metas: dict[str, dict[str, dict]] = {}
        self.states = self.diffs = 0
        self.joined: list[str] = []
        self.left: list[str] = []

    def take(self, event: str, value: dict) -> None:
        if event == "presence_state":
            self.states += 1
            self.metas = {key: by_ref(person) for key, person in value.items()}
            return
        self.diffs += 1
        for key, person in value["leaves"].items():
            for ref in by_ref(person):
                del self.metas[key][ref]  # raises for one that was not there
                self.left.append(key)
            if not self.metas[key]:
                del self.metas[key]
        for key, person in value["joins"].items():
            for ref, meta in by_ref(person).items():
                assert ref not in self.metas.setdefault(key, {}), f"{key} joined twice"
                self.metas[key][ref] = meta
                self.joined.append(key)

    @property
    def counts(self) -> dict[str, int]:
        """How many connections each key has."""
        return {key: len(metas) for key, metas in self.metas.items()}

    def said(self, key: str) -> list[dict]:
        """The metas of a key, without their refs."""
        return [
            {name: value for name, value in meta.items() if name != "ref"}
            for meta in self.metas.get(key, {}).values()
        ]


def by_ref(person: dict) -> dict[str, dict]:
    return {meta["ref"]: meta for meta in person["metas"]}


class Onlooker:
    """A light client whose events are taken as they come."""

    def __init__(self, client: LightClient):
        self.client = client
        self.channels: dict[str, Presence] = {}
        self.events: list[list] = []
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, url: str, namespace: str, auth: Any = None) -> "Onlooker":
        return cls(await LightClient.connect(url, namespace, auth))

    def on(self, channel: str) -> Presence:
        return self.channels.setdefault(channel, Presence())

    async def call(self, event: str, *args: Any) -> Any:
        return await self.client.call(event, *args)

    async def until(self, condition, seconds: float = PATIENCE) -> None:
        """Waits until `condition()` is true; says what is known otherwise."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(condition)
        except TimeoutError:
            known = {name: presence.counts for name, presence in self.channels.items()}
            raise AssertionError(f"known after {seconds} s: {known}") from None

    async def sees(self, counts: dict[str, int], channel: str = "room", seconds: float = PATIENCE):
        """Waits until these keys have so many connections each, and no others."""
        here = self.on(channel)
        await self.until(lambda: here.states and here.counts == counts, seconds)

    async def close(self) -> None:
        await self.client.close()
        await asyncio.wait([self._task], timeout=10)
        self._task.result()

    async def _listen(self) -> None:
        with suppress(Disconnected):
            while True:
                event = await self.client.next_event(timeout=3600)
                async with self._changed:
                    self.events.append(event)
                    if event[0].startswith("presence_"):
                        self.on(event[1]).take(event[0], event[2])
                    self._changed.notify_all()
