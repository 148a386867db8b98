"""How the own client joins and leaves namespaces of a connection that is there already: once, whatever the page
calls meanwhile."""

import pytest


@pytest.fixture
def client(page, bench_host):
    return page.open(bench_host.url + "/")


def test_a_namespace_that_is_being_joined_is_not_joined_again(client):
    heard = client.run(
        """
        const first = io("/echo");
        await next(first, "connect");
        const lost = [];
        first.on("disconnect", (reason) => lost.push(reason));
        const second = io("/people");
        second.connect();
        second.connect();
        await next(second, "connect");
        const echoed = await first.emitWithAck("echo", 1);
        for (const socket of [first, second]) socket.disconnect();
        return [lost.slice(0, -1), echoed];
        """
    )
    assert heard == [[], 1]


def test_a_namespace_can_be_left_and_joined_again_before_the_server_has_answered(client):
    heard = client.run(
        """
        const first = io("/echo");
        await next(first, "connect");
        const second = io("/people");
        second.disconnect();
        second.connect();
        second.disconnect();
        second.connect();
        await next(second, "connect");
        const echoed = await first.emitWithAck("echo", 2);
        for (const socket of [first, second]) socket.disconnect();
        return echoed;
        """
    )
    assert heard == 2


def test_a_volatile_packet_that_is_dropped_settles_its_ack(client):
    told = client.run(
        """
        const socket = io("/echo", { autoConnect: false });
        return Promise.race([
          socket.volatile.emitWithAck("echo", 1).then(() => "answered", ({ message }) => message),
          new Promise((done) => setTimeout(done, 2000, "nothing")),
        ]);
        """
    )
    assert told == "the packet was dropped"


def test_who_opens_the_connection_while_it_waits_to_come_back_does_not_end_its_coming_back(client):
    counts = client.run(
        """
        const socket = io("/echo", { forceNew: true, reconnectionDelay: 50 });
        await next(socket, "connect");
        let losses = 0;
        for (let turn = 0; turn < 3; turn++) {
          const back = next(socket, "connect");
          socket.io.engine.close();
          losses += 1;
          if (turn === 0) socket.io.open();
          await back;
        }
        socket.disconnect();
        return losses;
        """
    )
    assert counts == 3
