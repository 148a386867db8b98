// Taking over what the server rendered: the blocks' nodes are found in the page instead of being
// made. The page's nodes are walked beside the blueprints; neighbouring texts, which HTML can't tell
// apart, are split, and anchors are put in. Where the page is not what the template gives, a
// Mismatch ends the attempt, and the caller renders anew.

class Mismatch extends Error {}

/** Where among the children of an element the taking over stands. */
class Cursor {
  constructor(parent) {
    this.parent = parent;
    this.node = parent.firstChild;
  }

  take() {
    const { node } = this;
    if (!node) throw new Mismatch(`<${this.parent.nodeName}> has too little in it`);
    this.node = node.nextSibling;
    return node;
  }

  /** A text node with exactly these data. */
  text(data) {
    const { node } = this;
    if (data === "") return this.anchor();
    if (node?.nodeType !== 3 || !node.data.startsWith(data)) {
      throw new Mismatch(`expected the text ${JSON.stringify(data)}`);
    }
    if (node.data.length > data.length) node.splitText(data.length);
    return this.take();
  }

  anchor() {
    return this.parent.insertBefore(document.createTextNode(""), this.node);
  }

  /** The next element, which must be of the model's kind. */
  element(model) {
    const node = this.take();
    if (node.nodeName !== model.nodeName) throw new Mismatch(`expected <${model.nodeName}>`);
    return node;
  }

  /** The next node, which must be equal to the given one. */
  same(given) {
    if (given.nodeType === 3) return this.text(given.data);
    const node = this.take();
    if (!node.isEqualNode(given)) throw new Mismatch(`expected ${given.outerHTML}`);
    return node;
  }

  end() {
    if (this.node) throw new Mismatch(`<${this.parent.nodeName}> has too much in it`);
  }
}

/** Makes a block own the nodes at the cursor, as if it had rendered them. */
const hydrateBlock = (block, cursor) => {
  const { model, single } = block.plan;
  block.hydrating = true;
  if (single) {
    block.first = block.last = adopt(block, model, cursor);
  } else {
    for (const part of model.childNodes) {
      block.last = adopt(block, part, cursor);
      block.first ??= block.last;
    }
  }
  block.hydrating = false;
};

/** Adopts what corresponds to a node of the model; answers it, for a place its anchor. */
const adopt = (block, model, cursor) => {
  const { nodes, plan } = block;
  const slots = plan.at.get(model) ?? [];
  if (model.nodeType === 3) {
    if (!slots.length) return cursor.text(model.data);
    slots[0].hydrate(block, nodes.length, cursor);
    return nodes.at(-1);
  }
  const node = cursor.element(model);
  if (!slots.some((slot) => slot.filled)) adoptChildren(block, model, node);
  for (const slot of slots) {
    nodes.push(node);
    slot.mount(block, nodes.length - 1);
  }
  return node;
};

const adoptChildren = (block, model, node) => {
  const { firstChild } = node;
  const isWrapped = node.nodeName === "TABLE" && firstChild?.nodeName === "TBODY"
    && firstChild === node.lastChild && !model.querySelector("tbody");
  const inner = new Cursor(isWrapped ? firstChild : node);
  for (const part of model.childNodes) adopt(block, part, inner);
  inner.end();
};
