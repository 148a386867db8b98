"""Starts each server that is measured, on a free port and on its core, as a context manager.

A server is started afresh for every measurement, so that none inherits another's memory.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, ContextManager, Iterator, Mapping, Optional

from .bench import Bench
from .failure import BenchmarkFailed, Unavailable
from .process import Process
from .tools import BENCHMARKS

Start = Callable[[Bench], ContextManager["Server"]]

_LISTENING = r"(http://127\.0\.0\.1:\d+)"
_PEERS = BENCHMARKS / "peers"


@dataclass(frozen=True)
class Server:
    """A server that takes connections. `pid` is the process whose time and memory count.

    `publish_url` is the node that takes publications, when it is another one.
    """

    url: str
    pid: Optional[int] = None
    process: Optional[Process] = None
    folder: Optional[Path] = None
    publish_url: Optional[str] = None


def perigee(apps: int = 1, threads: int = 1, settings: Mapping[str, str] = {}) -> Start:
    """The host with `apps` copies of the benchmark's app, `/bench`, `/bench2`, and so on."""

    @contextmanager
    def start(bench: Bench) -> Iterator[Server]:
        cores = bench.cores.server if threads == 1 else bench.cores.both
        with _folder() as folder:
            _lay_out(folder, apps)
            command = [str(bench.tools.perigee), "serve", "--host", "127.0.0.1", "--port", "0"]
            command += ["--plugins", str(folder / "apps"), "--www", str(folder / "www")]
            for key, value in {"server.threads": threads, **settings}.items():
                command += ["--set", f"{key}={value}"]
            with Process(command, cores, folder=str(folder)) as process:
                url = process.wait_for(_LISTENING)[1]
                yield Server(url, process.pid, process, folder)

    return start


def probe(each: bool = False) -> Start:
    """The limit: one epoll thread in C; with `each` one write for every message."""

    @contextmanager
    def start(bench: Bench) -> Iterator[Server]:
        command = [str(bench.tools.probe), "--port", "0", *(["--each"] if each else [])]
        with Process(command, bench.cores.server) as process:
            yield Server(process.wait_for(_LISTENING)[1], process.pid, process)

    return start


def python(script: str) -> Start:
    """One of the servers in Python of the folder `peers`."""

    @contextmanager
    def start(bench: Bench) -> Iterator[Server]:
        command = [str(_needed(bench.tools.python)), str(_PEERS / script)]
        with Process(command, bench.cores.server) as process:
            yield Server(process.wait_for(_LISTENING)[1], process.pid, process)

    return start


def nginx(configuration: str) -> Start:
    """nginx with a configuration of the folder `peers`; one worker."""

    @contextmanager
    def start(bench: Bench) -> Iterator[Server]:
        executable = _needed(bench.tools.nginx)
        with _folder() as folder:
            _lay_out(folder, apps=0)
            port = _free_port()
            filled = (_PEERS / configuration).read_text(encoding="utf-8")
            for name, value in {
                "@port@": port,
                "@root@": folder / "www",
                "@modules@": bench.tools.nginx_modules,
                "@files@": bench.files,
            }.items():
                filled = filled.replace(name, str(value))
            (folder / "nginx.conf").write_text(filled, encoding="utf-8")
            command = [str(executable), "-p", str(folder), "-c", "nginx.conf"]
            with Process(command, bench.cores.server) as process:
                _wait_until_it_listens(process, port)
                yield Server(f"http://127.0.0.1:{port}", _worker(process.pid), process)

    return start


def remote(url: str) -> Start:
    """A server that somebody else started; its processor time and memory are not known."""

    @contextmanager
    def start(bench: Bench) -> Iterator[Server]:
        yield Server(url)

    return start


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="perigee-benchmark-"))
    folder.chmod(0o755)  # nginx's worker may be another user
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lay_out(folder: Path, apps: int) -> None:
    """The apps, and the files that static scenarios read."""
    (folder / "apps").mkdir()
    (folder / "www").mkdir()
    for index in range(apps):
        name = "bench.lua" if index == 0 else f"bench{index + 1}.lua"
        shutil.copy(BENCHMARKS / "apps" / "bench.lua", folder / "apps" / name)
    for kibibytes in (1, 100):
        content = bytes(ord("a") + i % 26 for i in range(kibibytes * 1024))
        (folder / "www" / f"{kibibytes}k.txt").write_bytes(content)


def _needed(executable: Optional[Path]) -> Path:
    if executable is None:
        raise Unavailable("not installed: run scripts/setup benchmark")
    return executable


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_until_it_listens(process: Process, port: int) -> None:
    """nginx says nothing when it is ready, and its master listens before the worker is there."""
    for _ in process.every(0.02, seconds=10):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0 and _worker(process.pid):
                return
    raise BenchmarkFailed(f"nginx did not begin to serve:\n{process.log()}")


def _worker(master: int) -> Optional[int]:
    """The process that does the work: the only child, or the cache's helpers come after it."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    return int(children[0]) if children else None
