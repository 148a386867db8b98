"""What the chat app answers to clients that misuse it, seen from a page without its own script."""

import pytest

SPEAK = """
const socket = io("/chat", { forceNew: true });
const errors = [];
socket.on("error", (name, message) => errors.push([name, typeof message]));
await next(socket, "connect");
const say = async (text) => [await socket.emitWithAck("user_message", text), ...errors.splice(0)];
"""


@pytest.fixture
def visitor(page, host):
    """A page that has the client and is no page of the app."""
    return page.open(host.url + "/")


def test_speaking_before_joining_is_an_error(visitor):
    assert visitor.run(SPEAK + "return say('hello')") == [False, ["no_room", "string"]]


def test_joining_gives_an_id_and_speaking_reaches_the_room(visitor):
    result = visitor.run(
        SPEAK
        + """
        const userid = next(socket, "userid");
        const heard = next(socket, "pubblication");
        const joined = await socket.emitWithAck("subscribe", "room", 7);
        const [uid] = await userid;
        const said = await say("hello");
        return { joined, uid, said, heard: (await heard)[0] };
        """
    )
    assert result["joined"] is True and result["said"] == [True]
    assert len(result["uid"]) == 36
    assert result["heard"] == {"uid": result["uid"], "message": "hello"}


def test_subscribe_is_a_promise_of_the_apps_answer(visitor):
    assert visitor.run("return io('/chat').subscribe('room', 'a')") is True


@pytest.mark.parametrize(
    "text, name",
    [
        ("''", "empty_message"),
        ("' \\n '", "empty_message"),
        ("'x'.repeat(2001)", "message_too_long"),
        ("7", "invalid_message"),
        ("{}", "invalid_message"),
        ("null", "invalid_message"),
        ("new Uint8Array([255, 254])", "invalid_message"),
    ],
)
def test_a_bad_message_is_an_error_and_reaches_nobody(visitor, text, name):
    script = "await socket.emitWithAck('subscribe', 'room', 'bad'); return say(%s)" % text
    assert visitor.run(SPEAK + script) == [False, [name, "string"]]


@pytest.mark.parametrize("id", ["null", "''", "{}", "true", "1.5", "'x'.repeat(65)"])
def test_a_room_needs_a_name(visitor, id):
    script = "socket.emit('subscribe', 'room', %s); return next(socket, 'error')" % id
    assert visitor.run(SPEAK + script)[0] == "subscription_rejected"
