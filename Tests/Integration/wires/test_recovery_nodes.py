"""Connection state recovery in a browser in front of several nodes: connections are cut and lead to another
node, and one node is killed. `scripts/engines` starts the engines."""

from __future__ import annotations

import os
import uuid
from contextlib import ExitStack

import pytest
from light_client import LightClient
from wires.conftest import IMPATIENT, start
from wires.test_recovery import ROUTES, Visitor, expected, kind  # noqa: F401

ENGINES = [
    os.environ[f"TEST_{name}"]
    for name in ("REDIS", "NATS", "AMQP")
    if os.environ.get(f"TEST_{name}")
]


@pytest.fixture(params=ENGINES or [pytest.param(None, marks=pytest.mark.skip("no engine runs"))])
def hosts(request, wires_apps):
    """Three nodes."""
    url = f"{request.param}?prefix=test-{uuid.uuid4().hex[:8]}"
    settings = {**IMPATIENT, "engine.recovery_ms": 30_000, "cluster.engine": url}
    with ExitStack() as stack:
        hosts = [stack.enter_context(start(wires_apps, **settings)) for _ in range(3)]
        for host in hosts:
            host.wait_for_log("the engine is reached", 20)
        yield hosts


@pytest.mark.parametrize("transports", ROUTES, ids="+".join)
async def test_every_event_comes_once_whatever_node_the_client_is_at(
    hosts, proxies, page, kind, transports  # noqa: F811
):
    near, far, reporting = hosts
    visitor = Visitor(page, proxies(near))
    identity = await visitor.connect(kind, transports)
    number = 0
    async with await LightClient.connect(reporting.url, "/recovery") as reporter:
        for cut in range(7):
            await reporter.call("rounds", identity, number + 1, number + 3)
            lives = await visitor.run("return connects.length")
            visitor.proxy.lead_to((far, near)[cut % 2].port)
            if cut == 6:
                near.kill()
            await visitor.kill(lives, reset=cut % 2 == 0, refusal=0.1 * (cut % 3))
            await reporter.call("rounds", identity, number + 4, number + 6)
            number += 6
            await visitor.until(f"socket.connected && connects.length > {lives}")
        number += 1
        await reporter.call("round", identity, number)
    assert await visitor.heard(number) == expected(number)
    connects = await visitor.run("return connects")
    assert {sid for sid, _ in connects} == {identity}
    assert all(recovered for _, recovered in connects[1:])
    state = await visitor.run("return socket.emitWithAck('state')")
    assert state["recovered"] and "den" in state["rooms"]
