"""Child processes: pinned to cores, ended with this one, their output kept for error messages."""

from __future__ import annotations

import collections
import ctypes
import os
import re
import signal
import subprocess
import threading
import time
from typing import Iterable, Iterator, Optional, Sequence

from .failure import BenchmarkFailed

_libc = ctypes.CDLL(None)


def prepared_for(cores: Iterable[int]):
    """What a child does before it begins: takes its cores, and dies when this process does."""
    wanted = frozenset(cores)

    def prepare() -> None:
        set_parent_death_signal = 1
        _libc.prctl(set_parent_death_signal, signal.SIGKILL)
        os.sched_setaffinity(0, wanted)

    return prepare


def _environment() -> dict[str, str]:
    """Without what would change the host's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PERIGEE_")}


class Process:
    """A running server. `stop`, or the end of a `with` block, ends it by its id."""

    def __init__(
        self,
        command: Sequence[str],
        cores: Iterable[int],
        folder: Optional[str] = None,
    ):
        self.name = os.path.basename(command[0])
        self._lines: collections.deque[str] = collections.deque(maxlen=5_000)
        self._changed = threading.Condition()
        self._ended = False
        self._child = subprocess.Popen(
            list(command),
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=prepared_for(cores),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_for(self, pattern: str, seconds: float = 20) -> re.Match[str]:
        """The first printed line that matches; fails when the process ends or takes too long."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                found = next(filter(None, (re.search(pattern, line) for line in self._lines)), None)
                if found:
                    return found
                remaining = deadline - time.monotonic()
                if self._ended or remaining <= 0:
                    state = "ended" if self._ended else f"took more than {seconds:.0f} s"
                    raise BenchmarkFailed(f"{self.name} {state} before it served:\n{self.log()}")
                self._changed.wait(remaining)

    def every(self, interval: float, seconds: float) -> Iterator[None]:
        """Comes round every `interval` until the process ends or `seconds` have passed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._child.poll() is None:
            yield
            time.sleep(interval)

    def count(self, pattern: str) -> int:
        """How many of the lines printed so far match."""
        with self._changed:
            return sum(1 for line in self._lines if re.search(pattern, line))

    def log(self) -> str:
        """The last lines, for an error message."""
        return "\n".join(list(self._lines)[-12:])

    def stop(self) -> None:
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join(5)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def _read(self) -> None:
        for line in self._child.stdout:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
