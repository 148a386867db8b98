// Component slots: an element whose name is a component's is an instance of its own. Its attributes
// are its data; those that name a place in the parent's data are shared both ways. Its body is shown
// by `{{yield}}`. Its `on-` attributes listen to what the component fires.

class ComponentSlot {
  constructor(node, Component, space) {
    this.node = node;
    this.Component = Component;
    this.space = space;
    this.names = null;
    this.anchored = true;
    this.body = { nodes: node.body };
    this.given = node.attrs.filter(({ n }) => n);
  }

  mount(block, i) {
    const child = this.create(block, i);
    block.nodes[i].before(child.block.render());
  }

  hydrate(block, i, cursor) {
    this.create(block, i).block.hydrate(cursor);
    block.nodes[i] = cursor.anchor();
  }

  create(block, i) {
    const { scope } = block;
    const { node, Component, body } = this;
    const shown = this.valuesIn(scope);
    const child = Object.create(Component.prototype);
    const container = { scope, body, partials: node.partials, name: node.name };
    child.mappings = new Map(this.given.filter(({ v }) => isPlace(v)).map(({ n, v }) =>
      [n, () => placeOfValue(v[0].x, scope)]));
    initialise(child, { data: { ...shown } }, scope.instance, container);
    for (const attr of node.attrs) if (attr.on) this.forward(child, attr, scope);
    block.values[i] = { child, shown };
    child.plant(this.space);
    return child;
  }

  forward(child, attr, scope) {
    child.on(attr.on.join(" "), (context, ...rest) =>
      perform(attr.call || attr.args.length ? attr : { ...attr, args: rest.map(constant) }, scope, {
        component: child, original: context.original, node: context.node,
      }));
  }

  valuesIn(scope) {
    const frame = frameOf(scope.instance);
    return Object.fromEntries(this.given.map(({ n, v }) =>
      [n, v === null ? true : attributeValue(v, scope, frame)]));
  }

  update(block, i, change) {
    const { child, shown } = block.values[i];
    const now = this.valuesIn(block.scope);
    const pairs = [];
    let shared = false;
    for (const [key, value] of Object.entries(now)) {
      const isObject = Object(value) === value;
      const place = isObject && child.mappings.get(key)?.();
      const at = place && change.at(place);
      shared ||= isObject;
      const isNew = value !== shown[key];
      if (isNew) child.data[key] = value;
      else if (!isObject || (!at && change.names)) continue;
      pairs.push([key, (!isNew && at) || ALL.tree]);
    }
    block.values[i].shown = now;
    if (pairs.length || shared) child.apply(change.under(pairs));
    for (const inner of child.yielded) inner.update(change);
  }

  destroy(block, i) {
    block.values[i].child.end();
  }
}

const isPlace = (v) => Array.isArray(v) && v.length === 1 && v[0].t === "$";

const placeOfValue = (x, scope) => {
  const keypath = assignable(x, scope);
  return keypath ? segmentsOf(keypath) : null;
};
