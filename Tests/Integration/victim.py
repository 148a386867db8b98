"""An app's clients in a process of their own, so that nothing a test does disturbs the measurement.

Run as `python victim.py URL NAMESPACE CONNECTIONS RATE`. Each connection emits `echo` RATE times a second,
but never before its last one was acked. Every line on standard input ends one stretch of measuring and
begins the next; the stretch is printed as one line of JSON: round-trip times in ms, and how many answers
were wrong or never came.
"""

from __future__ import annotations

import asyncio
import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from light_client import Disconnected, LightClient


@dataclass(frozen=True)
class Stretch:
    """What the victim's clients saw between two moments."""

    times: list[float]
    missing: int

    def at(self, share: float) -> float:
        """The round-trip time, in ms, that this share of the answers did not exceed."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Victim:
    """The process, as a test holds it."""

    def __init__(self, url: str, namespace: str, connections: int = 8, rate: int = 100):
        self._process = subprocess.Popen(
            [sys.executable, __file__, url, namespace, str(connections), str(rate)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parent)},
        )
        self.stretch()

    def stretch(self) -> Stretch:
        """Ends the stretch under way, begins another, and returns the one that ended."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answered, _, _ = select.select([self._process.stdout], [], [], 60)
        assert answered, "the load does not answer"
        return Stretch(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Meter:
    """Collects round-trip times, in milliseconds."""

    def __init__(self):
        self.times: list[float] = []
        self.missing = 0

    def take(self) -> dict:
        """The stretch that ends here."""
        stretch = {"times": self.times, "missing": self.missing}
        self.times, self.missing = [], 0
        return stretch


async def echo(client: LightClient, rate: int, meter: Meter) -> None:
    """One connection's work until it is cancelled or cut off."""
    due = time.perf_counter()
    while True:
        due = max(due + 1 / rate, time.perf_counter())
        await asyncio.sleep(due - time.perf_counter())
        began = time.perf_counter()
        try:
            answer = await client.call("echo", began, timeout=5)
        except (Disconnected, TimeoutError, OSError):
            meter.missing += 1
            return
        meter.missing += answer != began
        meter.times.append(round((time.perf_counter() - began) * 1000, 3))


async def main(url: str, namespace: str, connections: int, rate: int) -> None:
    meter = Meter()
    clients = [await LightClient.connect(url, namespace) for _ in range(connections)]
    tasks = [asyncio.create_task(echo(client, rate, meter)) for client in clients]
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(meter.take()), flush=True)
    for task in tasks:
        task.cancel()
    for client in clients:
        await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
