// Slots whose template is known only when they are shown: partials by name, and what stands in a
// component's element (`{{yield}}`), which is rendered where that element stands.

let partialDepth = 0;

const tooDeep = (name) => {
  throw new TemplateError(`nested more than ${DEEPEST_PARTIAL} deep`, name, 1, 1);
};

/** One block before an anchor, for one list of template nodes at a time. */
class PartialSlot {
  constructor(node, space) {
    this.node = node;
    this.space = space;
    this.names = null;
    this.anchored = true;
  }

  mount(block, i) {
    block.values[i] = this.listAt(block, block.nodes[i]);
    this.update(block, i, ALL);
  }

  listAt(block, anchor) {
    return new List(anchor, (nodes) => this.make(nodes, block));
  }

  hydrate(block, i, cursor) {
    const list = (block.values[i] = this.listAt(block, null));
    list.cursor = cursor;
    this.update(block, i, ALL);
    block.nodes[i] = list.settle();
  }

  update(block, i, change) {
    const list = block.values[i];
    const nodes = this.nodesFor(block.scope);
    const [shown] = list.rows;
    const { x } = this.node;
    const kept = shown && list.ids[0] === nodes;
    const value = kept && x ? compile(x)(block.scope) : undefined;
    if (kept) {
      const isNew = x && shown.scope.value !== value;
      if (isNew) shown.scope.value = value;
      return shown.update(isNew || (x && change.names === null) ? ALL : change);
    }
    if (partialDepth === DEEPEST_PARTIAL) tooDeep(this.node.name);
    partialDepth++;
    try {
      list.show(nodes ? [nodes] : []);
    } finally {
      partialDepth--;
    }
  }

  nodesFor(scope) {
    const { name, indent } = this.node;
    const wanted = name.t ? text(compile(name)(scope)) : name;
    const partial = scope.instance.partial(wanted, indent);
    if (!partial && wanted === "content") return scope.instance.container?.body.nodes;
    return partial?.nodes;
  }

  make(nodes, { scope, delegation }) {
    const { instance: ractive } = scope;
    const { x } = this.node;
    if (nodes === ractive.container?.body.nodes) return this.outside(nodes, ractive);
    const inner = x ? enter(this.node, scope, compile(x)(scope)) : scope;
    const block = new Block(blueprintOf(nodes, this.space, ractive, []), inner);
    block.delegation = delegation;
    return block;
  }

  /** A block of the component's parent, which has to hear of the parent's changes. */
  outside(nodes, ractive) {
    const { scope } = ractive.container;
    const block = new Block(blueprintOf(nodes, this.space, scope.instance, []), scope);
    ractive.yielded.add(block);
    return block;
  }

  destroy(block, i) {
    const list = block.values[i];
    for (const row of list.rows) block.scope.instance.yielded?.delete(row);
    list.destroy();
  }
}

class YieldSlot extends PartialSlot {
  nodesFor({ instance }) {
    const { name } = this.node;
    if (name === undefined) return instance.container?.body.nodes;
    return partialOf(instance.container?.partials, name)?.nodes;
  }

  make(nodes, { scope }) {
    return this.outside(nodes, scope.instance);
  }

  update(block, i, change) {
    if (change === ALL) super.update(block, i, change);
  }
}
