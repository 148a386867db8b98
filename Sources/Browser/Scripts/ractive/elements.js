// Elements as HTML text: their attributes, and what two-way bindings show in fields.
// Attributes are gathered in a map of names to escaped values, which keeps the order of the source.

function renderElement(node, scope, frame) {
  const { name, attrs, empty } = node;
  if (frame.components && Object.hasOwn(frame.components, name)) {
    return renderComponent(node, scope, frame, frame.components[name]);
  }
  const tag = name.toLowerCase();
  const attributes = new Map();
  const group = groupOf(tag, attrs, scope);
  const shown = attrs.map((attr) => (attr === group?.attr ? group.shown : attr));
  collect(shown, attributes, scope, frame);
  const body = contents(node, tag, attributes, scope, frame);
  if (tag === "option") {
    choose(attributes, "selected", frame.select, attributes.get("value") ?? collapsed(body));
  } else if (group) choose(attributes, "checked", group.value, attributes.get("value") || "");
  let out = `<${name}`;
  for (const [key, value] of attributes) out += ` ${key}="${value}"`;
  return out + (empty ? ">" : `>${body}</${name}>`);
}

const collapsed = (string) => string.trim().replace(/\s+/g, " ");

/** The HTML within an element, which a two-way `value` may give or choose from. */
function contents({ attrs, body }, tag, attributes, scope, frame) {
  const bound = boundTo(attrs, "value");
  const isText = tag === "textarea";
  if (!bound || !(isText || tag === "select" || attributes.has("contenteditable"))) {
    return guardNewline(isText, html(body, scope, frame));
  }
  attributes.delete("value");
  const value = compile(bound.x)(scope);
  if (tag === "select") return html(body, scope, { ...frame, select: value });
  return guardNewline(isText, escapeHTML(text(value)));
}

/** The first newline of a text area is not part of its text. */
const guardNewline = (isText, string) => (isText && string[0] === "\n" ? `\n${string}` : string);

/** The mustache that is all of an attribute's value, as `{ attr, x }`, or undefined. */
function boundTo(attrs, name) {
  const attr = attrs.find(({ n }) => n?.toLowerCase() === name);
  return attr?.v?.length === 1 && attr.v[0].t === "$" ? { attr, x: attr.v[0].x } : undefined;
}

/** Radio buttons or checkboxes whose name is a mustache: the model, and the name that is shown. */
function groupOf(tag, attrs, scope) {
  const type = attrs.find(({ n }) => n?.toLowerCase() === "type")?.v;
  const bound = tag === "input" && /^(?:radio|checkbox)$/i.test(type) && boundTo(attrs, "name");
  const path = bound ? assignable(bound.x, scope) : null;
  if (path === null) return undefined;
  const shown = { n: bound.attr.n, v: escapeHTML(`{{${path}}}`) };
  return { attr: bound.attr, shown, value: compile(bound.x)(scope) };
}

/** Sets a boolean attribute by whether the model has the field's own value. */
function choose(attributes, name, model, own) {
  if (model === undefined) return;
  attributes.delete(name);
  const isOwn = (one) => one != null && text(one) === unescapeHTML(own);
  if ([model].flat().some(isOwn)) attributes.set(name, "");
}

/** Puts the attributes of an element into a map of names to escaped values. */
function collect(attrs, attributes, scope, frame) {
  for (const attr of attrs) {
    const { t, n, c, s, v, x } = attr;
    if (t) expand(attr, scope, (body, inner) => collect(body, attributes, inner, frame));
    else if (c) {
      if (isTruthy(compile(x)(scope))) join(attributes, "class", " ", c);
    } else if (s) {
      const style = safeStyle(attributeValue(v, scope, frame));
      if (style) join(attributes, "style", "; ", `${s}: ${escapeHTML(style)};`);
    } else if (n && !isDirective(n)) set(attributes, n, attributeText(n, v, scope, frame));
  }
}

/** The first of two attributes of a name stays, as in HTML; classes and styles come together. */
function set(attributes, name, value) {
  const before = attributes.get(name);
  if (value === null || (before !== undefined && name !== "class" && name !== "style")) return;
  attributes.set(name, before ? `${value} ${before}` : value);
}

function join(attributes, name, separator, added) {
  const before = (attributes.get(name) || "").replace(/[\s;]+$/, "");
  attributes.set(name, before ? before + separator + added : added);
}

/** The escaped value of an attribute, or null when it is left out. */
function attributeText(n, v, scope, frame) {
  const name = n.toLowerCase();
  if (!isDynamic(v)) return (v || "").replace(/"/g, "&quot;");
  if (v.length > 1 || v[0].t !== "$") {
    const shown = html(v, scope, { ...frame, attribute: true }).replace(/"/g, "&quot;");
    return safeURL(decodeReferences(shown), name).startsWith("unsafe:") ? `unsafe:${shown}` : shown;
  }
  const value = compile(v[0].x)(scope);
  if (BOOLEANS.has(name)) return isTruthy(value) ? "" : null;
  return value == null ? null : escapeHTML(safeURL(text(value), name));
}
