"""Events of the page and of instances, in the styles of 2014 and of today."""

import pytest

START = """
const out = document.getElementById("out");
const show = (template, data, more) => new Ractive({ el: out, template, data, ...more });
const nodes = (selector) => [...out.querySelectorAll(selector)];
const log = [];
"""


@pytest.fixture
def run(ractive):
    return lambda script, given=None: ractive.run(START + script, given)


@pytest.mark.parametrize(
    "attribute, wanted",
    [
        ("on-click='pick'", ["pick"]),
        ("on-click='pick:{{id}},{{@index}}, text, 1'", ["pick", 7, 1, "text", 1]),
        ("""on-click="['pick', id, i]\"""", ["pick", 7, 1]),
        ("on-click='{{kind}}: {{id}}'", ["pick", 7]),
        ("on-dblclick-click='pick'", ["pick"]),
    ],
)
def test_events_of_rows_fire_with_their_arguments(run, attribute, wanted):
    assert run(
        """
        const page = show(`{{#each rows:i}}<p><b ${given}>x</b></p>{{/each}}`,
          { rows: [{ id: 5 }, { id: 7 }], kind: "pick" });
        page.on("pick", function (event, ...rest) {
          const { original, node, name, keypath, context, index } = event;
          log.push([name, ...rest]);
          log.push([this === page, original.type, node.nodeName, keypath, context.id, index.i, +index]);
        });
        nodes("b")[1].click();
        return log;
        """,
        attribute,
    ) == [wanted, [True, "click", "B", "rows.1", 7, 1, 1]]


def test_method_calls_and_relative_keypaths(run):
    assert run(
        """
        const page = show(
          "{{#each rows}}<p><a on-click=\\"@this.push('log', @index, label)\\">1</a>"
            + "<a on-click='@this.toggle(@keypath + \\".done\\")'>2</a><a on-click='own(label)'>3</a>"
            + "<a on-click='remove'>4</a></p>{{/each}}",
          { rows: [{ label: "a", done: false }, { label: "b", done: false }], log: [] },
          { own(label) { this.push("log", label); },
            on: { remove(event) { event.set(".label", event.get(".label") + event.get("~/rows.length"));
              log.push(event.resolve("./label"), event.resolve()); } } });
        nodes("p")[1].querySelectorAll("a").forEach((node) => node.click());
        return [page.get("log"), page.get("rows"), log];
        """
    ) == [
        [1, "b", "b"],
        [{"label": "a", "done": False}, {"label": "b2", "done": True}],
        ["rows.1.label", "rows.1"],
    ]


@pytest.mark.parametrize("around", ["<div>{{#each one}}%s{{/each}}</div>", "%s"], ids=["row", "page"])
def test_false_prevents_and_stops(run, around):
    assert run(
        """
        const page = show(given, { one: [1] }, { on: {
          outer() { log.push("outer"); },
          inner() { log.push("inner"); return false; },
          through() { log.push("through"); },
        } });
        out.addEventListener("click", ({ defaultPrevented }) => log.push(`out ${defaultPrevented}`));
        nodes("i")[0].click();
        nodes("u")[0].click();
        return log;
        """,
        around % "<p on-click='outer'><i on-click='inner'>x</i><u on-click='through'>y</u></p>",
    ) == ["inner", "through", "outer", "out false"]


def test_events_that_do_not_bubble_reach_rows(run):
    assert run(
        """
        show("{{#each rows}}<input on-focus='seen: focus' on-mouseenter='seen: enter'>{{/each}}",
          { rows: [1, 2] }, { on: { seen: (event, what) => log.push(what, event.keypath) } });
        const [, field] = nodes("input");
        field.dispatchEvent(new FocusEvent("focus"));
        field.dispatchEvent(new MouseEvent("mouseenter"));
        return log;
        """
    ) == ["focus", "rows.1", "enter", "rows.1"]


def test_rows_within_rows_hear_their_own_events(run):
    assert run(
        """
        const page = show(
          "<ul>{{#each rows}}<li>{{#if open}}{{#each kids}}{{>kid}}{{/each}}{{/if}}</li>{{/each}}</ul>"
            + "{{#partial kid}}<b on-click='hit'>{{.}}</b>{{/partial}}",
          { rows: [{ open: true, kids: [1, 2] }, { open: false, kids: [3, 4] }] },
          { on: { hit: ({ keypath }) => log.push(keypath) } });
        page.toggle("rows.1.open");
        page.reverse("rows");
        nodes("b").forEach((node) => node.click());
        return [log, Ractive.getContext(nodes("b")[1]).keypath, page.getContext("b").keypath];
        """
    ) == [
        ["rows.0.kids.0", "rows.0.kids.1", "rows.1.kids.0", "rows.1.kids.1"],
        "rows.0.kids.1",
        "rows.0.kids.0",
    ]


def test_unhandled_events_go_to_the_option(run):
    assert run(
        """
        const Item = Ractive.extend({ template: "<b on-click='up: {{id}}'>x</b>" });
        const page = show("<i on-click='known'/><u on-click='send: {{n}}, 2'/><Item id='9'/>", { n: 1 }, {
          components: { Item },
          on: { known() {} },
          unhandled: (name, args, { node }) => { log.push([name, args, node.nodeName]); return false; },
        });
        nodes("i, u, b").forEach((node) => node.click());
        return log;
        """
    ) == [["send", [1, 2], "U"], ["up", ["9"], "B"]]


def test_on_once_off_and_fire(run):
    assert run(
        """
        const page = show("");
        const add = (event, ...rest) => { log.push([event.name, ...rest]); };
        const handle = page.on("a b", add);
        page.once("a", () => log.push("once"));
        page.on({ c: () => false });
        page.fire("a", {}, 1);
        page.fire("a", {}, 2);
        page.fire("b", {}, 3);
        handle.cancel();
        page.fire("a", {}, 4);
        page.on("a", add);
        page.off("a");
        return [log, page.fire("a"), page.fire("c"), page.fire("d", { extra: 5 })];
        """
    ) == [[["a", 1], "once", ["a", 2], ["b", 3]], True, False, True]


def test_the_life_of_an_instance_is_told(run):
    assert run(
        """
        const hook = (name) => [`on${name}`, () => log.push(name)];
        const page = show("x", {}, {
          ...Object.fromEntries(["config", "init", "render", "complete", "unrender", "teardown"].map(hook)),
          on: { init: () => log.push("on init"), render: () => log.push("on render") },
        });
        await Promise.resolve();
        await Promise.resolve();
        page.teardown();
        page.teardown();
        return log;
        """
    ) == ["config", "init", "on init", "render", "on render", "complete", "unrender", "teardown"]


def test_events_of_the_pages_own_and_decorators(run):
    assert run(
        """
        const page = show("{{#if on}}<b as-mark='n, \\"x\\"' on-tap='tapped: 1'>b</b>{{/if}}", { n: 1, on: true }, {
          events: { tap: (node, fire) => { node.addEventListener("custom", (original) => fire({ original })); } },
          decorators: { mark: (node, n, x) => {
            log.push(`made ${n}${x}`);
            return { update: (n) => log.push(`now ${n}`), teardown: () => log.push("gone") };
          } },
          on: { tapped: (event, n) => log.push(`tapped ${n} ${event.original.type}`) },
        });
        nodes("b")[0].dispatchEvent(new Event("custom"));
        page.set("n", 2);
        page.set("other", 2);
        page.set("on", false);
        return log;
        """
    ) == ["made 1x", "tapped 1 custom", "now 2", "gone"]
