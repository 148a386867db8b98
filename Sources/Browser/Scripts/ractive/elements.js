// Elements as HTML text: their attributes, and what two-way bindings show in fields.

function renderElement(node, scope, frame) {
  const component = frame.components && Object.hasOwn(frame.components, node.name);
  if (component) return renderComponent(node, scope, frame, frame.components[node.name]);
  const attributes = new Map();
  const group = groupOf(node, scope);
  const named = (attr) => (attr.n?.toLowerCase() === "name" ? { n: attr.n, v: group.name } : attr);
  collect(group ? node.attrs.map(named) : node.attrs, attributes, scope, frame);
  const tag = node.name.toLowerCase();
  const bound = boundValue(node.attrs, "value", scope);
  let body;
  let inner = frame;
  if (tag === "select" && bound) {
    attributes.delete("value");
    inner = { ...frame, select: bound.value };
  } else if (bound && (tag === "textarea" || attributes.has("contenteditable"))) {
    attributes.delete("value");
    body = escapeHTML(text(bound.value));
  }
  body ??= html(node.body, scope, inner);
  if (tag === "option") choose(attributes, "selected", frame.select, attributes.get("value") ?? body.trim().replace(/\s+/g, " "));
  if (group) choose(attributes, "checked", group.value, attributes.get("value") || "");
  if (tag === "textarea" && body[0] === "\n") body = `\n${body}`;
  let out = `<${node.name}`;
  for (const [name, value] of attributes) out += ` ${name}="${value}"`;
  return out + (node.empty ? ">" : `>${body}</${node.name}>`);
}

/** The value of an attribute that is one mustache, as `{ value, x }`, or undefined. */
function boundValue(attrs, name, scope) {
  const found = attrs.find(({ n }) => n?.toLowerCase() === name)?.v;
  if (found?.length !== 1 || found[0].t !== "$") return undefined;
  return { value: compile(found[0].x)(scope), x: found[0].x };
}

/** The model of radio buttons or checkboxes whose name is a mustache, as `{ value, name }`. */
function groupOf({ name, attrs }, scope) {
  const type = attrs.find(({ n }) => n?.toLowerCase() === "type")?.v;
  if (name.toLowerCase() !== "input" || !/^(?:radio|checkbox)$/i.test(type)) return undefined;
  const bound = boundValue(attrs, "name", scope);
  const path = bound ? assignable(bound.x, scope) : null;
  return path === null ? undefined : { value: bound.value, name: escapeHTML(`{{${path}}}`) };
}

/** Sets a boolean attribute by whether the model has the field's own value. */
function choose(attributes, name, model, own) {
  if (model === undefined) return;
  attributes.delete(name);
  const values = Array.isArray(model) ? model : [model];
  if (values.some((one) => one != null && text(one) === unescapeHTML(own))) attributes.set(name, "");
}

function collect(attrs, attributes, scope, frame) {
  for (const attr of attrs) {
    const { n, c, s, v } = attr;
    if (attr.t) expand(attr, scope, (body, inner) => collect(body, attributes, inner, frame));
    else if (c) {
      if (isTruthy(compile(attr.x)(scope))) join(attributes, "class", " ", c);
    } else if (s) {
      const style = safeStyle(attributeValue(v.some((one) => one.t) ? v : v.join(""), scope, frame));
      if (style) join(attributes, "style", "; ", `${s}: ${escapeHTML(style)};`);
    } else if (n && !isDirective(n)) set(attributes, n, v, scope, frame);
  }
}

function join(attributes, name, separator, added) {
  const before = (attributes.get(name) || "").replace(/[\s;]+$/, "");
  attributes.set(name, before ? before + separator + added : added);
}

function set(attributes, n, v, scope, frame) {
  const name = n.toLowerCase();
  if (attributes.has(n) && name !== "class" && name !== "style") return;
  const shown = attributeText(name, v, scope, frame);
  const before = attributes.get(n);
  if (shown !== null) attributes.set(n, before ? `${shown} ${before}` : shown);
}

/** The escaped value of an attribute, or null when it is left out. */
function attributeText(name, v, scope, frame) {
  if (v === null) return "";
  if (typeof v === "string") return v.replace(/"/g, "&quot;");
  if (v.length === 1 && v[0].t === "$") {
    const value = compile(v[0].x)(scope);
    if (BOOLEANS.has(name)) return isTruthy(value) ? "" : null;
    return value == null ? null : escapeHTML(safeURL(text(value), name));
  }
  const shown = html(v, scope, { ...frame, attribute: true }).replace(/"/g, "&quot;");
  return safeURL(unescapeHTML(shown), name).startsWith("unsafe:") ? `unsafe:${shown}` : shown;
}
