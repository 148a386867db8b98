"""Widgets: elements whose template an app declares, rendered by the host or added by a script."""

import json

import pytest

TEMPLATE = """<button on-click="ping: {{label}}">{{label || 'Ping'}}</button>
<ol>{{#each messages}}<li>{{.}}</li>{{/each}}</ol>"""
PONG = "this.socket.on('pong', (sound) => this.get('messages').push(sound));"
DECLARED = {"widgets": {"table": {
    "app": "app", "name": "table", "namespace": "/app/table", "template": TEMPLATE,
    "partials": {}, "params": ["messages", "label"], "extends": None, "schemas": {},
    "styles": ["/app/table.css"], "scripts": ["/app/_widgets/table.js"],
}}}


@pytest.fixture
def serve(page, pages):
    pages.files["/app/_widgets.json"] = ("application/json", json.dumps(DECLARED))
    pages.files["/app/table.css"] = ("text/css", "ol { color: rgb(1, 2, 3); }")
    pages.files["/app/_widgets/table.js"] = (
        "text/javascript", f"perigee.widget('app/table', function () {{ {PONG} }});")

    def open_page(body, setup="", **more):
        return pages.show(page, body, setup, **more)

    yield open_page
    assert page.console_errors() == []


def pong(page, sound, namespace="/app/table"):
    page.run("fake.sockets[given[0]].receive('pong', given[1])", [namespace, sound])


def test_a_widget_is_fetched_with_its_styles_and_scripts(serve):
    page = serve("<perigee-widget name=table app=app label=Hit messages='[\"one\"]'></perigee-widget>")
    page.wait(lambda page: page.texts("li") == ["one"])
    assert page.texts("button") == ["Hit"]
    pong(page, "two")
    assert page.texts("li") == ["one", "two"]
    assert page.run("return getComputedStyle(document.querySelector('ol')).color") == "rgb(1, 2, 3)"
    page.find("button").click()
    assert page.run("return [fake.sent[0].event, fake.sent[0].args]") == ["ping", ["Hit"]]


def test_several_of_a_kind_are_apart_and_have_names(serve):
    page = serve("""<perigee-widget name=table app=app messages='[]'></perigee-widget>
      <perigee-widget name=table app=app messages='["b"]'></perigee-widget>
      <perigee-widget name=table app=app id=mine messages='["c"]'></perigee-widget>""")
    page.wait(lambda page: page.texts("li") == ["b", "c"])
    assert page.run("return Object.keys(perigee.widgets).sort()") == ["mine", "table1", "table2"]
    assert page.run("return document.RAWidgets.mine.get('messages')") == ["c"]
    assert page.run("return document.scripts.length - 3") == 1
    assert page.run("return Object.keys(fake.sockets)") == ["/app/table"]
    page.run("perigee.widgets.table1.push('messages', 'a')")
    assert page.texts("li") == ["a", "b", "c"]


def test_a_rendered_widget_is_taken_over(serve):
    data = {"widgets": [{
        "app": "app", "name": "table", "id": "table1", "namespace": "/app/table",
        "template": TEMPLATE, "partials": {}, "schemas": {}, "data": {"messages": ["</script>"]},
        "scripts": ["/app/_widgets/table.js"], "styles": [],
    }]}
    body = """<script src="/app/_widgets/table.js" defer></script>
      <perigee-widget name=table id=table1><button>Ping</button>
<ol><li>&lt;/script&gt;</li></ol></perigee-widget>"""
    page = serve(body, "document.querySelector('li').mark = 'kept'", data=data)
    page.wait(lambda page: page.run("return Boolean(perigee.widgets.table1)"))
    pong(page, "two")
    assert page.texts("li") == ["</script>", "two"]
    assert page.run("return document.querySelector('li').mark") == "kept"


def test_a_derived_widget_runs_what_its_base_runs_first(serve, pages):
    pages.files["/app/_widgets/base.js"] = (
        "text/javascript", "perigee.widget('app/base', function () { this.set('messages', [1]); });")
    pages.files["/app/_widgets/table.js"] = (
        "text/javascript", "perigee.widget('app/table', function () { this.push('messages', 2); });")
    derived = {**DECLARED["widgets"]["table"],
               "scripts": ["/app/_widgets/base.js", "/app/_widgets/table.js"]}
    pages.files["/app/_widgets.json"] = (
        "application/json", json.dumps({"widgets": {"table": derived}}))
    page = serve("<perigee-widget name=table app=app></perigee-widget>")
    page.wait(lambda page: page.texts("li") == ["1", "2"])


def test_a_widget_may_show_a_model_of_another_namespace(serve):
    setup = "fake.model('log', { messages: ['x'], label: 'Go' }, '/other');"
    page = serve("<perigee-widget name=table app=app bind='/other#log'></perigee-widget>", setup)
    page.wait(lambda page: page.texts("li") == ["x"])
    page.run("fake.publish('log', [{ op: 'add', path: '/messages/-', value: 'y' }])")
    assert page.texts("li") == ["x", "y"]
    page.find("button").click()
    page.wait(lambda page: page.run("return fake.sent.at(-1).event") == "ping")
    assert page.run("return Object.keys(fake.sockets).sort()") == ["/app/table", "/other"]


def test_a_widget_that_moves_lives_on_and_one_that_goes_ends(serve):
    page = serve("<perigee-widget name=table app=app messages='[1]'></perigee-widget><main></main>")
    page.wait(lambda page: page.texts("li") == ["1"])
    page.run("document.querySelector('main').append(document.querySelector('perigee-widget'))")
    pong(page, "2")
    assert page.texts("main li") == ["1", "2"]
    page.run("document.querySelector('main').textContent = ''")
    assert page.run("return [Object.keys(perigee.widgets), perigee.bindings.length]") == [[], 0]
    page.run("""document.querySelector("main").innerHTML =
      "<perigee-widget name=table app=app messages='[3]'></perigee-widget>" """)
    page.wait(lambda page: page.texts("li") == ["3"])


def test_a_widget_that_is_not_declared_is_an_error_and_spares_the_others(page, pages, serve):
    serve("""<perigee-widget name=none app=app></perigee-widget>
      <perigee-widget name=table app=app messages='[1]'></perigee-widget>""")
    page.wait(lambda page: page.texts("li") == ["1"])
    assert any("has no widget" in message for message in page.console_errors())
