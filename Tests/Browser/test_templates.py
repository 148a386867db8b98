"""The template language in the browser: its shared cases, hostile values, and any text at all."""

import gzip
import json

import pytest
from scripts import files as sources
from scripts import script, served
from template_cases import cases, differences, files

MOST_BYTES = 12 * 1024
MUTATIONS = 20000

# What a script of the host keeps to itself, made visible to a test.
EXPOSED = "parseTemplate renderHTML Scope TemplateError compile assignable"

RENDER = """
const { parseTemplate, renderHTML, Scope, TemplateError } = templates;
const render = ({ template, data, partials, components }) => {
  const { nodes, partials: inline } = parseTemplate(template, { name: "case" });
  const scope = new Scope(null, data);
  return renderHTML(nodes, scope, { partials: { ...partials, ...inline }, components });
};
const attempt = (work) => {
  try {
    return { html: work() };
  } catch (error) {
    if (!(error instanceof TemplateError)) return { thrown: String(error && error.stack) };
    return { error: { line: error.line, column: error.column, message: error.message } };
  }
};
"""

# Each case in a frame of its own, where everything is clicked, focused and hovered. The two frames
# that follow them do run, which shows that the others would have been noticed.
EXPOSE = """
const ran = new Set();
const shown = (html, name) => new Promise((done) => {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  frame.contentWindow.hacked = frame.contentWindow.alert = () => ran.add(name);
  frame.contentDocument.body.innerHTML = html;
  const provoke = (root) => {
    for (const element of root.querySelectorAll("*")) {
      for (const type of ["mouseover", "focus", "input", "toggle", "animationstart"]) {
        element.dispatchEvent(new Event(type));
      }
      const click = new MouseEvent("click", { bubbles: true, cancelable: true });
      if (element.id === "go") element.dispatchEvent(click);
    }
  };
  provoke(frame.contentDocument);
  requestAnimationFrame(() => requestAnimationFrame(() => done(frame)));
});
const written = (html, name) => new Promise((done) => {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  frame.contentWindow.hacked = frame.contentWindow.alert = () => ran.add(name);
  frame.contentDocument.open();
  frame.contentDocument.write(`<!doctype html><body>${html}`);
  frame.contentDocument.close();
  requestAnimationFrame(() => requestAnimationFrame(() => done(frame)));
});
const controls = [
  ['<img src="x:" onerror="hacked()">', "an image"],
  ['<a id="go" href="javascript:hacked()">x</a>', "a link"],
];
const all = [...given, ...controls];
while (all.length) {
  await Promise.all(all.splice(0, 30).flatMap(([html, name]) =>
    [shown(html, name), written(html, `${name} (written)`)]));
}
const heard = () => ["an image", "an image (written)", "a link"].every((name) => ran.has(name));
const late = Date.now() + 10000;
while (!heard() && Date.now() < late) {
  await new Promise(requestAnimationFrame);
}
return [...ran].sort();
"""

FUZZ = """
let state = 1;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const { cases, turns } = JSON.parse(given);
const pieces = ["{{", "}}", "{{{", "}}}", "{{#", "{{/", "{{^", "{{>", "{{!", "{{=<% %>=}}",
  "{{else}}", "{{elseif ", "{{#if a}}", "{{/if}}", "{{#each a}}", "{{/}}", "{{#partial p}}",
  "{{yield}}", "<", ">", "</", "/>", "<p", "<li>", "<b>", "</b>", "<script>", "<textarea>",
  "<!--", "-->", "<!doctype", "<svg>", "=", '"', "'", " ", "\\n", "\\r\\n", "\\0", "&", "&#",
  "on-click=", "class-a=", "style-b=", "href=", "name=", "(", ")", "[", "]", "{", "}", ".", "..",
  "../", "~/", "@index", "?", ":", ",", "+", "**", "!", "typeof ", " in ", "1e9", "'x", "this",
  "as x", "\\ud800", "é"];
const mutate = (text, others) => {
  for (let times = 1 + random(4); times > 0; times--) {
    const from = random(text.length + 1);
    const to = Math.min(text.length, from + random(8));
    const other = others[random(others.length)].template;
    const start = random(other.length);
    const choices = [pieces[random(pieces.length)], other.slice(start, start + random(20)), ""];
    const inserted = choices[random(3)];
    text = text.slice(0, from) + inserted + text.slice(random(3) ? to : from);
  }
  return text;
};
const bad = [];
let errors = 0;
let slowest = 0;
for (let turn = 0; turn < turns; turn++) {
  const { data, partials, components, template } = cases[random(cases.length)];
  const text = mutate(template, cases);
  const began = performance.now();
  const outcome = attempt(() => render({ template: text, data, partials, components }));
  slowest = Math.max(slowest, performance.now() - began);
  if (outcome.thrown) bad.push({ text, thrown: outcome.thrown });
  if (outcome.error) errors++;
}
return { bad: bad.slice(0, 5), errors, slowest };
"""


@pytest.fixture(scope="session")
def template_script():
    """The language's script with its inner functions in a global `templates`."""
    names = ", ".join(EXPOSED.split())
    exposing = f"window.templates = {{ {names} }};\n}})();\n"
    return script("ractive").removesuffix("})();\n") + exposing


@pytest.fixture
def blank(page, template_script):
    """An empty page that knows the template language."""
    page.open("about:blank")
    page.focus().execute_script(template_script)
    return page


def rendered(page, given):
    # As text: the driver would sort the keys of objects.
    work = "return JSON.parse(given).map((one) => attempt(() => render(one)));"
    return page.run(RENDER + work, json.dumps(given))


@pytest.mark.parametrize("kind, file", [
    (kind, file) for kind in ("mustache", "templates", "xss") for file in files(kind)
])
def test_the_shared_cases_give_their_html(blank, kind, file):
    given = cases(kind, file)
    assert given
    assert differences(given, rendered(blank, given)) == []


@pytest.mark.parametrize("file", files("xss"))
def test_nothing_hostile_runs(blank, file):
    given = cases("xss", file)
    raw = {"raw text 1", "raw text 3"}
    html = [
        [outcome["html"], case["name"]]
        for case, outcome in zip(given, rendered(blank, given), strict=True)
        if "html" in outcome and case["name"] not in raw
    ]
    for start in range(0, len(html), 60):
        ran = blank.run(EXPOSE, html[start : start + 60])
        assert ran == ["a link", "an image", "an image (written)"]


def test_any_text_gives_html_or_a_clear_error(blank):
    every = cases("templates") + cases("mustache") + cases("xss")
    given = [case for case in every if len(case["template"]) < 1000]
    outcome = blank.run(RENDER + FUZZ, json.dumps({"cases": given, "turns": MUTATIONS}))
    assert outcome["bad"] == []
    assert outcome["errors"] > MUTATIONS / 10
    assert outcome["slowest"] < 5000


@pytest.mark.parametrize("unit", [
    "{{", "{{!", "{{!x}}", " {{!x}}", "&{{!x}}", "<", "< ", "</", "<!--", "<!-- -->", "&", "&#",
    "&a", "{", "a {", "<a ", "<p a=", "<p a='", "<br ", "<li>", "<p>", "{{#a}}", "{{a}}", "{{a",
    "{{'", "{{(", "{{a.", "{{a+", "{{a?", "{{>p}}", "{{#partial p}}{{/partial}}", "<script>",
    "<textarea>", "<textarea><", "\n ", " \t", "x\n{{x}}\n", "<b>x</b>", "<p a={{x}} b>",
    "{{=<% %>=}}<%={{ }}=%>", "{{#a}}x{{/a}}\n", "<b>{{#if a}}x{{else}}y{{/if}}</b>",
])
def test_time_grows_with_the_source_only(blank, unit):
    outcome = blank.run(
        RENDER
        + """
        const time = (count) => {
          const template = given.repeat(Math.ceil(count / given.length));
          const began = performance.now();
          const { thrown } = attempt(() => render({ template, data: {} }));
          return { thrown, took: performance.now() - began };
        };
        return time(300000);
        """,
        unit,
    )
    assert outcome.get("thrown") is None
    assert outcome["took"] < 3000


def test_an_error_names_the_template_the_line_and_the_column(blank):
    work = "return attempt(() => render({ template: given, data: {} }));"
    found = blank.run(RENDER + work, "a\n <ul>\n</b>")
    assert found["error"]["message"].startswith("case:2:2: <ul> is not closed; ")
    assert (found["error"]["line"], found["error"]["column"]) == (2, 2)


def test_partials_without_end_are_an_error_however_much_they_hold(blank):
    given = {
        "template": "{{>p}}",
        "data": {},
        "partials": {"p": "<b>" * 90 + "{{>p}}" + "</b>" * 90},
    }
    outcome = blank.run(RENDER + "return attempt(() => render(given));", given)
    assert "nested more than" in outcome["error"]["message"]


EVENTS = [
    ("go", {"fire": "go", "args": []}),
    ("remove: {{i}}", {"fire": "remove", "args": [2]}),
    ("say:'a, b', {{x}}, 3, true", {"fire": "say", "args": ["a, b", "X", 3, True]}),
    ("say: bare words ,", {"fire": "say", "args": ["bare words", ""]}),
    ("say: n{{i}}-{{x}}", {"fire": "say", "args": ["n2-X"]}),
    ("say: [1, x]", {"fire": "say", "args": [[1, "X"]]}),
    ("['pick', i, x]", {"fire": "pick", "args": [2, "X"]}),
    ("{{x}}", {"fire": ["X"], "args": []}),
    ("@this.toggle('a')", {"args": [], "call": True}),
    ("save(i, x)", {"args": [], "call": True}),
]


@pytest.mark.parametrize("value, wanted", EVENTS)
def test_events_are_read_in_each_style(blank, value, wanted):
    found = blank.run(
        """
        const { parseTemplate, compile, Scope } = templates;
        const scope = new Scope(null, { i: 2, x: "X" });
        const [element] = parseTemplate(`<b on-click-tap="${given}">x</b>`).nodes;
        const { on, fire, args, call } = element.attrs[0];
        const value = (x) => compile(x)(scope);
        const name = Array.isArray(fire) ? fire.map(({ x }) => value(x)) : fire;
        return { on, fire: name, args: args.map(value), call: call && true };
        """,
        value,
    )
    assert found.pop("on") == ["click", "tap"]
    assert {key: item for key, item in found.items() if item is not None} == wanted


def test_a_place_in_the_data_has_a_keypath(blank):
    found = blank.run(
        """
        const { parseTemplate, assignable, Scope } = templates;
        const scope = new Scope(null, { a: { b: 1, list: [1] }, k: "x.y" });
        return given.map((text) => assignable(parseTemplate(`{{${text}}}`).nodes[0].x, scope));
        """,
        ["a", "a.b", "a[k]", "a.list[0]", "./a", "~/a.b", ".", "fresh"],
    )
    assert found == ["a", "a.b", "a.x\\.y", "a.list.0", "a", "a.b", "", "fresh"]


def test_what_is_no_place_in_the_data_has_none(blank):
    found = blank.run(
        """
        const { parseTemplate, assignable, Scope } = templates;
        const scope = new Scope(null, { a: {} });
        return given.map((text) => assignable(parseTemplate(`{{${text}}}`).nodes[0].x, scope));
        """,
        ["../a", "a + 1", "f()", "'x'", "@index", "a.constructor", "a['__proto__'].x"],
    )
    assert found == [None] * 7


def test_functions_of_the_page_are_called_on_their_context(blank):
    found = blank.run(
        RENDER
        + """
        const person = { name: "Ann", greet(word) { return `${word} ${this.name}`; } };
        const fails = () => { throw new Error("no"); };
        const data = { person, people: [person], twice: (n) => n * 2, fails, date: new Date(0) };
        const template = "{{person.greet('Hi')}} {{#each people}}{{greet('Ho')}}{{/each}} "
          + "{{twice(4)}}[{{fails()}}{{fails() + 'x'}}{{twice}}]";
        return attempt(() => render({ template, data }));
        """
    )
    assert found == {"html": "Hi Ann Ho Ann 8[undefinedx]"}


def test_the_script_of_the_language_is_small():
    language = sources("ractive")[:11]
    assert language[-1].stem == "elements"
    assert len(gzip.compress(served(language).encode(), 9)) < MOST_BYTES
