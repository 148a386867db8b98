"""Programs that publish by signed POST, many at once, and write down what became of each publication."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Sequence

import aiohttp
from wires.signature import Publisher, sign

from .reckoning import Publication


@dataclass
class Diary:
    """What was published on all channels, by whom, and when it was answered.

    began: when each was sent. answered: when it was acknowledged. uncertain: what the host said it could
    not deliver, or did not answer because it died; it may be on the channel all the same.
    """

    began: dict[Publication, float] = field(default_factory=dict)
    answered: dict[Publication, float] = field(default_factory=dict)
    uncertain: list[Publication] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """How many seconds the slowest acknowledgement took."""
        return max(at - self.began[each] for each, at in self.answered.items())


class Press:
    """Publishes on `channels` from `lanes` loops at once; each waits for its answer before it goes on."""

    def __init__(self, publisher: Publisher, channels: Sequence[str], lanes: int):
        self._publisher = publisher
        self._channels = channels
        self._lanes = lanes
        self._wanted: list[tuple[int, asyncio.Event]] = []
        self.diary = Diary()

    def reached(self, acknowledged: int) -> asyncio.Event:
        """Set once so many have been acknowledged."""
        event = asyncio.Event()
        self._wanted.append((acknowledged, event))
        return event

    async def run(self, count: int) -> None:
        """Publishes `count` in all; raises when an answer is neither an acknowledgement nor says that the engine is away."""
        share = count // self._lanes
        await asyncio.gather(*(self._lane(index, share) for index in range(self._lanes)))

    async def _lane(self, index: int, count: int) -> None:
        channel = self._channels[index % len(self._channels)]
        for number in range(count):
            await self.publish(channel, (f"lane {index}", number))

    async def publish(self, channel: str, publication: Publication) -> None:
        diary, now = self.diary, asyncio.get_running_loop().time
        body = json.dumps({"channel": channel, "data": publication}).encode()
        diary.began[publication] = now()
        try:
            status, answer = await self._publisher.post(body, {"perigee-signature": sign(body)})
        except aiohttp.ClientError:
            return diary.uncertain.append(publication)
        if status == 503 and answer["error"] == "not_delivered":
            return diary.uncertain.append(publication)
        assert status == 200, (status, answer)
        diary.answered[publication] = now()
        for wanted, event in self._wanted:
            if len(diary.answered) >= wanted:
                event.set()
