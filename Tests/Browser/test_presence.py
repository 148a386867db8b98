"""Who is present, as pages see it: the events with both clients, and what the own one makes of them."""

UNTIL = """
    const until = async (condition) => {
      while (!condition()) await new Promise((done) => setTimeout(done, 5));
    };
"""

COME_AND_GO = UNTIL + """
    const [one, other] = [0, 1].map(() => io("/people", { forceNew: true }));
    await Promise.all([one, other].map((socket) => next(socket, "connect")));
    const heard = [];
    for (const event of ["presence_state", "presence_diff"]) {
      one.on(event, (channel, value) => heard.push([event, channel, value]));
    }
    await one.emitWithAck("enter", "room", "ann", { mood: "fine" });
    await until(() => heard.length === 1);
    await other.emitWithAck("enter", "room", "bob");
    await until(() => heard.length === 2);
    await other.emitWithAck("enter", "hall", "bob");
    await other.emitWithAck("quit", "room");
    await until(() => heard.length === 3);
    await one.emitWithAck("enter", "room", "ann", { mood: "busy" });
    await until(() => heard.length === 4);
    one.disconnect();
    other.disconnect();
    return heard;
"""


def test_both_clients_get_the_events(client):
    heard = client.run(COME_AND_GO)
    assert [event[:2] for event in heard] == [
        ["presence_state", "room"], *[["presence_diff", "room"]] * 3,
    ]  # fmt: skip
    state, came, went, update = [value for _, _, value in heard]
    ann, bob = state["ann"]["metas"][0], came["joins"]["bob"]["metas"][0]
    assert ann == {"ref": ann["ref"], "mood": "fine"} and bob == {"ref": bob["ref"]}
    assert went == {"joins": {}, "leaves": {"bob": {"metas": [bob]}}}
    assert update["leaves"] == {"ann": {"metas": [ann]}}
    assert update["joins"]["ann"]["metas"][0]["mood"] == "busy"


def test_people_may_be_called_like_what_every_object_has(page, bench_host):
    page.open(bench_host.url + "/")
    people = page.run(
        UNTIL
        + """
        const [one, other] = [0, 1].map(() => io("/people", { forceNew: true }));
        await Promise.all([one, other].map((socket) => next(socket, "connect")));
        const room = one.presence("attic");
        const keys = () => Object.keys(room.people).sort();
        await one.emitWithAck("enter", "attic", "constructor");
        await until(() => keys().length === 1);
        await other.emitWithAck("enter", "attic", "__proto__");
        await until(() => keys().length === 2);
        const there = keys();
        await other.emitWithAck("quit", "attic");
        await until(() => keys().length === 1);
        const left = keys();
        one.disconnect();
        other.disconnect();
        return [there, left];
        """
    )
    assert people == [["__proto__", "constructor"], ["constructor"]]


def test_the_own_client_keeps_who_is_there(page, bench_host):
    page.open(bench_host.url + "/")
    changes = page.run(
        UNTIL
        + """
        const [one, other] = [0, 1].map(() => io("/people", { forceNew: true }));
        await Promise.all([one, other].map((socket) => next(socket, "connect")));
        const changes = [];
        const told = () => Object.entries(room.people).map(([key, metas]) => [key, metas.length]);
        const room = one.presence("room").onChange(() => changes.push(told()));
        await one.emitWithAck("enter", "room", "ann", { mood: "fine" });
        await until(() => changes.length === 1);
        await other.emitWithAck("enter", "room", "ann");
        await until(() => changes.length === 2);
        await other.emitWithAck("enter", "hall", "bob");
        await one.emitWithAck("enter", "room", "ann", { mood: "busy" });
        await until(() => changes.length === 3);
        await other.emitWithAck("enter", "room", "bob");
        await until(() => changes.length === 4);
        await other.emitWithAck("quit", "room");
        await until(() => changes.length === 5);
        const last = room.people.ann[0].mood;
        room.close();
        await other.emitWithAck("enter", "room", "bob");
        await one.emitWithAck("enter", "room", "ann", { mood: "gone" });
        one.disconnect();
        other.disconnect();
        return { changes, last };
        """
    )
    assert changes["changes"] == [
        [["ann", 1]], [["ann", 2]], [["ann", 2]],
        [["ann", 1], ["bob", 1]], [["ann", 1]],
    ]  # fmt: skip
    assert changes["last"] == "busy"
