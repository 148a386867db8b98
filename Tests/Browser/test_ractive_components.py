"""Components: their own data, what they share with the page around, and the events they fire."""

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


def test_data_are_the_components_own_but_for_what_its_attributes_share(run):
    assert run(
        """
        const Field = Ractive.extend({
          template: "<input value='{{value}}'>{{label}}{{hidden}}{{flag}}{{#each list}}{{.}}{{/each}}",
          data: () => ({ label: "none", list: [] }),
        });
        const page = show("<Field value='{{user.name}}' label='L{{n}}' list='{{list}}' flag/><Field/>{{user.name}}",
          { user: { name: "A" }, n: 1, hidden: "secret", list: [1] }, { components: { Field } });
        const [first, second] = page.findAllComponents("Field");
        const shown = [out.textContent];
        page.set({ "user.name": "B", n: 2 });
        const field = nodes("input")[0];
        field.value = "typed";
        field.dispatchEvent(new Event("input", { bubbles: true }));
        first.push("list", 2);
        second.set("label", "mine");
        second.get("list").push(9);
        shown.push(out.textContent, page.get("list"), page.get("label") ?? null);
        first.set("value", "from within");
        shown.push(page.get("user.name"), first.parent === page, first.root === page);
        return shown;
        """
    ) == [
        "L1true1noneA",
        "L2true12mine9typed",
        [1, 2],
        None,
        "from within",
        True,
        True,
    ]


def test_bodies_belong_to_the_page_around(run):
    assert run(
        """
        const Box = Ractive.extend({
          template: "<div>{{#if open}}{{yield}}|{{yield title}}{{/if}}{{>content}}</div>",
          data: () => ({ open: true, name: "inner" }),
        });
        const page = show(
          "<Box open='{{open}}'>{{#partial title}}<h1>{{name}}</h1>{{/partial}}<b on-click='hit'>{{name}}</b></Box>",
          { name: "outer", open: true }, { components: { Box }, on: { hit() { log.push(this === page); } } });
        const shown = [out.textContent.trim()];
        page.set("name", "new");
        shown.push(out.textContent);
        page.set("open", false);
        page.set("name", "newer");
        page.set("open", true);
        shown.push(out.textContent);
        nodes("b")[0].click();
        return [...shown, log];
        """
    ) == ["outer|outerouter", "new|newnew", "newer|newernewer", [True]]


def test_events_go_up_by_name_until_one_says_false(run):
    assert run(
        """
        const Inner = Ractive.extend({ template: "<b on-click='hit: 1'>x</b>" });
        const Outer = Ractive.extend({ template: "<Inner/>", components: { Inner } });
        const page = show("<Outer/><Inner on-hit='direct: {{n}}'/><Inner on-hit='passed'/>", { n: 5 }, {
          components: { Outer, Inner },
          on: {
            "Inner.hit": (event, n) => { log.push(`Inner.hit ${n}`); },
            "*.hit": (event, n) => { log.push(`*.hit ${n}`); },
            direct: (event, n) => { log.push(`direct ${n}`); },
            passed: (event, n) => { log.push(`passed ${n}`); return false; },
          },
        });
        nodes("b").forEach((node) => { node.click(); log.push("-"); });
        return log;
        """
    ) == ["Inner.hit 1", "*.hit 1", "-", "direct 5", "Inner.hit 1", "*.hit 1", "-", "passed 1", "-"]


def test_components_end_with_their_rows(run):
    assert run(
        """
        const Item = Ractive.extend({
          template: "{{n}}",
          oninit() { log.push(`init ${this.get("n")}`); },
          onrender() { log.push(`render ${document.contains(this.parent.find("p"))}`); },
          onteardown() { log.push(`teardown ${this.get("n")}`); },
        });
        const page = show("{{#each rows}}<p><Item n='{{.}}'/></p>{{/each}}", { rows: [1, 2, 3] }, { components: { Item } });
        log.length = 0;
        page.splice("rows", 1, 1);
        page.push("rows", 4);
        page.set("rows", []);
        return [log, page.findAllComponents().length];
        """
    ) == [["teardown 2", "init 4", "render true", "teardown 1", "teardown 3", "teardown 4"], 0]


def test_classes_inherit_templates_data_methods_and_registries(run):
    assert run(
        """
        const Base = Ractive.extend({
          template: "{{greeting}} {{name}} {{>part}} {{loud}}",
          data: () => ({ greeting: "Hello", name: "you", list: [] }),
          partials: { part: "base" },
          computed: { loud() { return this.shout(this.get("name")); } },
          shout: (text) => text.toUpperCase(),
          onconfig() { log.push("base"); },
        });
        const Sub = Base.extend({ data: { name: "sub" }, partials: { part: "sub" } }, { shout: (text) => `${text}!` });
        const one = new Sub({ el: out, data: { greeting: "Hi" } });
        const shown = out.textContent;
        const two = Base();
        one.push("list", 1);
        return [shown, two.toHTML(), two.get("list"), one instanceof Base, log];
        """
    ) == ["Hi sub sub sub!", "Hello you base YOU", [], True, ["base", "base"]]


def test_components_within_themselves_end_where_the_data_do(run):
    assert run(
        """
        const Tree = Ractive.extend({ template: "<li>{{node.name}}<ul>{{#each node.kids}}<Tree node='{{.}}'/>{{/each}}</ul></li>" });
        Ractive.components.Tree = Tree;
        const page = show("<Tree node='{{root}}'/>", { root: { name: "a", kids: [{ name: "b", kids: [] }] } });
        page.push("root.kids.0.kids", { name: "c", kids: [] });
        page.set("root.kids.0.name", "B");
        delete Ractive.components.Tree;
        return out.textContent;
        """
    ) == "aBc"
