"""People and the server change one list at random; once all is answered, page and server agree."""

import pytest

TEMPLATE = """
<div id="app" bind="/app#rows" template="#rows"></div>
<script type="text/ractive" id="rows"><input class="whole" value="{{title}}"><i>{{title}}</i>
{{#each rows}}<p><input class="title" value="{{title}}"><input type="checkbox" checked="{{done}}">
<b>{{@index}} {{title}} {{done ? "x" : "-"}} {{#each tags}}<u>{{.}}</u>{{/each}}</b></p>{{/each}}
</script>
"""

PLAY = """
let random = given.seed;
const below = (count) => (random = (random * 48271) % 2147483647) % count;
const pick = (list) => list[below(list.length)];
const fresh = () =>
  ({ id: ++last, title: `t${below(50)}`, done: !below(2), tags: [`g${below(9)}`] });
const model = structuredClone(fake.models.rows.document);
let last = 100;
const waiting = [];
fake.holdsAnswers = true;
const publish = (patch) => patch.length && fake.publish("rows", patch, model);

/** What the server makes of an intent: it may find the row gone, refuse, or clean the value. */
const serve = ({ args: [{ id, field, value, path }] }) => {
  const index = model.rows.findIndex((row) => row.id === id);
  const target = id === undefined ? model : model.rows[index];
  if (!target) return [false, "gone"];
  if (!below(3)) return [false, "refused"];
  target[field] = typeof value === "string" && !below(2) ? value.toUpperCase() : value;
  const place = id === undefined ? `/${field}` : `/rows/${index}/${field}`;
  publish([{ op: "replace", path: place, value: target[field] }]);
  return below(2) ? [true] : [];
};

const changes = [
  () => { const at = below(model.rows.length + 1), value = fresh(); model.rows.splice(at, 0, value);
    return { op: "add", path: `/rows/${at}`, value: structuredClone(value) }; },
  () => { if (model.rows.length < 3) return changes[0]();
    const at = below(model.rows.length); model.rows.splice(at, 1);
    return { op: "remove", path: `/rows/${at}` }; },
  () => { const from = below(model.rows.length), [row] = model.rows.splice(from, 1);
    const to = below(model.rows.length + 1); model.rows.splice(to, 0, row);
    return { op: "move", from: `/rows/${from}`, path: `/rows/${to}` }; },
  () => { const at = below(model.rows.length); model.rows[at].title = `r${below(50)}`;
    return { op: "replace", path: `/rows/${at}/title`, value: model.rows[at].title }; },
  () => { const at = below(model.rows.length); model.rows[at].tags.push(`n${below(9)}`);
    return { op: "add", path: `/rows/${at}/tags/-`, value: model.rows[at].tags.at(-1) }; },
  () => { model.title = `w${below(50)}`;
    return { op: "replace", path: "/title", value: model.title }; },
];

const act = [
  () => publish(Array.from({ length: 1 + below(4) }, () => pick(changes)())),
  () => publish([pick(changes)()]),
  () => { const field = pick([...document.querySelectorAll(".title, .whole")]);
    field.focus(); field.value += pick(["a", "b", "c"]);
    field.dispatchEvent(new Event("input", { bubbles: true })); typed = [field, field.value]; },
  () => pick([...document.querySelectorAll("[type=checkbox]")]).click(),
  () => document.activeElement.dispatchEvent(new Event("change", { bubbles: true })),
  () => { const record = waiting.shift(); if (record) record.answer(...serve(record)); },
  () => { const record = waiting.shift(); if (record && !below(5)) record.expire();
    else if (record) record.answer(...serve(record)); },
];
let typed = null;
let seen = fake.sent.length;
const collect = () => { for (; seen < fake.sent.length; seen += 1) {
  if (fake.sent[seen].event === "change") waiting.push(fake.sent[seen]); } };
for (let step = 0; step < given.steps; step += 1) {
  typed = null;
  pick(act)();
  collect();
  if (typed && (document.activeElement !== typed[0] || typed[0].value !== typed[1])) {
    return ["typing was disturbed", step];
  }
}
perigee.bindings[0].el.dispatchEvent(new Event("focusout", { bubbles: true }));
document.activeElement.blur();
for (collect(); waiting.length; collect()) {
  const record = waiting.shift();
  record.answer(...serve(record));
}
await new Promise((done) => setTimeout(done, 250));
const [ractive] = perigee.bindings;
const shown = () => [
  document.getElementById("app").textContent.replace(/\\s+/g, " "),
  [...document.querySelectorAll("#app input")].map(({ type, checked, value }) =>
    type === "checkbox" ? checked : value),
];
const before = JSON.stringify(shown());
const { title, rows } = ractive.get();
if (JSON.stringify({ title, rows }) !== JSON.stringify(model)) return ["data differ", model];
perigee.unbind(document.getElementById("app"));
new Ractive({ el: "app", template: "#rows", data: structuredClone(model) });
return before === JSON.stringify(shown()) ? "same" : ["the page differs", before, shown()];
"""


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_page_ends_as_the_server_has_it(page, pages, seed):
    rows = "[1, 2, 3].map((id) => ({ id, title: `t${id}`, done: false, tags: [] }))"
    pages.show(page, TEMPLATE, f"fake.model('rows', {{ title: 'All', rows: {rows} }});")
    page.wait(lambda page: len(page.find_all("p")) == 3)
    page.run("await new Promise((done) => setTimeout(done, 150))")
    assert page.run(PLAY, {"seed": seed, "steps": 1700}) == "same"
    assert page.console_errors() == []
