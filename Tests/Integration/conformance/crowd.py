"""Runs the conformance cases of one run side by side.

Most cases spend their time waiting for a heartbeat, so a run costs about as long as its longest case.
pytest still reports each case on its own: `outcome` begins the whole run when its first case is asked
for, then hands every case its own result.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import Awaitable, Callable

CASE_SECONDS = 10
# What all cases take together, at most.
RUN_SECONDS = 600

Case = Callable[[], Awaitable[None]]


class Crowd:
    """An event loop in a thread of its own, and the cases that run on it."""

    def __init__(self, at_once: int):
        self._at_once = at_once
        self._cases: dict[str, Case] = {}
        self._results: dict[str, concurrent.futures.Future] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def begin(self, cases: dict[str, Case]) -> None:
        """Starts every case, at most `at_once` of them at a time, in the order given."""
        turn = asyncio.Semaphore(self._at_once)
        self._cases.update(cases)
        for name, case in cases.items():
            self._results[name] = asyncio.run_coroutine_threadsafe(
                self._run(case, turn), self._loop
            )

    def has_begun(self, name: str) -> bool:
        return name in self._results

    def outcome(self, name: str) -> None:
        """Waits for one case and raises what it raised. One that fails among the others is run again by
        itself: its deadlines are 200 ms, which many at once on a busy machine miss."""
        try:
            self._results[name].result(RUN_SECONDS)
        except Exception:
            concurrent.futures.wait(self._results.values(), RUN_SECONDS)
            again = asyncio.wait_for(self._cases[name](), CASE_SECONDS)
            asyncio.run_coroutine_threadsafe(again, self._loop).result(2 * CASE_SECONDS)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _run(self, case: Case, turn: asyncio.Semaphore) -> None:
        async with turn:
            await asyncio.wait_for(case(), CASE_SECONDS)
