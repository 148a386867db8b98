"""Both browser clients behind a load balancer that knows nothing of sessions: each request of a page goes to the
next of three nodes. Skipped where no engine runs."""

from __future__ import annotations

import os
import uuid
from contextlib import ExitStack

import pytest
from perigee_host import Host
from round_robin import RoundRobin

ENGINE = next(
    (os.environ[name] for name in ("TEST_REDIS", "TEST_NATS", "TEST_AMQP") if os.environ.get(name)),
    None,
)

pytestmark = pytest.mark.skipif(not ENGINE, reason="no engine runs")

TALK = """
    const socket = io("/echo", { transports: given.transports, forceNew: true });
    await next(socket, "connect");
    const answers = [];
    for (let i = 0; i < 50; i++)
      answers.push(await new Promise((done) => socket.emit("counted", 1, done)));
    const large = "ü".repeat(100000);
    const echo = await new Promise((done) => socket.emit("echo", large, done));
    const last = socket.io.engine.transport.name;
    socket.disconnect();
    return { answers, whole: echo === large, last };
"""


@pytest.fixture(scope="module")
def balancer(bench):
    arguments = ["--set", f"cluster.engine={ENGINE}?prefix=test-{uuid.uuid4().hex[:8]}"]
    with ExitStack() as stack:
        hosts = [stack.enter_context(Host.start(**bench, args=arguments)) for _ in range(3)]
        for host in hosts:
            host.wait_for_log("the engine is reached", 20)
        yield stack.enter_context(RoundRobin([host.port for host in hosts]))


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_a_page_needs_no_sticky_sessions(page, balancer, client_path, transports):
    page.open(balancer.url + client_path)
    result = page.run(TALK, {"transports": transports})
    assert result["answers"] == list(range(1, 51))
    assert result["whole"]
    assert result["last"] == transports[-1]


def test_a_page_comes_back_when_its_node_is_killed(page, bench, client_path):
    arguments = ["--set", f"cluster.engine={ENGINE}?prefix=test-{uuid.uuid4().hex[:8]}"]
    with ExitStack() as stack:
        hosts = [stack.enter_context(Host.start(**bench, args=arguments)) for _ in range(2)]
        for host in hosts:
            host.wait_for_log("the engine is reached", 20)
        ports = [host.port for host in hosts]
        choice = [0]

        def choose(head: bytes) -> int:
            return choice[0] if b"transport=" in head.split(b"\r\n")[0] else 0

        balancer = stack.enter_context(RoundRobin(ports, choose=choose))
        page.open(balancer.url + client_path)
        connect = """
            window.socket = io("/echo", { transports: ["polling"], reconnectionDelay: 50 });
            await next(window.socket, "connect");
            window.again = next(window.socket, "connect");
        """
        page.run(connect)
        # From now on its requests come to the other node, which passes them on to the first.
        choice[0] = 1
        counted = "return new Promise((done) => window.socket.emit('counted', 1, done))"
        assert page.run(counted) == 1
        hosts[0].kill()
        page.run("await window.again")
        assert page.run(counted) == 1
