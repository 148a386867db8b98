// Elements as HTML text: their attributes, and what two-way bindings show in fields.

function renderElement(node, scope, frame) {
  const component = frame.components && Object.hasOwn(frame.components, node.name);
  if (component) return renderComponent(node, scope, frame, frame.components[node.name]);
  const attributes = new Map();
  collect(node.attrs, attributes, scope, frame);
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
  if (tag === "option") choose(attributes, "selected", frame.select, optionValue(attributes, body));
  if (tag === "input") group(node, attributes, scope);
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

/** Radio buttons and checkboxes whose name is a mustache: checked by their value. */
function group(node, attributes, scope) {
  const bound = boundValue(node.attrs, "name", scope);
  const path = bound && assignable(bound.x, scope);
  if (path == null || !/^(?:radio|checkbox)$/i.test(attributes.get("type"))) return;
  attributes.set("name", `{{${escapeHTML(path)}}}`);
  choose(attributes, "checked", bound.value, unescapeHTML(attributes.get("value") || ""));
}

function optionValue(attributes, body) {
  return unescapeHTML(attributes.get("value") ?? body.trim().replace(/\s+/g, " "));
}

/** Sets a boolean attribute by whether the model has the field's own value. */
function choose(attributes, name, model, own) {
  if (model === undefined) return;
  attributes.delete(name);
  const values = Array.isArray(model) ? model : [model];
  if (values.some((one) => one != null && text(one) === own)) attributes.set(name, "");
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
