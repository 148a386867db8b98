"""The browser client against servers that misbehave, and what it puts on the wire itself."""

import gzip

import pytest
from scripted_server import SEPARATOR, handshake

CONNECTED = '40{"sid":"a"}'
MOST_BYTES = 8 * 1024

# Connects, and tells everything that happens until the connection ends.
WATCH = """
const thrown = [];
addEventListener("error", (event) => thrown.push(event.message));
addEventListener("unhandledrejection", (event) => thrown.push(String(event.reason)));
const socket = io({ transports: ["polling"], reconnection: false });
const heard = [];
socket.onAny((...args) => heard.push(args.filter((arg) => typeof arg !== "function")));
const [reason, details] = await next(socket, "disconnect");
await new Promise((done) => setTimeout(done));
return { heard, reason, thrown, described: details instanceof Error, active: socket.active };
"""


@pytest.fixture
def scripted(scripted_with, script_bytes):
    """Opens a page whose client talks to a server with the given answers, in each session."""
    return lambda *script: scripted_with(script_bytes, script)


def test_the_script_is_small(script_bytes):
    assert len(gzip.compress(script_bytes, 9)) < MOST_BYTES


def test_the_script_leaves_two_names(scripted, page):
    scripted(handshake())
    names = page.run(
        """
        const frame = document.body.appendChild(document.createElement("iframe"));
        const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow));
        return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name) && isNaN(name));
        """
    )
    assert sorted(names) == ["io", "perigee"]


MALFORMED = {
    "unknown type": "49",
    "not json": "42[abc",
    "no array": "42{}",
    "no name": "42[]",
    "name of another type": "42[{}]",
    "reserved name": '42["disconnect"]',
    "ack without array": "431{}",
    "connect with text": '40"a"',
    "disconnect with data": "41{}",
    "binary without count": '45["a",{"_placeholder":true,"num":0}]',
    "plain with count": '421-["a"]',
    "binary out of nowhere": "bAAAA",
    "bad base64": '451-["a",{"_placeholder":true,"num":0}]' + SEPARATOR + "b*",
    "missing attachment": '451-["a",{"_placeholder":true,"num":1}]' + SEPARATOR + "bAAAA",
    "named attachment": '451-["a",{"_placeholder":true,"num":"at"}]' + SEPARATOR + "bAAAA",
    "text amid attachments": '452-["a",{"_placeholder":true,"num":0}]' + SEPARATOR + '42["b"]',
    "no packet at all": "hello",
    "empty answer": "",
}


@pytest.mark.parametrize("packet", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_packet_ends_the_connection_and_throws_nothing(scripted, page, packet):
    scripted(handshake(), CONNECTED + SEPARATOR + '42["fine",1]', packet)
    result = page.run(WATCH)
    assert result["reason"] == "parse error"
    assert result["heard"] == [["fine", 1]] and result["thrown"] == []


@pytest.mark.parametrize("first", ["hello", "", "0", "0{}", "0null", "4", "bAAAA"])
def test_a_malformed_handshake_is_a_connect_error(scripted, page, first):
    scripted(first)
    result = page.run(
        """
        const socket = io({ transports: ["polling"], reconnection: false });
        const [error] = await next(socket, "connect_error");
        return [error instanceof Error, socket.connected];
        """
    )
    assert result == [True, False]


def test_packets_for_strangers_are_ignored(scripted, page):
    packets = [CONNECTED, '42/else,["x"]', "4399[1]", "6", '42["y"]']
    scripted(handshake(), SEPARATOR.join(packets), "1")
    result = page.run(WATCH)
    assert result["heard"] == [["y"]] and result["reason"] == "transport close"
    assert result["thrown"] == []


def test_silence_is_a_ping_timeout(scripted, page):
    scripted(handshake(pingInterval=600, pingTimeout=400), CONNECTED)
    result = page.run(WATCH)
    assert (result["reason"], result["active"]) == ("ping timeout", True)


def test_without_websocket_the_session_stays_on_polling(scripted, page):
    server = scripted(handshake(upgrades=["websocket"]), CONNECTED, '42["a"]', '42["b"]')
    page.run(
        """
        const socket = io();
        await next(socket, "b");
        socket.emit("still", socket.io.engine.transport.name);
        """
    )
    page.wait(lambda _: '42["still","polling"]' in server.posted)


def test_a_websocket_that_cannot_be_opened_is_a_connect_error(scripted, page):
    scripted()
    message = page.run(
        """
        const socket = io({ transports: ["websocket"], reconnection: false });
        return (await next(socket, "connect_error"))[0].message;
        """
    )
    assert message == "websocket error"


def test_all_transports_are_tried_when_asked(scripted, page):
    scripted(handshake(), CONNECTED)
    name = page.run(
        """
        const socket = io({ transports: ["websocket", "polling"], tryAllTransports: true });
        await next(socket, "connect");
        return socket.io.engine.transport.name;
        """
    )
    assert name == "polling"


def test_pings_are_answered_and_told(scripted, page):
    server = scripted(handshake(), CONNECTED, "2")
    page.run("const socket = io({ transports: ['polling'] }); await next(socket.io, 'ping')")
    page.wait(lambda _: "3" in server.posted)


def test_a_listener_that_throws_harms_nobody(scripted, page):
    scripted(handshake(), CONNECTED + SEPARATOR + '42["a"]' + SEPARATOR + '42["b"]', '42["c"]')
    result = page.run(
        """
        const heard = [];
        const reported = new Promise((done) => addEventListener("error", (event) => {
          event.preventDefault();
          done(event.message);
        }, { once: true }));
        const socket = io({ transports: ["polling"] });
        socket.on("a", () => { throw new Error("mine"); });
        for (const name of ["a", "b"]) socket.on(name, () => heard.push(name));
        await next(socket, "c");
        return { heard, reported: await reported };
        """
    )
    assert result["heard"] == ["a", "b"] and "mine" in result["reported"]


def test_events_that_come_before_the_connect_reply_wait_for_it(scripted, page):
    scripted(handshake(), '42["early"]', CONNECTED)
    result = page.run(
        """
        const socket = io({ transports: ["polling"] });
        const heard = [];
        socket.on("early", () => heard.push(["early", socket.connected]));
        socket.on("connect", () => heard.push(["connect", socket.connected]));
        await next(socket, "connect");
        return heard;
        """
    )
    assert result == [["early", True], ["connect", True]]


def test_wire_text_of_events_acks_and_binary(scripted, page):
    server = scripted(handshake(), '40/n,{"sid":"a"}', '42/n,17["ask",1]')
    page.run(
        """
        const socket = io("/n", { transports: ["polling"], auth: { token: "t" } });
        const asked = next(socket, "ask").then(([n, ack]) => ack(n, "two"));
        socket.emit("event", "ü", undefined, [1.5, true]);
        socket.emit("wanted", () => {});
        const data = { b: new Uint8Array([1, 2]), a: new Uint8Array([3]).buffer };
        socket.emit("binary", data, () => {});
        await asked;
        """
    )
    placeholder = '{"_placeholder":true,"num":%d}'
    expected = [
        '40/n,{"token":"t"}',
        '42/n,["event","ü",null,[1.5,true]]',
        '42/n,0["wanted"]',
        '452-/n,1["binary",{"b":%s,"a":%s}]' % (placeholder % 0, placeholder % 1),
        "bAQI=",
        "bAw==",
        '43/n,17[1,"two"]',
    ]
    page.wait(lambda _: len(server.packets) >= len(expected))
    assert server.packets == expected


def test_a_request_holds_no_more_than_the_server_takes(scripted, page):
    server = scripted(handshake(maxPayload=100), CONNECTED)
    page.run(
        """
        const socket = io({ transports: ["polling"] });
        await next(socket, "connect");
        for (let i = 0; i < 40; i++) socket.emit("number", i);
        """
    )
    page.wait(lambda _: '42["number",39]' in SEPARATOR.join(server.posted))
    packets = server.packets
    assert packets == ["40", *(f'42["number",{i}]' for i in range(40))]
    assert max(map(len, server.posted)) <= 100


def test_query_headers_and_session_id_are_sent(scripted, page):
    server = scripted(handshake(), CONNECTED)
    page.run(
        """
        const more = { query: { color: "a b" }, extraHeaders: { "X-Color": "red" } };
        await next(io({ transports: ["polling"], ...more }), "connect");
        """
    )
    first, *others = server.requests
    stamps = [request["t"] for request in server.requests]
    assert len(set(stamps)) == len(stamps)
    assert (first["EIO"], first["transport"], first["color"]) == ("4", "polling", "a b")
    assert "sid" not in first and {request["sid"] for request in others} == {"S"}
    assert {request["headers"]["X-Color"] for request in server.requests} == {"red"}


def test_a_page_that_is_left_says_goodbye(scripted, page):
    server = scripted(handshake(), CONNECTED)
    page.run("window.socket = io({ transports: ['polling'] }); await next(socket, 'connect')")
    page.open("about:blank")
    page.wait(lambda _: server.posted[-1:] == ["1"])


def test_what_was_emitted_just_before_disconnect_is_sent(scripted, page):
    server = scripted(handshake(), CONNECTED)
    page.run(
        """
        const socket = io({ transports: ["polling"] });
        await next(socket, "connect");
        socket.emit("last", "words");
        socket.disconnect();
        """
    )
    page.wait(lambda _: server.posted[-1:] == ["1"])
    packets = server.packets
    assert packets == ["40", '42["last","words"]', "41", "1"]


def test_reconnection_waits_longer_each_time_within_bounds(scripted, page):
    scripted("nonsense")
    delays = page.run(
        """
        const delays = [];
        const wait = window.setTimeout;
        window.setTimeout = (callback, ms, ...args) => {
          if (ms >= 500 && ms <= 5000) delays.push(ms);
          return wait(callback, ms >= 500 ? 0 : ms, ...args);
        };
        const socket = io({ transports: ["polling"], reconnectionAttempts: 8, timeout: false });
        await next(socket.io, "reconnect_failed");
        return delays;
        """
    )
    assert len(delays) == 8
    for attempt, delay in enumerate(delays):
        assert min(1000 * 2**attempt * 0.5, 5000) <= delay <= min(1000 * 2**attempt * 1.5, 5000)


def test_older_options_name_the_endpoint(scripted, page):
    scripted(handshake())
    urls = page.run(
        """
        const asked = [];
        window.fetch = async (url) => { asked.push(url); throw new Error("enough"); };
        const options = { transports: ["polling"], reconnection: false };
        const sockets = [
          io.connect("/pingpong", { ...options, resource: "socketio" }),
          io.connect("/pingpong", { ...options, path: "/deep/path" }),
          perigee.io("ws://example.org:81/a", options),
          io("https://example.org/b?x=1", options),
        ];
        await Promise.all(sockets.map((socket) => next(socket, "connect_error")));
        const plain = (url) => url.replace(location.origin, "").replace(/&t=[^&]+$/, "");
        return asked.map((url, index) => [plain(url), sockets[index].nsp]);
        """
    )
    query = "EIO=4&transport=polling"
    assert urls == [
        [f"/socketio/?{query}", "/pingpong"],
        [f"/deep/path/?{query}", "/pingpong"],
        [f"http://example.org:81/socket.io/?{query}", "/a"],
        [f"https://example.org/socket.io/?x=1&{query}", "/b"],
    ]
