"""Publications on several channels of one node, by signed POST and by a script, and what subscribers of
both nodes hear of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import AsyncIterator

from light_client import LightClient
from wires.signature import Publisher

from .listener import Listener
from .nodes import Nodes
from .outage import Outage
from .publishing import Press
from .reckoning import END, Publication, Reckoning

TRACKS = [str(number) for number in range(10)]
LANES = 100
SPOKEN_EVERY = 0.005
PATIENCE = 60


class Traffic:
    """Made by `between`. What a script publishes has no acknowledgement; it goes on the first track."""

    def __init__(self, publisher: Publisher, speaker: LightClient, listeners: list[Listener]):
        self.press = Press(publisher, [f"track.{track}" for track in TRACKS], LANES)
        self.listeners = listeners
        self.spoken: list[Publication] = []
        self.seconds = 0.0
        self._speaker = speaker

    @classmethod
    @asynccontextmanager
    async def between(cls, nodes: Nodes) -> AsyncIterator["Traffic"]:
        """Everybody publishes on the first node, and every node has a subscriber of each channel."""
        async with AsyncExitStack() as stack:
            bases = [nodes.base(index, "tape") for index in range(len(nodes.hosts))]
            listeners = [Listener(base, f"track/{track}") for base in bases for track in TRACKS]
            for listener in listeners:
                await stack.enter_async_context(listener)
            url = nodes.hosts[0].url
            publisher = await stack.enter_async_context(Publisher(url, "/tape"))
            speaker = await stack.enter_async_context(await LightClient.connect(url, "/tape"))
            yield cls(publisher, speaker, listeners)

    async def run(self, count: int) -> None:
        """Publishes `count` by POST, and by the script as long as that takes, until all is heard."""
        now = asyncio.get_running_loop().time
        began = now()
        speaking = asyncio.create_task(self._speak())
        await self.press.run(count)
        self.seconds = now() - began
        speaking.cancel()
        with suppress(asyncio.CancelledError):
            await speaking
        for number, track in enumerate(TRACKS):
            await self.press.publish(f"track.{track}", (END, number))
        async with asyncio.timeout(PATIENCE):
            for listener in self.listeners:
                await listener.ended.wait()

    def reckon(self, listener: Listener, spoken_counts: bool) -> Reckoning:
        """What is wrong with what one heard; what a script published may be lost unless it counts."""
        track = listener.channel.rpartition("/")[2]
        spoken = self.spoken if track == TRACKS[0] else []
        lanes = {f"lane {index}" for index in range(int(track), LANES, len(TRACKS))}
        answered = [each for each in self.press.diary.answered if each[0] in lanes]
        published = [each for each in self.press.diary.began if each[0] in lanes]
        wanted = answered + spoken if spoken_counts else answered
        return Reckoning.of(listener.publications, wanted, published + spoken)

    def figures(self, outage: Outage) -> str:
        """What was counted, for whoever runs the tests."""
        diary = self.press.diary
        acknowledged = [each for each in diary.answered if each[0] != END]
        sums = Reckoning.together(
            self.reckon(listener, outage.is_short) for listener in self.listeners
        )
        return (
            f"away for {outage.seconds:.1f} s in the middle of {len(diary.began) - len(TRACKS)} "
            f"publications by POST in {self.seconds:.1f} s and {len(self.spoken)} by a script\n"
            f"  acknowledged {len(acknowledged)}, not delivered {len(diary.uncertain)}; of "
            f"{len(self.listeners)} subscribers: lost {sums.lost}, repeated {sums.repeated}, "
            f"disordered {sums.disordered}, strange {sums.strange}, not recovered "
            f"{sum(listener.unrecovered for listener in self.listeners)}\n"
            f"  after the engine was back: first acknowledgement {self._first(outage):.2f} s, all "
            f"that had waited heard everywhere {self._caught_up(outage):.2f} s; slowest "
            f"acknowledgement {diary.slowest:.2f} s"
        )

    def _first(self, outage: Outage) -> float:
        later = [at for at in self.press.diary.answered.values() if at > outage.ended]
        return min(later, default=outage.ended) - outage.ended

    def _caught_up(self, outage: Outage) -> float:
        diary = self.press.diary
        waited = {
            each
            for each, at in diary.answered.items()
            if at > outage.began and diary.began[each] <= outage.ended
        }
        heard = [
            listener.times[each]
            for listener in self.listeners
            for each in waited & listener.times.keys()
        ]
        return max(0, max(heard, default=outage.ended) - outage.ended)

    async def _speak(self) -> None:
        while True:
            self.spoken.append(("script", len(self.spoken)))
            await self._speaker.emit("say", TRACKS[0], self.spoken[-1])
            await asyncio.sleep(SPOKEN_EVERY)
