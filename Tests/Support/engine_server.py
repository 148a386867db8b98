"""Servers of engines that a test may treat badly: kill, stop for a while, and start again on the same
port with the same files. `scripts/engines` starts those that tests share and leave alone by this, too.

    with EngineServer.start("redis") as server:
        server.url              # what cluster.engine takes
        server.pause()          # as a network partition looks from outside
        server.resume()
        server.kill()           # as a crash
        server.launch()         # again, on the same port
        server.wait_until_ready()

Each server leads a process group of its own and is ended by that, never by name.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterable, Mapping, Optional, Sequence

from perigee_host import end_with_parent

PATIENCE = 120
RABBITMQ_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class EngineServerFailed(AssertionError):
    """A server did not start, or does not answer; the message carries its log."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class EngineServer:
    """One server. Made by `start`; `stop` (or the end of a `with` block) ends it and removes its files."""

    scheme = ""
    ready = ""
    """What the log says once it takes connections."""
    settling = 0.0
    """For how many seconds after a node's first link a kill may cost more than the server's process."""

    def __init__(self, cores: Optional[Iterable[int]] = None, syncs: Optional[bool] = True) -> None:
        self._cores = cores
        self._syncs = syncs
        self.folder = Path(tempfile.mkdtemp(prefix="perigee-engine-"))
        self.port = free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self._log = self.folder / "log"
        self._process: subprocess.Popen | None = None

    @classmethod
    def start(
        cls, engine: str, cores: Optional[Iterable[int]] = None, syncs: Optional[bool] = True
    ) -> "EngineServer":
        """The server of `redis`, `nats`, `amqp` or `mongo`, listening.

        cores: which processor cores it may use, or None for all.
        syncs: whether one that can has what it acknowledges on disk, rather than a second later; None when
            nothing need be there at all.
        """
        # Another program may take the port before the server does.
        for attempt in range(3):
            server = ENGINES[engine](cores, syncs)
            try:
                server.launch()
                server.wait_until_ready()
                return server
            except BaseException as failure:
                server.stop()
                if attempt == 2 or not isinstance(failure, EngineServerFailed):
                    raise
        raise AssertionError("three attempts were made")

    @property
    def pid(self) -> int:
        return self._process.pid

    def launch(self) -> None:
        """Starts it, again after `kill`. It ends with the thread that calls this."""
        self._said_before = len(self._said())
        self._process = self._spawn(self.command(), self.environment(), self._log)

    def wait_until_ready(self) -> None:
        """Returns when it takes connections; from any thread."""
        deadline = time.monotonic() + PATIENCE
        while self.ready not in self._said()[self._said_before :]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise EngineServerFailed(f"{self.scheme} does not serve:\n{self._said()[-3000:]}")
            time.sleep(0.02)  # it says so in a file, which nothing announces

    def kill(self) -> None:
        """Ends it at once, as a crash would; its files stay."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        """Stops it in its tracks: links stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self) -> Sequence[object]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def __enter__(self) -> "EngineServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _signal(self, number: int) -> None:
        os.killpg(self._process.pid, number)

    def _said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _spawn(
        self, command: Sequence[object], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen:
        with log.open("ab") as output:
            return subprocess.Popen(
                list(map(str, command)),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._prepare,
            )

    def _prepare(self) -> None:
        end_with_parent()
        if self._cores is not None:
            os.sched_setaffinity(0, self._cores)


class Redis(EngineServer):
    scheme = "redis"
    ready = "Ready to accept connections"

    def command(self) -> Sequence[object]:
        return [
            "redis-server", "--bind", "127.0.0.1", "--port", self.port, "--dir", self.folder,
            "--save", "", "--appendonly", "no" if self._syncs is None else "yes",
            "--appendfsync", "always" if self._syncs else "everysec",
        ]  # fmt: skip


class Nats(EngineServer):
    scheme = "nats"
    ready = "Server is ready"

    def __init__(self, cores: Optional[Iterable[int]] = None, syncs: Optional[bool] = True) -> None:
        super().__init__(cores, syncs)
        # Each cluster of the tests reserves its stream's bytes, more together than the disk has.
        store = f'jetstream {{ store_dir: "{self.folder}", max_file_store: 100TB }}\n'
        (self.folder / "nats.conf").write_text(store)

    def command(self) -> Sequence[object]:
        return [
            "nats-server", "-a", "127.0.0.1", "-p", self.port, "-c", self.folder / "nats.conf",
        ]  # fmt: skip


class RabbitMQ(EngineServer):
    """With an Erlang port mapper of its own, which outlives a kill as it would on a machine. A stream that
    was made a moment before does not always come back."""

    scheme = "amqp"
    ready = "Server startup complete"
    settling = 5.0

    def __init__(self, cores: Optional[Iterable[int]] = None, syncs: Optional[bool] = True) -> None:
        super().__init__(cores, syncs)
        self._mapper_port, self._distribution_port = free_port(), free_port()
        configuration = f"listeners.tcp.local = 127.0.0.1:{self.port}\n"
        configuration += "log.console = true\nlog.file = false\n"
        (self.folder / "rabbitmq.conf").write_text(configuration)
        (self.folder / "enabled_plugins").write_text("[].\n")
        self._mapper = self._spawn(["epmd"], self.environment(), self.folder / "epmd.log")

    def command(self) -> Sequence[object]:
        return [RABBITMQ_SERVER]

    def environment(self) -> Mapping[str, str]:
        folder = str(self.folder)
        return {
            **os.environ,
            "HOME": folder,
            "RUNNING_UNDER_SYSTEMD": "1",  # its script becomes the server, and has no child that stays
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "perigee@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1}",
        }  # fmt: skip

    def stop(self) -> None:
        super().stop()
        self._mapper.kill()
        self._mapper.wait()


class Mongo(EngineServer):
    """SecantusDB, which `TEST_MONGO_SERVER` names: Debian has no MongoDB."""

    scheme = "mongodb"
    ready = "listening on"

    def command(self) -> Sequence[object]:
        return [
            os.environ["TEST_MONGO_SERVER"], "--host", "127.0.0.1", "--port", self.port,
            "--storage-path", self.folder / "data", *(["--sync-on-commit"] if self._syncs else []),
        ]  # fmt: skip


ENGINES: Mapping[str, type[EngineServer]] = {
    "redis": Redis,
    "nats": Nats,
    "amqp": RabbitMQ,
    "mongo": Mongo,
}
