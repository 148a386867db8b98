// DOM events and decorators. All nodes share one listener function: it finds the node's block, and
// there the slots that want the event. Handlers are looked up, and arguments evaluated, when the
// event happens, so rows cost no closures.

/** Where a node keeps the block that handles its events. */
const HOME = Symbol("block");

const listen = (block, i, types) => {
  const node = block.nodes[i];
  node[HOME] = block;
  for (const type of types) node.addEventListener(type, dispatch);
};

function dispatch(event) {
  const block = this[HOME];
  block.plan.slots.forEach((slot, i) => {
    if (block.nodes[i] === this && slot.types?.includes(event.type)) slot.handle(block, i, event);
  });
}

/** Fires what an `on-` attribute asks for; false when a handler answered false. */
const perform = ({ fire, call, args }, scope, more) => {
  const ractive = scope.instance;
  const name = typeof fire === "string" ? fire : fire && attributeValue(fire, scope, frameOf(ractive));
  const context = new Context(ractive, scope, name, more);
  const inner = enter({ names: Object.create(null) }, scope, scope.value);
  for (const [key, value] of Object.entries({ context, event: more.original, node: more.node })) {
    inner.names[`@${key}`] = { get: () => value, path: () => null };
  }
  if (call) return compile(call)(inner);
  const values = args.map((arg) => compile(arg)(inner));
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

/** `as-NAME="arguments"`: a function of the node that may answer `{update, teardown}`. */
class DecoratorSlot {
  constructor({ n, v }) {
    this.name = n.slice(3);
    const given = Array.isArray(v) ? { t: "[", a: v.filter((part) => part.t).map(({ x }) => x) }
      : expressionOf(`[${v ?? ""}]`);
    this.args = compile(given);
    this.names = null;
  }

  mount(block, i) {
    const { scope } = block;
    const decorate = scope.instance.decorators[this.name];
    const args = this.args(scope);
    if (!decorate) throw new Error(`there is no decorator "${this.name}"`);
    block.values[i] = { args };
    block.values[i].made = decorate.call(scope.instance, block.nodes[i], ...args) ?? {};
  }

  update(block, i) {
    const state = block.values[i];
    const args = this.args(block.scope);
    if (args.every((arg, at) => arg === state.args[at] && Object(arg) !== arg)) return;
    state.args = args;
    if (state.made.update) return void state.made.update(...args);
    this.destroy(block, i);
    this.mount(block, i);
  }

  destroy(block, i) {
    block.values[i].made.teardown?.();
  }
}
