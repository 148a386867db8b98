"""A Perigee host run as a child process, for every test written in Python.

`Host.start()` starts the real executable on a free port and returns once it prints its URL. A
thread reads what the host prints, so waiting for a line is waiting for an event: nothing here
sleeps or polls. The process is stopped by its own id, never by name.

    with Host.start(plugins="Plugins", args=["--dev"]) as host:
        requests.get(host.url)
        host.wait_for_log("generation 2")

The executable is $PERIGEE, else the newest of .build/release/perigee and .build/debug/perigee.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Mapping, Optional, Sequence, Union

ROOT = Path(__file__).resolve().parents[2]
URL_LINE = re.compile(r"https?://(?:127\.0\.0\.1|localhost):(\d+)")

PathLike = Union[str, os.PathLike]


# Looked up here: between fork and exec, with other threads about, nothing may be loaded.
_PRCTL = ctypes.CDLL(None).prctl
_SET_PARENT_DEATH_SIGNAL = 1


def end_with_parent() -> None:
    """Has the kernel end the host when the tests are killed before they could."""
    _PRCTL(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


class HostFailed(AssertionError):
    """The host did not do in time what a test waited for; the message carries its log."""


def executable() -> Path:
    """The host under test; raises `HostFailed` when there is none."""
    named = os.environ.get("PERIGEE")
    if named:
        return Path(named).resolve()
    built = [ROOT / ".build" / kind / "perigee" for kind in ("release", "debug")]
    present = [path for path in built if path.exists()]
    if not present:
        raise HostFailed("no executable: build perigee first, or set PERIGEE to its path")
    return max(present, key=lambda path: path.stat().st_mtime)


class Host:
    """One running host. Made by `start`; `stop` (or the end of a `with` block) ends it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]):
        self._command = list(command)
        self._environment = dict(environment)
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._launch()

    @classmethod
    def start(
        cls,
        plugins: Optional[PathLike] = None,
        www: Optional[PathLike] = None,
        args: Sequence[str] = (),
        env: Optional[Mapping[str, str]] = None,
        port: int = 0,
        timeout: float = 30,
    ) -> "Host":
        """Runs `perigee serve` and returns when it listens.

        plugins, www: folders; the project's own when left out.
        args: more command-line arguments, such as `["--dev"]`.
        env: variables added to this process's environment. Models are stored in a folder that goes
            with the host, unless PERIGEE_STORAGE_PATH is among them.
        port: 0 takes any free port.
        """
        command = [
            str(executable()), "serve",
            "--host", "127.0.0.1",
            "--port", str(port),
            "--plugins", str(plugins or ROOT / "Plugins"),
            "--www", str(www or ROOT / "www"),
            *map(str, args),
        ]  # fmt: skip
        folder = tempfile.TemporaryDirectory(prefix="perigee-")
        storage = {"PERIGEE_STORAGE_PATH": f"{folder.name}/perigee.db"}
        host = cls(command, {**os.environ, **storage, **(env or {})})
        host._folder = folder
        try:
            host._wait_for_url(timeout)
        except BaseException:
            host.stop()
            raise
        return host

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        """Everything printed so far, on standard output and standard error."""
        with self._changed:
            return "".join(self._lines)

    def wait_for_log(self, pattern: str, timeout: float = 10, since: int = 0) -> re.Match[str]:
        """Waits until the log matches `pattern` after its first `since` characters.

        Take `since = len(host.log())` before the act whose line is awaited. Raises `HostFailed`
        when the time is over or when the host ended without printing it.
        """
        expression = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                match = expression.search("".join(self._lines), since)
                if match:
                    return match
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "the host ended" if self._ended else f"{timeout} s passed"
                    text = "".join(self._lines)
                    raise HostFailed(f"{why} without a line matching {pattern!r}; log:\n{text}")
                self._changed.wait(left)

    def stop(self, timeout: float = 10) -> int:
        """Asks the host to end (SIGTERM), insists after `timeout`; returns its exit status."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.wait()
        self._reader.join(timeout)
        return status

    def kill(self) -> None:
        """Ends the host as a crash or a lost machine would: no goodbye to any client."""
        if self.running:
            self._process.kill()
        self._process.wait()

    def restart(self, timeout: float = 30) -> None:
        """Stops the host and starts it again on the same port, as clients expect after a deploy."""
        self.stop()
        place = self._command.index("--port") + 1
        self._command[place] = str(self.port)
        with self._changed:
            self._lines.clear()
            self._ended = False
        self._launch()
        self._wait_for_url(timeout)

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _launch(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            preexec_fn=end_with_parent,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        process.stdout.close()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _wait_for_url(self, timeout: float) -> None:
        match = self.wait_for_log(URL_LINE.pattern, timeout)
        self.port = int(match.group(1))
        scheme = match.group(0).partition(":")[0]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
