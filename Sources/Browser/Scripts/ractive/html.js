// Templates as HTML text: what toHTML gives, and the server's renderer for the same data. A frame
// is what a template is rendered with: partials, components, the model of the select around, and
// for a component's template what its `{{yield}}` stands for.

const DEEPEST_PARTIAL = 200;

/** The HTML of nodes. Throws TemplateError where partials never end. */
function renderHTML(nodes, scope, { partials, components } = {}) {
  try {
    return html(nodes, scope, { partials, components, depth: 0, select: undefined, outer: null });
  } catch (error) {
    throw error instanceof RangeError ? endless("template") : error;
  }
}

/** Calls `visit(nodes, scope)` for what a section shows: contents for each item, or else-part. */
function expand(node, scope, visit) {
  const { kind, body, other, names: aliases } = node;
  const value = compile(node.x)(scope);
  const iterates = kind === "each" || (kind === "section" && Array.isArray(value));
  const rows = iterates ? each(value) : [];
  const shows = iterates ? rows.length > 0 : isTruthy(value) !== (kind === "unless");
  if (kind === "with" && aliases) visit(body, enter({ names: aliases }, scope, scope.value));
  else if (!shows) visit(other || [], scope);
  else if (kind === "if" || kind === "unless") visit(body, scope);
  else if (!iterates) visit(body, enter(node, scope, value));
  else rows.forEach(([key, item], order) => visit(body, enter(node, scope, item, key, order)));
}

function html(nodes, scope, frame) {
  let out = "";
  for (const node of nodes) {
    out += typeof node === "string" ? node : RENDERERS[node.t](node, scope, frame);
  }
  return out;
}

const RENDERERS = {
  $: ({ x, raw }, scope, frame) => {
    const shown = text(compile(x)(scope));
    return raw && !frame.attribute ? shown : escapeHTML(shown);
  },
  "#": (node, scope, frame) => {
    let out = "";
    expand(node, scope, (body, inner) => (out += html(body, inner, frame)));
    return out;
  },
  D: (node) => node.text,
  Y: ({ name }, scope, { outer }) => (outer ? yielded(outer, name) : ""),
  ">": renderPartial,
  "<": renderElement,
};

/** Also for what the engine's own stack does not bear, such as many elements in such a partial. */
const endless = (what) =>
  new TemplateError(`nested more than ${DEEPEST_PARTIAL} deep`, what, 1, 1);

function deeper(frame, what) {
  const depth = frame.depth + 1;
  if (depth > DEEPEST_PARTIAL) throw endless(what);
  return { ...frame, depth };
}

function renderPartial(node, scope, frame) {
  const name = node.name.t ? text(compile(node.name)(scope)) : node.name;
  const partial = partialOf(frame.partials, name, node.indent);
  if (!partial) return name === "content" && frame.outer ? yielded(frame.outer) : "";
  const inner = node.x ? enter(node, scope, compile(node.x)(scope)) : scope;
  const partials = { ...frame.partials, ...partial.partials };
  return html(partial.nodes, inner, { ...deeper(frame, name), partials });
}

/** What stands in a component's element, rendered where that element stands. */
function yielded({ node, scope, frame }, name) {
  const body = name === undefined ? node.body : partialOf(node.partials, name)?.nodes || [];
  return html(body, scope, deeper(frame, node.name));
}

function renderComponent(node, scope, frame, component) {
  const data = { ...(typeof component.data === "function" ? component.data() : component.data) };
  const give = (attrs, inner) => {
    for (const attr of attrs) {
      const { t, n, v } = attr;
      if (t) expand(attr, inner, give);
      else if (n) data[n] = v === null || attributeValue(v, inner, frame);
    }
  };
  give(node.attrs, scope);
  const template = partialOf(component, "template");
  const inner = component.scope ? component.scope(data) : new Scope(null, data);
  return html(template.nodes, inner, {
    ...deeper(frame, node.name),
    partials: { ...frame.partials, ...component.partials, ...template.partials, ...node.partials },
    components: { ...frame.components, ...component.components },
    outer: { node, scope, frame },
  });
}

/** The value that an attribute gives to a component or a style. */
function attributeValue(v, scope, frame) {
  if (!isDynamic(v)) return unescapeHTML(v || "");
  if (v.length === 1 && v[0].t === "$") return compile(v[0].x)(scope);
  return unescapeHTML(html(v, scope, { ...frame, attribute: true }));
}
