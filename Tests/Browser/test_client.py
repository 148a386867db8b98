"""The API of the browser client: the same tests for Perigee's own client and the official one."""

import pytest
from perigee_host import Host

ROUTES = {
    "websocket": ["websocket"],
    "polling": ["polling"],
    "upgraded": ["polling", "websocket"],
    "websocket first": ["websocket", "polling"],
}


@pytest.fixture(params=ROUTES.values(), ids=ROUTES.keys())
def transports(request):
    return request.param


def test_connects_and_gets_acks(client, transports):
    result = client.run(
        """
        const socket = io("/echo", { transports: given });
        const before = [socket.connected, socket.disconnected, socket.active, typeof socket.id];
        await next(socket, "connect");
        const after = [socket.connected, socket.disconnected, socket.active, typeof socket.id];
        const data = { b: [1, null, "ü🏓"] };
        const ack = await new Promise((done) =>
          socket.emit("echo", "a", data, (...args) => done(args)));
        socket.disconnect();
        return { before, after, ack };
        """,
        transports,
    )
    assert result["before"] == [False, True, True, "undefined"]
    assert result["after"] == [True, False, True, "string"]
    assert result["ack"] == ["a", {"b": [1, None, "ü🏓"]}]


def test_an_upgraded_connection_moves_to_websocket_and_keeps_the_order(client):
    result = client.run(
        """
        const socket = io("/echo", { forceNew: true });
        const { engine } = socket.io;
        const first = engine.transport.name;
        const upgraded = next(engine, "upgrade");
        const seen = [];
        const all = new Promise((done) =>
          socket.on("echoed", (n) => seen.push(n) === 200 && done()));
        let sent = 0;
        const burst = () => { for (let i = 0; i < 50; i++) socket.emit("echo", sent++); };
        engine.once("upgrade", burst);
        burst();
        await next(socket, "connect");
        burst();
        await upgraded;
        burst();
        await all;
        const last = engine.transport.name;
        socket.disconnect();
        return { first, last, seen };
        """
    )
    assert (result["first"], result["last"]) == ("polling", "websocket")
    assert result["seen"] == list(range(200))


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids=lambda names: names[0])
def test_stays_on_the_only_transport_it_may_use(client, transports):
    result = client.run(
        """
        const socket = io("/echo", { transports: given, forceNew: true });
        await next(socket, "connect");
        for (let i = 0; i < 5; i++) await socket.emitWithAck("echo", i);
        const name = socket.io.engine.transport.name;
        socket.disconnect();
        const requests = performance.getEntriesByType("resource");
        const polled = requests.some(({ name }) => name.includes("transport=polling"));
        return { name, polled };
        """,
        transports,
    )
    assert result["name"] == transports[0]
    assert result["polled"] == (transports == ["polling"])


def test_binary_goes_both_ways_in_events_and_acks(client, transports):
    result = client.run(
        """
        const socket = io("/echo", { transports: given });
        const view = new Uint8Array([0, 1, 2, 250, 251]).subarray(1, 4);
        const buffer = new Uint8Array([9, 8]).buffer;
        const floats = new Float32Array([1]);
        const data = { view, deep: [{ buffer }], floats };
        const echoed = next(socket, "echoed");
        const ack = await socket.emitWithAck("echo", data, 7);
        const [event] = await echoed;
        const kept = data.view === view && data.deep[0].buffer === buffer;
        socket.disconnect();
        const open = ({ view, deep, floats }) =>
          [view, deep[0].buffer, floats].map(bytes);
        const type = event.view.constructor.name;
        return { ack: open(ack), event: open(event), kept, type };
        """,
        transports,
    )
    expected = [[1, 2, 250], [9, 8], [0, 0, 128, 63]]
    assert result == {"ack": expected, "event": expected, "kept": True, "type": "ArrayBuffer"}


def test_a_blob_is_sent_as_its_bytes(client, transports):
    result = client.run(
        """
        const socket = io("/echo", { transports: given });
        const echoed = next(socket, "echoed");
        socket.emit("echo", new Blob(["perigee"]), "after");
        const [blob, after] = await echoed;
        socket.disconnect();
        return [new TextDecoder().decode(blob), after];
        """,
        transports,
    )
    assert result == ["perigee", "after"]


def test_large_messages_pass(client, transports):
    size = 400_000
    result = client.run(
        """
        const socket = io("/echo", { transports: given });
        const text = await socket.emitWithAck("echo", "x".repeat(given_size));
        const data = await socket.emitWithAck("echo", new Uint8Array(given_size).fill(7));
        socket.disconnect();
        return [text.length, data.byteLength, bytes(data).every((byte) => byte === 7)];
        """.replace("given_size", str(size)),
        transports,
    )
    assert result == [size, size, True]


def test_the_server_may_ask_and_the_page_acks(client, transports):
    result = client.run(
        """
        const socket = io("/echo", { transports: given });
        socket.on("question", (word, data, ack) => {
          ack(`${word}!`);
          ack("a second answer does not count");
        });
        socket.emit("ask", "really", new Uint8Array([1]));
        const answer = await next(socket, "answered");
        socket.disconnect();
        return answer;
        """,
        transports,
    )
    assert result == ["really!"]


def test_namespaces_share_one_connection(client):
    result = client.run(
        """
        const echo = io("/echo", { transports: ["websocket"] });
        const guarded = io("/guarded", { transports: ["websocket"], auth: { word: "perigee" } });
        await Promise.all([next(echo, "connect"), next(guarded, "connect")]);
        const shared = echo.io === guarded.io;
        const answers = [await echo.emitWithAck("echo", 1), await guarded.emitWithAck("whoami")];
        const apart = io("/echo", { transports: ["websocket"], forceNew: true });
        await next(apart, "connect");
        const separate = apart.io !== echo.io;
        guarded.disconnect();
        const alone = await echo.emitWithAck("echo", 2);
        echo.disconnect();
        apart.disconnect();
        return { shared, answers, separate, alone, open: echo.connected };
        """
    )
    assert result == {
        "shared": True,
        "answers": [1, "a friend"],
        "separate": True,
        "alone": 2,
        "open": False,
    }


def test_a_refused_namespace_gives_connect_error_with_data_and_auth_may_be_a_function(client):
    result = client.run(
        """
        let word = "apogee";
        const socket = io("/guarded", { auth: (send) => send({ word }) });
        const [error] = await next(socket, "connect_error");
        const { message, data } = error;
        const refused = [error instanceof Error, message, data, socket.active, socket.connected];
        word = "perigee";
        socket.connect();
        await next(socket, "connect");
        const friend = await socket.emitWithAck("whoami");
        socket.disconnect();
        return { refused, friend };
        """
    )
    assert result["refused"] == [
        True,
        "wrong word",
        {"hint": "the nearest point", "tries": 3},
        False,
        False,
    ]
    assert result["friend"] == "a friend"


def test_an_unknown_namespace_gives_connect_error(client):
    result = client.run(
        """
        const socket = io("/nowhere");
        const [error] = await next(socket, "connect_error");
        return [error instanceof Error, socket.active, socket.connected];
        """
    )
    assert result == [True, False, False]


def test_an_unreachable_server_gives_connect_error_and_the_client_keeps_trying(client):
    result = client.run(
        """
        const tries = { reconnectionDelay: 10, reconnectionAttempts: 2 };
        const socket = io("/echo", { path: "/no/such/endpoint", ...tries });
        const heard = [];
        socket.on("connect_error", (e) => heard.push(e instanceof Error && "connect_error"));
        for (const event of ["reconnect_attempt", "reconnect_error"]) {
          socket.io.on(event, () => heard.push(event));
        }
        await next(socket.io, "reconnect_failed");
        const active = socket.active;
        socket.disconnect();
        return { heard, active };
        """
    )
    cycle = ["reconnect_attempt", "connect_error", "reconnect_error"]
    assert result == {"heard": ["connect_error", *cycle, *cycle], "active": True}


def test_listeners_on_once_off_and_any(client):
    result = client.run(
        """
        const socket = io("/echo", { transports: ["websocket"] });
        const heard = [];
        const first = (n) => heard.push(`on ${n}`);
        const any = (event, n) => heard.push(`any ${event} ${n}`);
        const single = (n) => heard.push(`once ${n}`);
        const never = () => heard.push("never");
        socket.on("echoed", first).once("echoed", single).onAny(any);
        socket.once("echoed", never).off("echoed", never);
        await socket.emitWithAck("echo", 1);
        await socket.emitWithAck("echo", 2);
        socket.off("echoed", first).offAny(any);
        await socket.emitWithAck("echo", 3);
        const left = socket.hasListeners("echoed");
        socket.disconnect();
        return { heard, left };
        """
    )
    assert result["heard"] == ["any echoed 1", "on 1", "once 1", "any echoed 2", "on 2"]
    assert result["left"] is False


def test_what_is_emitted_before_the_connection_waits_for_it_and_volatile_does_not(client):
    result = client.run(
        """
        const socket = io("/echo", { transports: ["websocket"] });
        const heard = [];
        socket.on("echoed", (n) => heard.push(n));
        socket.emit("echo", "first");
        socket.volatile.emit("echo", "lost");
        socket.emit("echo", "second");
        await next(socket, "connect");
        await socket.emitWithAck("echo", "third");
        socket.volatile.emit("echo", "volatile");
        await socket.emitWithAck("echo", "last");
        socket.disconnect();
        return heard;
        """
    )
    assert result == ["first", "second", "third", "volatile", "last"]


def test_an_ack_that_does_not_come_in_time_is_an_error(client):
    result = client.run(
        """
        const socket = io("/echo");
        await next(socket, "connect");
        const call = (ms, ...event) => new Promise((done) =>
          socket.timeout(ms).emit(...event, (...args) => done(args)));
        const [late] = await call(50, "hold");
        const promised = await socket.timeout(50).emitWithAck("hold").catch((error) => error);
        const fine = await call(5000, "echo", 1);
        const value = await socket.timeout(5000).emitWithAck("echo", 2);
        const lost = socket.emitWithAck("hold").catch((error) => error);
        socket.disconnect();
        return [late, promised, await lost].map((error) => error.message).concat(fine, value);
        """
    )
    late = "operation has timed out"
    assert result == [late, late, "socket has been disconnected", None, 1, 2]


def test_reserved_names_are_refused(client):
    result = client.run(
        """
        const socket = io("/echo", { autoConnect: false });
        const names = "connect connect_error disconnect disconnecting newListener removeListener";
        return names.split(" ").map((name) => {
          try { socket.emit(name); return "sent"; } catch (error) { return error.message; }
        });
        """
    )
    assert all("is a reserved event name" in message for message in result)


def test_disconnect_reasons_and_coming_back_by_hand(client):
    result = client.run(
        """
        const socket = io("/echo");
        await next(socket, "connect");
        const reasons = [];
        socket.on("disconnect", (why) => reasons.push([why, socket.active, typeof socket.id]));
        const first = socket.id;
        socket.disconnect();
        socket.connect();
        await next(socket, "connect");
        const changed = socket.id !== first;
        socket.emit("leave");
        await next(socket, "disconnect");
        socket.connect();
        await next(socket, "connect");
        const again = next(socket, "connect");
        socket.io.engine.close();
        await again;
        socket.disconnect();
        return { reasons, changed };
        """
    )
    assert result["changed"]
    assert result["reasons"] == [
        ["io client disconnect", False, "undefined"],
        ["io server disconnect", False, "undefined"],
        ["forced close", True, "undefined"],
        ["io client disconnect", False, "undefined"],
    ]


def test_auto_connect_off_waits_for_connect(client):
    result = client.run(
        """
        const socket = io("/echo", { autoConnect: false });
        const idle = [socket.active, socket.connected];
        socket.open();
        await next(socket, "connect");
        const busy = [socket.active, socket.connected];
        socket.close();
        return { idle, busy };
        """
    )
    assert result == {"idle": [False, False], "busy": [True, True]}


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_comes_back_when_the_server_does(page, bench, client_path, transport):
    with Host.start(**bench) as host:
        page.open(host.url + client_path)
        page.run(
            """
            window.heard = [];
            const soon = { reconnectionDelay: 50, reconnectionDelayMax: 100 };
            window.socket = io("/echo", { transports: [given], ...soon });
            socket.on("disconnect", (reason) => heard.push(reason));
            socket.io.on("reconnect", (attempt) => heard.push(attempt >= 1));
            await next(socket, "connect");
            window.before = socket.id;
            """,
            transport,
        )
        host.kill()
        page.wait(lambda page: page.run("return socket.disconnected && socket.active"))
        page.run("socket.emit('echo', 'waited')")
        host.restart()
        result = page.run(
            """
            const [value] = socket.connected ? ["waited"] : await next(socket, "echoed");
            const renewed = socket.id !== before;
            socket.disconnect();
            return { heard, value, renewed };
            """
        )
    assert result["heard"][0] in ("transport close", "transport error")
    assert result["heard"][1] is True
    assert result["value"] == "waited" and result["renewed"]
