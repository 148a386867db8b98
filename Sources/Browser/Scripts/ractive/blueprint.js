// A blueprint: what the blocks of one piece of template have in common, compiled once. A model of
// the static DOM that is cloned for each block, the slots (what can change: text, attributes,
// sections …) and the walk that finds the slots' nodes in a clone.
// A slot has `names` (what it reads, null: anything), `mount(block, i)` and `update(block, i,
// change)`, and may have `destroy`, `handle` (DOM events) and, if it has a place among its
// siblings, `hydrate`. Slots keep no state of a block: that is in `block.nodes` and `block.values`.

const SVG = "http://www.w3.org/2000/svg";
const MATH = "http://www.w3.org/1998/Math/MathML";

/** Steps of a walk: take the node, to its first child, to its next sibling, to its parent. */
const [TAKE, DOWN, ALONG, UP] = [0, 1, 2, 3];

class Blueprint {
  /** `space` is the parent's namespace, "" for HTML; `locals` are the aliases known around. */
  constructor(nodes, space, ractive, locals) {
    this.ractive = ractive;
    this.locals = locals;
    this.isComponent = (name) => Boolean(ractive.component(name));
    /** The slots at each node of the model. */
    this.at = new Map();
    const fragment = document.createDocumentFragment();
    this.append(nodes, fragment, space);
    if (!fragment.firstChild || this.at.get(fragment.firstChild)?.[0].anchored) {
      fragment.prepend("");
    }
    this.single = fragment.childNodes.length === 1 && fragment.firstChild.nodeType === 1;
    this.model = this.single ? fragment.firstChild : fragment;
    this.slots = [];
    this.walk = [];
    this.plot(this.model);
    this.names = union(this.slots.map((slot) => slot.names));
    this.destroys = this.slots.some((slot) => slot.destroy);
    this.ractive = this.isComponent = null;
  }

  append(nodes, parent, space) {
    for (const node of nodes) {
      if (typeof node === "string") parent.append(decode(node));
      else if (node.t === "<") this.element(node, parent, space);
      else if (node.t === "$" && !node.raw) this.slot(new TextSlot(this.reader(node.x)), parent);
      else if (node.t !== "D") this.slot(this.placed(node, space), parent);
    }
  }

  /** The slot of a node that has a place for any number of DOM nodes before an anchor. */
  placed(node, space) {
    if (node.t === "$") return new RawSlot(this.reader(node.x), space);
    if (node.t === "#") return new SectionSlot(node, space, this);
    if (node.t === ">") return new PartialSlot(node, space);
    return new YieldSlot(node, space);
  }

  slot(slot, parent) {
    parent.append("");
    this.claim(slot, parent.lastChild);
  }

  claim(slot, node) {
    if (!this.at.has(node)) this.at.set(node, []);
    this.at.get(node).push(slot);
  }

  element(node, parent, space) {
    const Component = this.ractive.component(node.name);
    if (Component) return this.slot(new ComponentSlot(node, Component, space), parent);
    const own = node.name === "svg" ? SVG : node.name === "math" ? MATH : space;
    const element = own ? document.createElementNS(own, node.name)
      : document.createElement(node.name);
    let body = attributesOf(node, element, this);
    if (element.localName === "pre") body = withoutFirstLine(body);
    this.append(body, element, own === SVG && node.name === "foreignObject" ? "" : own);
    parent.append(element);
  }

  /** An expression as slots read it: its function and the names that it depends on. */
  reader(x) {
    return { value: compile(x), names: this.reads({ x }) };
  }

  reads(part) {
    return readsOf(part, this.locals, this.isComponent);
  }

  /** Writes the walk; the slots of an element come after those of its contents. */
  plot(node) {
    const { length } = this.walk;
    let child = node.firstChild;
    if (child) {
      this.walk.push(DOWN);
      let useful = 0;
      for (; child; child = child.nextSibling) {
        const found = this.slots.length;
        this.plot(child);
        if (this.slots.length > found) useful = this.walk.length;
        this.walk.push(ALONG);
      }
      this.walk.length = useful || length;
      if (useful) this.walk.push(UP);
    }
    for (const slot of this.at.get(node) ?? []) {
      this.walk.push(TAKE);
      this.slots.push(slot);
    }
  }
}

/** The blueprint of these template nodes for the instance's components, made at its first use. */
const blueprintOf = (nodes, space, ractive, locals) => {
  const { plans } = ractive;
  if (!plans.has(nodes)) plans.set(nodes, {});
  return (plans.get(nodes)[space] ??= new Blueprint(nodes, space, ractive, locals));
};

const union = (lists) => (lists.includes(null) ? null : [...new Set(lists.flat())]);

const holder = document.createElement("template");

/** Static text of a template, where characters may be written as `&…;`, as plain text. */
const decode = (source) => {
  if (!source.includes("&")) return source;
  holder.innerHTML = source.replace(/</g, "&lt;");
  return holder.content.textContent;
};

/** As `decode`, by the rules for attributes. */
const decodeAttribute = (source) => {
  if (!source.includes("&")) return source;
  holder.innerHTML = `<i title="${source.replace(/"/g, "&quot;")}">`;
  return holder.content.firstChild.title;
};

/** The HTML parser ignores a line break right after the tag; so do we. */
const withoutFirstLine = (nodes) => (typeof nodes[0] === "string"
  ? [nodes[0].replace(/^\r?\n/, ""), ...nodes.slice(1)] : nodes);

/** The expression that a text holds, such as a keypath relative to a row. */
const expressionOf = (source) => {
  if (!expressions.has(source)) {
    expressions.set(source, parseTemplate(`{{${source}}}`, { name: "expression" }).nodes[0]?.x);
  }
  return expressions.get(source);
};

const expressions = new Map();
