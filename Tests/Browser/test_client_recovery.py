"""Connection state recovery in the browser: what a client asks for when it comes back, and what it
makes of the answer. The same for the project's own client and the official one."""

import os
from pathlib import Path

import pytest
from scripted_server import SEPARATOR, handshake

GOODBYE = "1"

# Connects until it has been let in `given.times`; tells all that happened.
WATCH = """
const options = { transports: ["polling"], reconnectionDelay: 1, reconnectionDelayMax: 5 };
window.socket = io({ ...options, auth: given.auth });
const heard = [];
socket.onAny((...args) => heard.push(args.filter((arg) => typeof arg !== "function")));
socket.on("connect", () => heard.push(["connect", socket.id, Boolean(socket.recovered)]));
for (let times = given.times; times > 0; times--) await next(socket, "connect");
await new Promise((done) => setTimeout(done, 50));
return heard;
"""


def answer(*packets):
    """What one poll brings."""
    return SEPARATOR.join(packets)


def accepted(sid="a", pid="P"):
    return '40{"sid":"%s","pid":"%s"}' % (sid, pid)


def greetings(server):
    """The CONNECT packets that the client posted."""
    return [packet for packet in server.packets if packet.startswith("40")]


@pytest.fixture(params=["perigee", "official"])
def client_bytes(request, script_bytes):
    """The client under test: the project's own, and the official one."""
    if request.param == "perigee":
        return script_bytes
    official = os.environ.get("SOCKETIO_CLIENT")
    if not official:
        pytest.skip("SOCKETIO_CLIENT names no file")
    return Path(official).read_bytes()


@pytest.fixture
def watch(page, scripted_with, client_bytes):
    """Runs `WATCH` against a server with these sessions; answers the server and what was heard."""

    def watch(*sessions, auth=None):
        server = scripted_with(client_bytes, *([handshake(), *script] for script in sessions))
        heard = page.run(WATCH, {"times": len(sessions), "auth": auth})
        page.wait(lambda _: len(greetings(server)) >= len(sessions))
        return server, heard

    return watch


def test_a_client_returns_with_its_private_id_and_last_offset(watch):
    first = [answer(accepted(), '42["news",1,"o-1"]', '42["news",2,"o-2"]'), GOODBYE]
    server, heard = watch(first, [accepted()], auth={"token": "t"})
    assert greetings(server) == ['40{"token":"t"}', '40{"pid":"P","offset":"o-2","token":"t"}']
    assert heard == [
        ["connect", "a", False],
        ["news", 1, "o-1"],
        ["news", 2, "o-2"],
        ["connect", "a", True],
    ]


def test_a_client_that_has_heard_nothing_returns_with_its_private_id_alone(watch):
    server, heard = watch([accepted(), GOODBYE], [accepted()])
    assert greetings(server) == ["40", '40{"pid":"P"}']
    assert heard == [["connect", "a", False], ["connect", "a", True]]


def test_missed_events_wait_for_the_reply_and_come_before_connect(watch):
    missed = ['42["news",2,"o-2"]', '42["news",3,"o-3"]']
    first = [answer(accepted(), '42["news",1,"o-1"]'), GOODBYE]
    server, heard = watch(first, [*missed, accepted(), GOODBYE], [accepted()])
    assert heard == [
        ["connect", "a", False],
        ["news", 1, "o-1"],
        ["news", 2, "o-2"],
        ["news", 3, "o-3"],
        ["connect", "a", True],
        ["connect", "a", True],
    ]
    assert greetings(server)[-1] == '40{"pid":"P","offset":"o-3"}'


def test_missed_binary_events_are_delivered(watch):
    binary = answer('451-["file",{"_placeholder":true,"num":0},"o-1"]', "bAQI=")
    server, heard = watch([accepted(), GOODBYE], [binary, accepted(), GOODBYE], [accepted()])
    assert [event[0] for event in heard] == ["connect", "file", "connect", "connect"]
    assert greetings(server)[-1] == '40{"pid":"P","offset":"o-1"}'


def test_another_private_id_means_a_new_session(watch):
    first = [answer(accepted(), '42["news",1,"o-1"]'), GOODBYE]
    second = [answer(accepted("b", "Q"), '42["news",2,"p-1"]'), GOODBYE]
    server, heard = watch(first, second, [accepted("b", "Q")])
    assert [event for event in heard if event[0] == "connect"] == [
        ["connect", "a", False],
        ["connect", "b", False],
        ["connect", "b", True],
    ]
    assert greetings(server)[-1] == '40{"pid":"Q","offset":"p-1"}'


def test_a_server_without_recovery_is_not_asked_for_it(watch):
    plain = '40{"sid":"a"}'
    server, heard = watch([answer(plain, '42["news","text"]'), GOODBYE], [plain])
    assert greetings(server) == ["40", "40"]
    assert heard[-1] == ["connect", "a", False]


def test_an_event_that_wants_an_ack_has_no_offset(watch):
    asked = '427["ask","really"]'
    first = [answer(accepted(), '42["news",1,"o-1"]', asked), GOODBYE]
    server, _ = watch(first, [accepted()])
    assert greetings(server)[-1] == '40{"pid":"P","offset":"o-1"}'


def test_a_volatile_event_repeats_the_offset_before_it(watch):
    volatile = '42["typing","someone","o-1"]'
    first = [answer(accepted(), '42["news",1,"o-1"]', volatile), GOODBYE]
    server, _ = watch(first, [accepted()])
    assert greetings(server)[-1] == '40{"pid":"P","offset":"o-1"}'


def test_what_was_emitted_meanwhile_follows_in_order(page, scripted_with, client_bytes):
    server = scripted_with(client_bytes, [handshake(), accepted(), GOODBYE], [handshake()])
    page.run(
        """
        const options = { transports: ["polling"], reconnectionDelay: 1 };
        window.socket = io(options);
        await next(socket, "disconnect");
        socket.emit("one");
        socket.emit("two", "text");
        """
    )
    page.wait(lambda _: len(greetings(server)) == 2)
    server.say(accepted())
    page.wait(lambda _: '42["two","text"]' in server.packets)
    assert server.packets == ["40", '40{"pid":"P"}', '42["one"]', '42["two","text"]']


def test_a_refusal_to_come_back_is_a_connect_error_with_data(page, scripted_with, client_bytes):
    refusal = '44{"message":"no longer","data":{"code":7}}'
    scripted_with(client_bytes, [handshake(), accepted(), GOODBYE], [handshake(), refusal])
    result = page.run(
        """
        const socket = io({ transports: ["polling"], reconnectionDelay: 1 });
        const [error] = await next(socket, "connect_error");
        return [error.message, error.data, socket.connected, socket.active];
        """
    )
    assert result == ["no longer", {"code": 7}, False, False]


def test_a_replay_that_is_cut_off_is_not_delivered_twice(page, scripted_with, script_bytes):
    """The project's own client alone: the official one keeps what came before the lost reply."""
    missed = '42["news",1,"o-1"]'
    server = scripted_with(
        script_bytes,
        [handshake(), accepted(), GOODBYE],
        [handshake(), missed, GOODBYE],
        [handshake(), answer(missed, accepted())],
    )
    heard = page.run(WATCH, {"times": 2})
    assert heard == [["connect", "a", False], ["news", 1, "o-1"], ["connect", "a", True]]
    page.wait(lambda _: len(greetings(server)) >= 3)
    assert greetings(server) == ["40", '40{"pid":"P"}', '40{"pid":"P"}']
