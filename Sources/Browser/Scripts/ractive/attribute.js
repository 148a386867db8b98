// Attribute slots of elements. A value with mustaches is written where it changes; elements with
// `class-`, `style-` or conditional attributes have theirs worked out together, as the HTML renderer
// does it. Nothing here writes what a Content-Security-Policy forbids: styles go through `style`.

/** Where a field or an option keeps the value that its attribute was given, before it became text. */
const VALUE = Symbol("value");

const XLINK = "http://www.w3.org/1999/xlink";

/** Sets or, for null, removes an attribute, and the property that is not its mirror. */
const writeAttribute = (node, name, value) => {
  if (value === null) node.removeAttribute(name);
  else if (name === "style") node.style.cssText = value;
  else if (name.startsWith("xlink:")) node.setAttributeNS(XLINK, name, value);
  else node.setAttribute(name, value);
  if (name === "value" && "defaultValue" in node) node.value = value ?? "";
  else if (/^(?:checked|selected|muted)$/.test(name)) node[name] = value !== null;
};

class AttributeSlot {
  constructor(name, parts, names) {
    this.name = name;
    this.parts = parts;
    this.names = names;
    this.single = parts.length === 1 && parts[0].t === "$" ? compile(parts[0].x) : null;
    this.truth = BOOLEANS.has(name);
  }

  value({ scope }, node) {
    const { name, parts, single } = this;
    if (!single) return decodeAttribute(attributeText(name, parts, scope, frameOf(scope.instance)));
    const value = single(scope);
    if (name === "value") node[VALUE] = value;
    if (this.truth) return isTruthy(value) ? "" : null;
    return value == null ? null : safeURL(text(value), name);
  }

  mount(block, i) {
    const node = block.nodes[i];
    const value = (block.values[i] = this.value(block, node));
    if (value !== null || node.hasAttribute(this.name)) writeAttribute(node, this.name, value);
  }

  update(block, i) {
    const node = block.nodes[i];
    const value = this.value(block, node);
    if (value !== block.values[i]) writeAttribute(node, this.name, (block.values[i] = value));
  }
}

/** All attributes of an element of which some come and go, or are put together from several. */
class AttributesSlot {
  constructor(attrs, names) {
    this.attrs = attrs;
    this.names = names;
  }

  mount(block, i) {
    block.values[i] = new Map();
    this.update(block, i);
  }

  update(block, i) {
    const { scope, nodes, values } = block;
    const shown = new Map();
    collect(this.attrs, shown, scope, frameOf(scope.instance));
    for (const name of values[i].keys()) if (!shown.has(name)) writeAttribute(nodes[i], name, null);
    for (const [name, value] of shown) {
      if (values[i].get(name) !== value) writeAttribute(nodes[i], name, decodeAttribute(value));
    }
    values[i] = shown;
  }
}

/** Puts an element's static attributes on its model, and claims slots for all others. */
const attributesOf = (node, element, blueprint) => {
  const field = fieldOf(node);
  const rest = node.attrs.filter((attr) => attr !== field?.attr);
  const plain = rest.filter((attr) => !attr.on && !(attr.n && isDirective(attr.n)));
  const together = plain.some(({ t, c, s }) => t || c || s);
  const claimed = plain.filter((attr) => {
    const { n, v } = attr;
    const isStatic = n && !Array.isArray(v) && !(together && /^(?:class|style)$/i.test(n));
    if (isStatic && !element.hasAttribute(n)) writeAttribute(element, n, decodeAttribute(v ?? ""));
    return !isStatic;
  });
  const reads = (part) => blueprint.reads(part);
  if (together) blueprint.claim(new AttributesSlot(claimed, reads(claimed)), element);
  else {
    for (const { n, v } of claimed) {
      blueprint.claim(new AttributeSlot(n.toLowerCase() === n ? n : element.namespaceURI === SVG
        ? n : n.toLowerCase(), v, reads(v)), element);
    }
  }
  if (field) blueprint.claim(new FieldSlot(field, node, reads), element);
  for (const attr of rest) {
    if (attr.on) blueprint.claim(new EventSlot(attr), element);
    else if (attr.n?.startsWith("as-")) blueprint.claim(new DecoratorSlot(attr), element);
  }
  return field?.body ? [] : node.body;
};
