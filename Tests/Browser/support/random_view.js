// Random data, random changes: after each step the page must show what a fresh one shows.
// Input: `given.seed` and `given.steps`. Answers the steps after which the two differ, if any.

let seed = given.seed;
const below = (n) => {
  seed = (seed * 48271) % 2147483647;
  return seed % n;
};
const pick = (list) => list[below(list.length)];
const times = (count, make) => Array.from({ length: count }, make);

const TEMPLATES = [
  `{{#each rows}}<p class="{{kind}}" class-on="on">{{@index}}:{{label}}{{#if on}}!{{else}}?{{/if}}
   {{#tags}}<i>{{.}}</i>{{/tags}}</p>{{else}}none{{/each}}{{rows.length}}`,
  `<ul>{{#rows:i}}<li title="{{i}} {{label}}">{{label}}
   {{#each kids as kid}}{{kid.label}}{{#if kid.on}}({{../label}}){{/if}},{{/each}}</li>{{/rows}}</ul>
   {{^rows}}empty{{/rows}}`,
  `{{#with sel}}<b>{{label}}</b>{{#each kids}}<u>{{label}}{{@index}}</u>{{/each}}{{else}}-{{/with}}
   {{sel.label}}{{#each rows}}{{>row}}{{/each}}
   {{#partial row}}<s style-color="{{kind}}">{{label}}{{#each kids}}{{>row}}{{/each}}</s>{{/partial}}`,
  `{{#each obj}}<q>{{@key}}={{.}}</q>{{else}}no{{/each}}
   {{#each rows}}{{#each tags}}{{.}}{{~/title}}{{/each}}{{/each}}
   {{title}}{{count * 2}} {{rows[count % 3].label}}`,
  `<select value="{{title}}">{{#each words}}<option>{{.}}</option>{{/each}}</select>
   <input value="{{title}}"><textarea value="{{rows[0].label}}"></textarea>
   {{#each words}}{{.}}<input type="checkbox" name="{{chosen}}" value="{{.}}">{{/each}}`,
  `{{#if on}}{{#each rows}}{{#unless on}}<a href="{{label}}">{{label}}</a>{{/unless}}{{/each}}
   {{elseif count > 2}}many{{else}}{{title}}{{/if}}{{{html}}}x`,
  `{{#with rows[0] as first, sel as second}}{{first.label}} {{second.label}}
   {{#each second.kids as k}}{{k.label}}{{/each}}{{/with}}
   {{#each words:w}}{{w}}{{.}} {{/each}}{{shout}} {{#each onRows}}[{{label}}]{{/each}}`,
  `<Item item="{{rows[0]}}" title="{{title}}">body {{title}} {{#each rows}}{{label}}{{/each}}</Item>
   {{#each rows}}<Item item="{{.}}" title="x{{label}}"/>{{/each}}`,
  `<div {{#if on}}title="t {{title}}"{{/if}} class="a {{#each words}}{{.}} {{/each}}" hidden="{{on}}">
   {{#each rows}}<em {{#on}}data-x="{{label}}"{{/on}}>{{#tags}}{{#.}}{{.}}{{/.}}{{/tags}}</em>{{/each}}
   </div>`,
];

let made = 0;
const word = () => pick(["ant", "bee", "cat", "dog", "elk", "fox", "<b>", "a&b", ""]);
const row = (depth = 0) => ({
  label: word() + (made++ % 97),
  kind: pick(["red", "blue"]),
  on: below(2) === 1,
  tags: times(below(3), word),
  kids: depth < 2 ? times(below(3 - depth), () => row(depth + 1)) : [],
});
const data = () => ({
  rows: times(below(6), () => row()),
  sel: below(2) ? row() : null,
  obj: { a: 1, b: word() },
  title: word(),
  count: below(5),
  words: times(below(5), word),
  chosen: ["ant"],
  on: below(2) === 1,
  html: "<i>h</i>",
});

const Item = Ractive.extend({
  template: `<div>{{title}}/{{item.label}}{{#each item.tags}}({{.}}){{/each}}
    {{#if item.on}}{{yield}}{{/if}}</div>`,
});
const render = (el, template, given) => new Ractive({
  el,
  template,
  data: given,
  components: { Item },
  computed: {
    shout: '${title} + "!"',
    onRows() {
      return this.get("rows").filter(({ on }) => on);
    },
  },
});

const aList = (page) => {
  const found = ["rows", "words"];
  page.get("rows").forEach(({ kids }, i) => {
    found.push(`rows.${i}.tags`, `rows.${i}.kids`);
    kids.forEach((_, j) => found.push(`rows.${i}.kids.${j}.tags`));
  });
  if (page.get("sel")) found.push("sel.kids", "sel.tags");
  return pick(found);
};
const itemFor = (keypath) => {
  if (!/(?:rows|kids)$/.test(keypath)) return word();
  return row(keypath === "rows" ? 0 : keypath.split(".").length > 3 ? 2 : 1);
};
const compare = (a, b) => (String(a?.label ?? a) < String(b?.label ?? b) ? -1 : 1);

/** Calls `change(list, item, keypath)` for some list that is not long already. */
const onList = (change) => (page) => {
  const keypath = aList(page);
  const list = page.get(keypath);
  if (list.length < 9) change(list, itemFor(keypath), keypath, page);
};
/** Calls `change(keypath)` for some row, if there is one. */
const onRow = (change) => (page) => {
  const { length } = page.get("rows");
  if (length) change(`rows.${below(length)}`, page);
};

const CHANGES = {
  push: onList((list, item) => list.push(item, structuredClone(item))),
  pushTo: onList((list, item, keypath, page) => page.push(keypath, item)),
  pop: (page) => page.get(aList(page)).pop(),
  shift: (page) => page.shift(aList(page)),
  unshift: onList((list, item) => list.unshift(item)),
  splice: onList((list, item) => list.splice(below(list.length + 1), below(3), item)),
  cut: (page) => page.splice(aList(page), below(4), below(3)),
  sort: (page) => page.get(aList(page)).sort(compare),
  reverse: (page) => page.reverse(aList(page)),
  shuffle(page) {
    const keypath = aList(page);
    const list = page.get(keypath);
    for (let i = list.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    page.update(keypath, { shallow: true });
  },
  set: (page) => page.set(pick(["title", "count", "on", "html"]),
    pick([word(), below(9), true, false, null, undefined])),
  setMany: (page) => page.set({ title: word(), count: below(7), "obj.c": below(3) }),
  label: onRow((keypath, page) => page.set(`${keypath}.label`, word() + below(9))),
  everyRow: (page) => page.set("rows.*.on", below(2) === 1),
  everyKid: (page) => page.set("rows.*.kids.*.label", word()),
  replaceRow: onRow((keypath, page) => page.set(keypath, row())),
  copyRows: (page) => page.set("rows", structuredClone(page.get("rows"))),
  newRows: (page) => page.set("rows", data().rows),
  alias: onRow((keypath, page) => page.set("sel", page.get(keypath))),
  noAlias: (page) => page.set("sel", null),
  throughAlias: (page) => page.get("sel") && page.set("sel.label", word() + below(99)),
  inPlace: onRow((keypath, page) => {
    page.get(keypath).label = `in place ${below(99)}`;
    page.update(pick([keypath, "rows", ""]));
  }),
  toggle: onRow((keypath, page) => page.toggle(`${keypath}.on`)),
  keys: (page) => page.set("obj", below(3) ? { a: 1, [`k${below(4)}`]: word() } : {}),
  value: (page) => page.set("obj.a", word()),
  merge: (page) => page.merge("words", ["ant", "bee", word()]),
  reset: (page) => below(20) || page.reset(data()),
};

const [shown, fresh] = [document.createElement("div"), document.createElement("div")];
const differing = [];
let page;
let template;
for (let step = 0; step < given.steps && !differing.length; step++) {
  if (step % 100 === 0) {
    template = TEMPLATES[(step / 100) % TEMPLATES.length];
    page = render(shown, template, data());
  }
  const change = pick(Object.keys(CHANGES));
  const before = shown.innerHTML;
  CHANGES[change](page);
  render(fresh, template, { ...page.get() });
  const [found, wanted] = [shown, fresh].map((box) => tidy(box.cloneNode(true)));
  if (found !== wanted) differing.push({ step, change, template, before, found, wanted });
}
return differing;
