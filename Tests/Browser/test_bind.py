"""Elements that follow a model: rendered and live, patches, fields, intents, what is left after."""

import json

import pytest

TODOS = """
  fake.model("todos", { title: "Home", items: [
    { id: 1, title: "Tea", done: false }, { id: 2, title: "Jam", done: true }] });
"""
LIST = """
<div id="app" bind="/app#todos" template="#list"></div>
<script type="text/ractive" id="list"><h1>{{title}}</h1>
<p id="state">{{$connected ? 'live' : 'off'}} {{$pending}} {{$error}}</p>
<ul>{{#each items}}<li><input type="checkbox" checked="{{done}}">
<input class="name" value="{{title}}"><b>{{title}}</b></li>{{else}}<li>nothing</li>{{/each}}</ul>
</script>
"""


@pytest.fixture
def show(page, pages):
    def open_page(body=LIST, setup=TODOS, **more):
        return pages.show(page, body, setup, **more)

    yield open_page
    assert page.console_errors() == []


@pytest.fixture
def todos(show):
    page = show()
    page.wait(lambda page: page.texts("b") == ["Tea", "Jam"])
    return page


def names(page):
    return page.run("return [...document.querySelectorAll('.name')].map((field) => field.value)")


def sent(page, event):
    """The arguments of each such event so far."""
    return page.run(
        "return fake.sent.filter((it) => it.event === given).map((it) => it.args)", event)


def publish(page, patch, document):
    page.run("fake.publish('todos', given.patch, given.document)",
             {"patch": patch, "document": document})


def error(page):
    return page.run("return perigee.bindings[0].get('$error')")


def pending(page):
    return page.run("return perigee.bindings[0].get('$pending')")


def test_an_element_shows_its_model_and_follows_patches(todos):
    assert todos.texts("h1") == ["Home"]
    todos.wait(lambda page: page.texts("#state")[0].startswith("live"))
    todos.run("document.querySelectorAll('li')[1].mark = 'kept'")
    publish(todos, [
        {"op": "replace", "path": "/title", "value": "Away"},
        {"op": "add", "path": "/items/0", "value": {"id": 3, "title": "Rope", "done": False}},
        {"op": "replace", "path": "/items/2/title", "value": "Jam!"},
        {"op": "move", "from": "/items/2", "path": "/items/0"},
    ], {})
    assert todos.texts("h1") == ["Away"]
    assert todos.texts("b") == ["Jam!", "Rope", "Tea"]
    assert todos.run("return document.querySelector('li').mark") == "kept"
    publish(todos, [{"op": "replace", "path": "", "value": {"items": []}}], {})
    assert todos.texts("h1") == [""]
    assert todos.texts("li") == ["nothing"]


def test_a_rendered_page_is_taken_over_and_catches_up_from_its_position(show):
    document = {"title": "Home", "items": [{"id": 1, "title": "Tea", "done": True}]}
    later = {"title": "Home", "items": [{"id": 1, "title": "Coffee", "done": True}]}
    data = {"bindings": [{
        "namespace": "/app", "model": "todos", "channel": "model:todos", "schemas": {},
        "position": "epochone:1", "snapshot": document,
        "template": "<h1>{{title}}</h1>{{#each items}}<b>{{title}}</b>{{/each}}",
    }]}
    body = '<div id="app" bind="/app#todos" data-perigee="0"><h1>Home</h1><b>Tea</b></div>'
    setup = f"""
      const rename = (title) => [{{ op: "replace", path: "/items/0/title", value: title }}];
      fake.model("todos", {{}});
      fake.publish("todos", rename("Tea"), {{}});
      fake.publish("todos", rename("Coffee"), {later!r});
      document.querySelector("b").mark = "kept";
    """.replace("True", "true")
    page = show(body, setup, data=data)
    page.wait(lambda page: page.texts("b") == ["Coffee"])
    assert page.run("return document.querySelector('b').mark") == "kept"
    assert sent(page, "subscribe") == [[{"channel": "model:todos", "position": "epochone:1"}]]


def test_patches_that_are_known_are_ignored_and_a_gap_is_fetched_anew(todos):
    renamed = {"title": "Shed", "items": []}
    todos.run("""
      fake.publish("todos", [{ op: "replace", path: "/title", value: "Barn" }], given);
      const [message, place] = fake.models.todos.history[0];
      fake.sockets["/app"].receive("pubblication", { patch: [
        { op: "replace", path: "/title", value: "never" }] }, place);
    """, renamed)
    assert todos.texts("h1") == ["Barn"]
    todos.run("""
      fake.models.todos.offset += 3;
      fake.publish("todos", [{ op: "replace", path: "/title", value: "skipped" }], given);
    """, renamed)
    todos.wait(lambda page: page.texts("h1") == ["Shed"])
    assert [args[0]["position"] for args in sent(todos, "subscribe")] == ["", ""]


@pytest.mark.parametrize("message", [
    {"reset": True},
    {"patch": [{"op": "remove", "path": "/items/7"}]},
    {"patch": [{"op": "add", "path": "/__proto__/x", "value": 1}]},
    {"patch": [{"op": "twist", "path": "/title"}]},
    {"patch": [{"op": "replace", "path": "/title", "value": "half"},
               {"op": "remove", "path": "/x"}]},
    {"patch": "none"},
    None,
], ids=str)
def test_what_does_not_fit_is_fetched_anew(todos, message):
    todos.run("""
      fake.models.todos.offset += 1;
      fake.models.todos.document = { title: "Whole", items: [] };
      fake.sockets["/app"].receive("pubblication", given,
        { channel: "model:todos", position: fake.position("todos") });
    """, message)
    todos.wait(lambda page: page.texts("h1") == ["Whole"])
    assert todos.run("return {}.x") is None


def test_after_a_disconnection_the_missed_patches_come(todos):
    todos.run("fake.sockets['/app'].drop()")
    assert todos.texts("#state")[0].startswith("off")
    publish(todos, [{"op": "replace", "path": "/title", "value": "Later"}], {})
    assert todos.texts("h1") == ["Home"]
    todos.run("fake.sockets['/app'].open()")
    todos.wait(lambda page: page.texts("h1") == ["Later"])
    assert sent(todos, "subscribe")[-1][0]["position"] == "epochone:0"


def test_a_checkbox_is_an_intent_that_the_patch_confirms(todos):
    todos.run("fake.holdsAnswers = true")
    todos.find("input[type=checkbox]").click()
    [intent] = sent(todos, "change")
    assert intent == [{"model": "todos", "key": None, "path": "/items/0/done", "field": "done",
                       "id": 1, "value": True}]
    assert pending(todos) == 1
    assert todos.find("input[type=checkbox]").is_selected()
    publish(todos, [{"op": "add", "path": "/items/0", "value": {"title": "New", "done": False}},
                    {"op": "replace", "path": "/items/1/done", "value": True}], {})
    boxes = "return [...document.querySelectorAll('[type=checkbox]')].map((box) => box.checked)"
    assert todos.run(boxes) == [False, True, True]
    todos.run("fake.sent.at(-1).answer(true)")
    assert pending(todos) == 0
    todos.run("await new Promise((done) => setTimeout(done, 200))")
    assert todos.run(boxes) == [False, True, True]


@pytest.mark.parametrize("refusal, message", [
    ("fake.sent.at(-1).answer(false, 'not yours')", "not yours"),
    ("fake.sent.at(-1).answer(false)", "refused"),
    ("fake.sent.at(-1).refuse('not_allowed', 'only admins')", "only admins"),
    ("fake.sent.at(-1).refuse('internal_error')", "internal_error"),
], ids=["ack with message", "ack", "error event", "error without message"])
def test_a_refused_change_goes_back_to_what_is_confirmed(todos, refusal, message):
    todos.run("fake.holdsAnswers = true")
    todos.find("input[type=checkbox]").click()
    publish(todos, [{"op": "remove", "path": "/items/1"}], {})
    todos.run(refusal)
    assert error(todos) == message
    assert not todos.find("input[type=checkbox]").is_selected()
    assert pending(todos) == 0


def test_a_change_without_an_answer_goes_back_once_that_is_certain(todos):
    todos.run("fake.holdsAnswers = true")
    todos.find("input[type=checkbox]").click()
    todos.run("fake.sent.at(-1).expire()")
    todos.wait(lambda page: not page.find("input[type=checkbox]").is_selected())
    assert error(todos) == "no answer from the server"


def test_a_change_that_is_lost_with_the_connection_is_not_sent_again(todos):
    todos.run("fake.holdsAnswers = true")
    todos.find("input[type=checkbox]").click()
    todos.run("fake.sockets['/app'].drop()")
    assert todos.find("input[type=checkbox]").is_selected()
    todos.run("fake.holdsAnswers = false; fake.sockets['/app'].open()")
    todos.wait(lambda page: not page.find("input[type=checkbox]").is_selected())
    assert len(sent(todos, "change")) == 1


def test_a_change_made_while_away_is_sent_when_the_model_is_back(todos):
    todos.run("fake.sockets['/app'].drop()")
    todos.find("input[type=checkbox]").click()
    assert sent(todos, "change") == []
    row = {"id": 9, "title": "First", "done": False}
    publish(todos, [{"op": "add", "path": "/items/0", "value": row}], {})
    todos.run("fake.holdsAnswers = false; fake.sockets['/app'].open()")
    todos.wait(lambda page: sent(page, "change"))
    [[intent]] = sent(todos, "change")
    assert (intent["path"], intent["id"], intent["value"]) == ("/items/1/done", 1, True)


def test_a_change_made_while_away_does_not_reach_another_row(todos):
    todos.run("fake.sockets['/app'].drop()")
    todos.find("input[type=checkbox]").click()
    todos.run("""
      fake.models.todos.epoch = "epochtwo";
      fake.models.todos.document = { items: [{ id: 7, title: "Other", done: false }] };
      fake.sockets["/app"].open();
    """)
    todos.wait(lambda page: page.texts("b") == ["Other"])
    todos.run("await new Promise((done) => setTimeout(done, 50))")
    assert sent(todos, "change") == []
    assert not todos.find("input[type=checkbox]").is_selected()


def stop_time(page):
    """Keeps timers back; the server's answers too. `timers` are the page's, as `[callback, ms]`."""
    page.run("""
      await new Promise((done) => setTimeout(done, 150));
      window.timers = [];
      window.setTimeout = (callback, ms) => timers.push([callback, ms]);
      window.clearTimeout = (number) => { if (number) timers[number - 1] = null; };
      fake.holdsAnswers = true;
    """)


def test_typing_is_sent_after_a_pause_and_on_leaving(todos):
    stop_time(todos)
    field = todos.find(".name")
    field.send_keys("!")
    assert todos.texts("b") == ["Tea!", "Jam"]
    field.send_keys("?")
    assert sent(todos, "change") == []
    todos.run("for (const [callback, ms] of timers.filter(Boolean)) if (ms === 300) callback()")
    assert [args[0]["value"] for args in sent(todos, "change")] == ["Tea!?"]
    field.send_keys("s\t")
    assert [args[0]["value"] for args in sent(todos, "change")] == ["Tea!?", "Tea!?s"]


def test_what_is_being_typed_stays_while_everything_around_it_changes(todos):
    stop_time(todos)
    field = todos.find_all(".name")[1]
    field.click()
    field.send_keys("y")
    todos.run("document.activeElement.setSelectionRange(1, 2)")
    first = {"id": 4, "title": "Oat", "done": False}
    publish(todos, [
        {"op": "add", "path": "/items/0", "value": first},
        {"op": "replace", "path": "/items/2/title", "value": "Remote"},
        {"op": "move", "from": "/items/2", "path": "/items/0"},
        {"op": "remove", "path": "/items/2"},
    ], {})
    state = """
      const { value, selectionStart, selectionEnd } = document.activeElement;
      return [value, selectionStart, selectionEnd];
    """
    assert todos.run(state) == ["Jamy", 1, 2]
    assert names(todos) == ["Jamy", "Oat"]
    assert sent(todos, "change") == []
    field.send_keys("x")
    todos.find("h1").click()
    [[intent]] = sent(todos, "change")
    assert (intent["path"], intent["value"]) == ("/items/0/title", "Jxmy")
    todos.run("fake.sent.at(-1).answer(false, 'no')")
    assert names(todos) == ["Remote", "Oat"]


@pytest.mark.parametrize("patch", [
    [{"op": "replace", "path": "/items/0/id", "value": 9},
     {"op": "replace", "path": "/items/0/title", "value": "Nails"}],
    [{"op": "replace", "path": "/items/0", "value": {"id": 9, "title": "Nails", "done": False}}],
    [{"op": "replace", "path": "/items", "value": [{"id": 9, "title": "Nails", "done": False},
                                                   {"id": 2, "title": "Jam", "done": True}]}],
], ids=["members", "row", "list"])
def test_typing_in_a_row_that_becomes_another_one_is_not_that_ones(todos, patch):
    stop_time(todos)
    todos.find(".name").send_keys("!")
    publish(todos, patch, {})
    assert names(todos) == ["Nails", "Jam"]
    todos.run("timers.filter(Boolean).forEach(([callback]) => callback())")
    assert sent(todos, "change") == []


def test_typing_in_a_row_that_goes_away_sends_nothing(todos):
    stop_time(todos)
    todos.find(".name").send_keys("!")
    publish(todos, [{"op": "remove", "path": "/items/0"}], {})
    assert names(todos) == ["Jam"]
    todos.run("timers.filter(Boolean).forEach(([callback]) => callback())")
    assert sent(todos, "change") == []


def test_another_event_can_be_named_for_changes(show):
    page = show("""<div bind="/app#todos" template="#one"></div>
      <script type="text/ractive" id="one">
      <p data-change="rename"><input value="{{title}}"></p></script>""")
    field = page.wait(lambda page: page.find("input"))
    field.send_keys("s\t")
    page.wait(lambda page: sent(page, "rename"))
    assert sent(page, "rename")[0][0]["path"] == "/title"


def test_local_data_stay_local(show):
    page = show("""<div bind="/app#todos"><input id="draft" value="{{$draft}}"><b>{{$draft}}</b>
      <button on-click="@this.toggle('$open')">more</button>{{#if $open}}<i>open</i>{{/if}}
      <u>{{$query.room}}</u></div>""", query="?room=hall")
    page.wait(lambda page: page.find("#draft")).send_keys("hm\t")
    page.find("button").click()
    page.run("fake.publish('todos', [{ op: 'replace', path: '', value: { $draft: 'x' } }], {})")
    assert (page.texts("b"), page.texts("i"), page.texts("u")) == (["hm"], ["open"], ["hall"])
    assert [it["event"] for it in page.run("return fake.sent")] == ["subscribe"]


def test_events_of_the_template_go_to_the_server_unless_the_page_takes_them(show):
    page = show('<div id="here"></div>', TODOS + """
      document.addEventListener("DOMContentLoaded", () => {
        window.binding = perigee.bind(document.getElementById("here"), "/app#todos", {
          template: `{{#each items}}<button on-click="pick: {{id}}, {{title}}">{{title}}</button>
            {{/each}}<a href="#" on-click="here: 1">here</a>`,
          on: { here(context, n) { window.taken = n; return false; } },
        });
      });
    """)
    page.wait(lambda page: len(page.find_all("button")) == 2)
    page.find_all("button")[1].click()
    page.find("a").click()
    assert sent(page, "pick") == [[2, "Jam"]]
    assert sent(page, "here") == []
    assert page.run("return window.taken") == 1


def test_events_wait_for_the_connection(todos):
    todos.run("""
      fake.sockets["/app"].drop();
      perigee.bindings[0].send("tidy", 1).then((outcome) => { window.outcome = outcome; });
    """)
    assert sent(todos, "tidy") == []
    assert pending(todos) == 1
    todos.run("fake.sockets['/app'].open()")
    todos.wait(lambda page: sent(page, "tidy") == [[1]] and pending(page) == 0)
    assert todos.run("return window.outcome") == {"isDone": True, "answer": []}


def test_refusals_find_the_event_that_they_belong_to(todos):
    todos.run("""
      fake.holdsAnswers = true;
      window.outcomes = [];
      for (const n of [0, 1, 2]) {
        perigee.bindings[0].send("act", n).then(({ message }) => outcomes.push([n, message]));
      }
      fake.sent.at(-2).refuse("no", "not this one");
      fake.sent.at(-1).answer();
      fake.sent.at(-3).answer(false, "nor this");
    """)
    assert todos.run("return outcomes") == [[1, "not this one"], [2, None], [0, "nor this"]]


def test_bindings_of_one_model_share_a_subscription_and_show_the_same(show):
    one = '<div bind="/app#todos" template="#one"></div>'
    page = show(one * 2 + """<script type="text/ractive" id="one">
      <input value="{{title}}"><h2>{{title}}: {{items.0.title}}</h2></script>""")
    page.wait(lambda page: page.texts("h2") == ["Home: Tea"] * 2)
    assert len(sent(page, "subscribe")) == 1
    page.run("fake.holdsAnswers = true")  # an answered change would show the server's title again
    page.find("input").send_keys("!")
    assert page.texts("h2") == ["Home!: Tea"] * 2
    page.run("""fake.publish("todos", [{ op: "replace", path: "/items/0/title", value: "Rum" }])""")
    assert page.texts("h2") == ["Home!: Rum"] * 2
    page.run("perigee.unbind(document.querySelector('[bind]'))")
    assert page.texts("h2") == ["Home!: Rum"]
    assert page.run("return perigee.bindings.length") == 1


def test_an_unbound_element_leaves_nothing_behind(todos):
    todos.run("perigee.unbind(document.getElementById('app'))")
    assert todos.run("return document.getElementById('app').innerHTML") == ""
    assert [it["event"] for it in todos.run("return fake.sent")] == ["subscribe", "unsubscribe"]
    assert todos.run("return [perigee.bindings.length, fake.sockets['/app'].active]") == [0, False]
    publish(todos, [{"op": "replace", "path": "/title", "value": "Gone"}], {})
    todos.run("perigee.bind(document.getElementById('app'), '/app#todos', { template: '#list' })")
    todos.wait(lambda page: page.texts("b") == ["Tea", "Jam"] or page.texts("h1") == [""])


def test_an_element_that_data_has_called_like_the_pages_data_is_none(show):
    """Its text would be the page's template otherwise, and run."""
    evil = {"bindings": [{"namespace": "/app", "template": "{{{'<b>taken over</b>'}}}"}]}
    real = {"bindings": [{
        "namespace": "/app", "model": "todos", "channel": "model:todos", "schemas": {},
        "position": "", "snapshot": {"title": "Home"}, "template": "<h1>{{title}}</h1>",
    }]}
    text = json.dumps(evil).replace("<", "&lt;")
    page = show(
        f'<h3 id="perigee-page">{text}</h3>'
        '<div id="app" bind="/app#todos" data-perigee="0"><h1>Home</h1></div>', data=real)
    page.wait(lambda page: sent(page, "subscribe"))
    assert page.texts("h1") == ["Home"] and page.texts("b") == []


def test_a_model_that_is_refused_for_a_while_is_asked_for_again(show):
    page = show(setup=TODOS + """
      const { subscribe } = fake;
      fake.refusals = [["overloaded", "too busy"], ["internal_error", "internal error"]];
      fake.subscribe = (record) => {
        const refusal = fake.refusals.shift();
        if (refusal) record.refuse(...refusal);
        else subscribe(record);
      };
      const { setTimeout } = window;
      window.setTimeout = (callback, ms) => setTimeout(callback, ms > 999 ? 20 : ms);
    """)
    page.wait(lambda page: page.texts("b") == ["Tea", "Jam"])
    assert len(sent(page, "subscribe")) == 3


def test_a_page_that_is_not_let_in_for_a_while_comes_back(show):
    page = show(setup=TODOS + """
      fake.startsConnected = false;
      const { setTimeout } = window;
      window.setTimeout = (callback, ms) => setTimeout(callback, ms > 999 ? 20 : ms);
    """)
    page.run("""
      const socket = fake.sockets["/app"];
      let tries = 0;
      socket.connect = () => {
        socket.active = true;
        if (++tries === 3) return socket.open();
        socket.active = false;
        socket.receive("connect_error", { message: "Invalid namespace" });
      };
      socket.active = false;
      socket.receive("connect_error", { message: "Invalid namespace" });
    """)
    page.wait(lambda page: page.texts("b") == ["Tea", "Jam"])


def test_who_is_turned_away_by_the_script_stays_away(show):
    page = show(setup=TODOS + "fake.startsConnected = false;")
    page.run("""
      const socket = fake.sockets["/app"];
      window.tries = 0;
      socket.connect = () => { tries += 1; };
      socket.active = false;
      const { setTimeout } = window;
      window.setTimeout = (callback) => setTimeout(callback, 1);
      socket.receive("connect_error", { message: "not you" });
      await new Promise((done) => setTimeout(done, 100));
    """)
    assert page.run("return tries") == 0 and error(page) == "not you"


def test_what_waits_for_a_connection_is_told_when_its_binding_ends(show):
    page = show(setup=TODOS + "fake.startsConnected = false;")
    told = page.run("""
      const asked = perigee.bindings[0].send("save", 1);
      perigee.unbind(document.querySelector("#app"));
      return Promise.race([asked.then(({ isLost }) => isLost ? "lost" : "done"),
        new Promise((done) => setTimeout(done, 2000, "nothing"))]);
    """)
    assert told == "lost"


def test_a_refused_model_shows_why(show):
    page = show("""<div bind="/app#secret"><p>{{$error}}</p></div>""")
    page.wait(lambda page: page.texts("p") == ["there is no such model"])


def test_a_keyed_model_is_asked_for_by_its_key(show):
    setup = "fake.model('room:hall: 1', { topic: 'Tea' });"
    page = show("""<div bind="/app#room:hall: 1"><input value="{{topic}}"></div>""", setup)
    field = page.wait(lambda page: page.find("input"))
    assert sent(page, "subscribe") == [[{"channel": "model:room", "position": ""}, "hall: 1"]]
    field.send_keys("!\t")
    page.wait(lambda page: sent(page, "change"))
    [[intent]] = sent(page, "change")
    assert (intent["model"], intent["key"]) == ("room", "hall: 1")


def test_an_address_that_is_none_is_an_error_and_spares_the_others(page, pages):
    pages.show(page, '<div bind="todos">x</div>' + LIST, TODOS)
    page.wait(lambda page: page.texts("b") == ["Tea", "Jam"])
    assert any("/namespace#model" in message for message in page.console_errors())


def test_templates_come_from_elements_within_or_the_contents(show):
    page = show("""
      <div bind="/app#todos"><script type="text/ractive"><b>{{title}}</b></script></div>
      <div bind="/app#todos"><template><b>{{items.length > 1 && title}}</b></template></div>
      <div bind="/app#todos"><b>{{items.length &gt; 1 ? title : ""}}</b></div>""")
    page.wait(lambda page: page.texts("b") == ["Home"] * 3)
