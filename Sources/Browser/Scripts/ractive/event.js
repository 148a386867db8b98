// DOM events: what `on-` attributes do when something happens, and how nodes come to hear of it. In
// lists one listener on the element around the rows serves all of them, so a row costs nothing: the
// block and slot concerned are looked for when an event arrives.

/** Events that do not come up to the element around the rows. */
const STAYING = /^(?:focus|blur|load|error|scroll|toggle|invalid|close|cancel|\w+(?:enter|leave))$/;

/** Has the slot's `handle` called for these events of its node. */
const listen = (block, i, types) => {
  const slot = block.plan.slots[i];
  const { delegation } = block;
  if (delegation?.served.has(slot)) return;
  const own = delegation ? types.filter((type) => STAYING.test(type)) : types;
  for (const type of own) {
    block.nodes[i].addEventListener(type, (event) => slot.handle(block, i, event));
  }
  if (!delegation) return;
  for (const type of types) if (!own.includes(type)) delegation.hear(type);
  if (!own.length) delegation.served.add(slot);
};

/** The listener for the rows of a list and all within them, components apart. */
class Delegation {
  constructor(element, list) {
    this.element = element;
    this.list = list;
    this.types = new Set();
    /** The slots that this listener serves entirely. */
    this.served = new Set();
  }

  hear(type) {
    if (this.types.has(type)) return;
    this.types.add(type);
    this.element.addEventListener(type, this);
  }

  handleEvent(event) {
    const { type } = event;
    const found = slotsAround(this.list, event.target);
    for (const node of event.composedPath()) {
      if (node === this.element || event.cancelBubble) return;
      for (const { slot, block, i } of found) {
        const isHeard = block.nodes[i] === node && slot.types?.includes(type) && !STAYING.test(type);
        if (isHeard) slot.handle(block, i, event);
      }
    }
  }
}

/** The slots, as `{slot, block, i}`, of the rows around a node; the innermost block's are last. */
const slotsAround = (list, node) => {
  const block = list.rows.find((row) => row.contains(node));
  return block ? block.around(node) : [];
};

/** Fires what an `on-` attribute asks for; false when a handler answered false. */
const perform = ({ fire, call, args }, scope, more) => {
  const ractive = scope.instance;
  const name = Array.isArray(fire) ? attributeValue(fire, scope, frameOf(ractive)) : fire;
  const context = new Context(ractive, scope, name, more);
  if (call) return compile(call)(scope);
  const values = args.map((arg) => compile(arg)(scope));
  const outcome = fireEvent(ractive, name, context, values);
  if (outcome !== undefined) return outcome;
  let owner = ractive;
  while (owner && !owner.unhandled) owner = owner.parent;
  return owner?.unhandled(name, values, context);
};

class EventSlot {
  constructor(attr) {
    this.attr = attr;
    this.names = [];
    this.types = attr.on;
  }

  mount(block, i) {
    const own = this.types.filter((type) => block.scope.instance.events[type]);
    listen(block, i, this.types.filter((type) => !own.includes(type)));
    for (const type of own) this.custom(block, i, type);
  }

  /** An event of the page's own: a function that is given the node and what fires the event. */
  custom(block, i, type) {
    const fire = ({ original, node = block.nodes[i], ...more } = {}) =>
      perform(this.attr, block.scope, { original, event: original, node, ...more });
    block.scope.instance.events[type](block.nodes[i], fire);
  }

  handle(block, i, event) {
    const more = { original: event, event, node: block.nodes[i] };
    if (perform(this.attr, block.scope, more) !== false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  update() {}
}
