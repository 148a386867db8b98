"""Some hosts that serve the same apps and share an engine."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Mapping

from perigee_host import Host
from wires.signature import KEY

APPS = Path(__file__).parent / "apps"
REACHED = "the engine is reached"
PATIENCE = 30


class Nodes:
    """Hosts of the apps in `cluster/apps`, in a cluster of their own, until the `with` block ends."""

    def __init__(self, engine: str, count: int, www: Path, settings: Mapping[str, object] = {}):
        prefix = f"test-{uuid.uuid4().hex[:8]}"
        given = {"cluster.engine": f"{engine}?prefix={prefix}", **settings}
        self._arguments = [part for key, value in given.items()
                           for part in ("--set", f"{key}={value}")]  # fmt: skip
        self._www = www
        self._count = count
        self._stack = ExitStack()
        self.hosts: list[Host] = []

    def __enter__(self) -> "Nodes":
        try:
            self.hosts = [self._start(0) for _ in range(self._count)]
            for host in self.hosts:
                host.wait_for_log(REACHED, PATIENCE)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def base(self, index: int, app: str) -> str:
        """What the paths of an app's plain wires begin with, on one of the nodes."""
        return f"{self.hosts[index].url}/{app}"

    def start_again(self, index: int) -> None:
        """A node that was killed comes back on the port it had."""
        self.hosts[index] = self._start(self.hosts[index].port)
        self.hosts[index].wait_for_log(REACHED, PATIENCE)

    def _start(self, port: int) -> Host:
        host = Host.start(
            APPS, self._www, self._arguments, env={"CLUSTER_KEY": KEY}, port=port
        )
        return self._stack.enter_context(host)
