// Two-way binding. A field slot shows a value in a form field or an editable element, and writes
// what a person enters to the keypath that the expression names, if it names one.
// Text that a person is still typing (the field has the focus, and other text than was last written)
// is never overwritten. Both the attribute and the live property follow the data.

/** How each kind of field reads what was entered and shows a value. */
const FIELDS = {
  text: {
    read: (node) => node.value,
    show(node, value, state) {
      const shown = text(value);
      if (node.type !== "file" && node.getAttribute("value") !== shown && "defaultValue" in node) {
        node.defaultValue = shown;
      }
      showText(node, "value", shown, state);
    },
  },
  number: {
    read: (node) => (node.value === "" ? undefined : Number(node.value)),
    show: (...args) => FIELDS.text.show(...args),
  },
  file: { read: (node) => node.files, show() {} },
  editable: {
    read: (node) => node.textContent,
    show: (node, value, state) => showText(node, "textContent", text(value), state),
  },
  checked: {
    read: (node) => node.checked,
    show: (node, value) => check(node, isTruthy(value)),
  },
  radio: {
    read: (node) => valueOf(node),
    show: (node, value) => check(node, has(value, node)),
  },
  checkbox: {
    read(node, value) {
      const others = (Array.isArray(value) ? value : []).filter((one) => text(one) !== text(valueOf(node)));
      return node.checked ? [...others, valueOf(node)] : others;
    },
    show: (node, value) => check(node, has(value, node)),
  },
  select: {
    read: (node) => (node.multiple ? [...node.selectedOptions].map(valueOf)
      : node.selectedOptions[0] && valueOf(node.selectedOptions[0])),
    show(node, value) {
      if (value === undefined) return;
      let found = false;
      for (const option of node.options) {
        const chosen = has(value, option);
        if (option.defaultSelected !== chosen) option.defaultSelected = chosen;
        if (option.selected !== chosen && (chosen || node.multiple)) option.selected = chosen;
        found ||= chosen;
      }
      if (!found && !node.multiple) node.selectedIndex = node.size > 1 ? -1 : 0;
    },
  },
};

const valueOf = (node) => node[VALUE] ?? node.value;

const has = (value, node) => {
  const own = text(valueOf(node));
  return (Array.isArray(value) ? value : [value]).some((one) => one != null && text(one) === own);
};

const check = (node, checked) => {
  if (node.defaultChecked !== checked) node.defaultChecked = checked;
  if (node.checked !== checked) node.checked = checked;
};

const showText = (node, property, shown, state) => {
  const now = node[property];
  const typing = node.contains(document.activeElement) && now !== (state.written ?? shown);
  if (typing || now === shown) return;
  node[property] = state.written = shown;
};

/** The two-way attribute of an element as `{attr, x, kind, body}`, or undefined. */
const fieldOf = ({ name: element, attrs, body }) => {
  const single = (v) => v?.length === 1 && v[0].t === "$" && !v[0].raw;
  const find = (name) => attrs.find(({ n }) => n?.toLowerCase() === name);
  const bound = (name, kind, more) => {
    const attr = find(name);
    return single(attr?.v) ? { attr, x: attr.v[0].x, kind, ...more } : undefined;
  };
  if (find("twoway")?.v === "false") return undefined;
  const tag = element.toLowerCase();
  const type = String(find("type")?.v).toLowerCase();
  if (tag === "select") return bound("value", "select");
  if (tag === "textarea") {
    const inside = single(body) ? { x: body[0].x, kind: "text", body: true } : undefined;
    return bound("value", "text", { body: true }) ?? inside;
  }
  if (tag !== "input") return find("contenteditable") && bound("value", "editable", { body: true });
  if (type === "radio" || type === "checkbox") return bound("name", type) ?? bound("checked", "checked");
  return bound("value", type === "file" ? type : /^(?:number|range)$/.test(type) ? "number" : "text");
};

class FieldSlot {
  constructor({ x, kind, body }, { attrs }, reads) {
    this.x = x;
    this.value = compile(x);
    this.kind = FIELDS[kind];
    this.group = kind === "radio" || kind === "checkbox";
    this.filled = body;
    this.lazy = attrs.some(({ n }) => n === "lazy");
    const names = reads([{ x }, { attrs }]);
    this.names = kind === "select" ? null : names;
    this.types = ["input", "change", "blur"];
  }

  mount(block, i) {
    listen(block, i, this.types);
    const node = block.nodes[i];
    block.values[i] = { written: block.hydrating ? node.defaultValue : undefined };
    this.update(block, i);
  }

  update(block, i) {
    const node = block.nodes[i];
    const value = this.value(block.scope);
    if (this.group) this.name(node, value, block.scope);
    this.kind.show(node, value, block.values[i]);
  }

  /** The fields of a group have its keypath for their name. */
  name(node, value, scope) {
    const keypath = assignable(this.x, scope);
    const name = keypath === null ? text(value) : `{{${keypath}}}`;
    if (node.name !== name) node.name = name;
  }

  handle(block, i, { type }) {
    const { scope } = block;
    const node = block.nodes[i];
    const ractive = scope.instance;
    const keypath = assignable(this.x, scope);
    const value = this.value(scope);
    const read = this.kind.read(node, value);
    const waits = (this.lazy || ractive.lazy) && type === "input";
    if (waits || keypath === null || !ractive.twoway || (this.group && type !== "change")) return;
    if (!node.checked && this.kind === FIELDS.radio) return;
    if (type === "blur") this.update(block, i);
    else if (read !== value) {
      block.values[i].written = node.value;
      writeField(ractive, keypath, read, node);
    }
  }
}

/** Writes to the instance that the keypath's data belong to: by its `write`, if it has one. */
const writeField = (ractive, keypath, value, node) => {
  const [key, ...rest] = segmentsOf(keypath);
  const above = ractive.mappings?.get(key)?.();
  if (above) writeField(ractive.parent, keypathOf([...above, ...rest]), value, node);
  else if (ractive.write) ractive.write(keypath, value, node);
  else ractive.set(keypath, value);
};
