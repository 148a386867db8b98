"""Starts two nodes with an engine between them: one is published on, the other has subscribers.

The nodes and the engine's server share the core that a single host has beside them, so that a figure
says what it costs to be two.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack, contextmanager
from typing import Iterator

from .bench import Bench
from .failure import Unavailable
from .servers import Server, Start, perigee
from .tools import ROOT

sys.path.append(str(ROOT / "Tests" / "Support"))

from engine_server import RABBITMQ_SERVER, EngineServer, EngineServerFailed  # noqa: E402

ENGINES = {"redis": "redis-server", "nats": "nats-server", "amqp": str(RABBITMQ_SERVER)}
"""The engines that are measured, and their executables."""

_REACHED = "the engine is reached"


def two_nodes(engine: str) -> Start:
    """Two hosts that share an engine; nobody's processor time and memory are read."""

    @contextmanager
    def start(bench: Bench) -> Iterator[Server]:
        if shutil.which(ENGINES[engine]) is None:
            raise Unavailable(f"{ENGINES[engine]} is not installed: run scripts/setup benchmark")
        with ExitStack() as stack:
            try:
                server = EngineServer.start(engine, bench.cores.server, syncs=False)
                stack.enter_context(server)
            except EngineServerFailed as error:
                raise Unavailable(str(error)) from error
            node = perigee(settings={"cluster.engine": server.url})
            near, far = (stack.enter_context(node(bench)) for _ in range(2))
            for each in (near, far):
                each.process.wait_for(_REACHED)
            yield Server(far.url, publish_url=near.url)

    return start
