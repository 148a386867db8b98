// A block: one rendered piece of a template with its data scope; a row of a list, the branch of a
// section, a component's contents. It holds the DOM nodes that can change and what was last written
// to them, by slot number; the slots themselves are shared by all blocks of a blueprint.
// A block's nodes stand side by side, from `first` to `last`, and these two never change.

class Block {
  constructor(plan, scope) {
    this.plan = plan;
    this.scope = scope;
    this.nodes = [];
    this.values = [];
    this.first = this.last = null;
    /** Hears the events of the nodes, if the block is within a list. */
    this.delegation = null;
    /** The pass of its section that made the block. */
    this.born = 0;
    this.hydrating = false;
  }

  /** Makes the DOM; answers the node (an element or a fragment) that is to be put in place. */
  render() {
    const { plan, nodes } = this;
    const root = plan.model.cloneNode(true);
    let node = root;
    for (const step of plan.walk) {
      if (step === DOWN) node = node.firstChild;
      else if (step === ALONG) node = node.nextSibling;
      else if (step === UP) node = node.parentNode;
      else nodes.push(node);
    }
    this.first = plan.single ? root : root.firstChild;
    this.last = plan.single ? root : root.lastChild;
    const { slots } = plan;
    for (let i = 0; i < slots.length; i++) slots[i].mount(this, i);
    return root;
  }

  /** Takes the nodes at the cursor for its own, instead of making them. */
  hydrate(cursor) {
    hydrateBlock(this, cursor);
  }

  /** Brings up to date what the change may concern. */
  update(change) {
    const { slots } = this.plan;
    for (let i = 0; i < slots.length; i++) {
      if (change === ALL || change.touches(slots[i])) slots[i].update(this, i, change);
    }
  }

  /** Calls `visit` with each node, first to last. */
  each(visit) {
    for (let node = this.first, next; ; node = next) {
      next = node === this.last ? null : node.nextSibling;
      visit(node);
      if (!next) return;
    }
  }

  contains(node) {
    let found = false;
    this.each((one) => (found ||= one.contains(node)));
    return found;
  }

  /** The slots, as `{slot, block, i}`, whose nodes or contents are around a node. */
  around(node) {
    const { nodes, plan, values } = this;
    return plan.slots.flatMap((slot, i) => {
      const here = { slot, block: this, i };
      const list = values[i]?.list ?? values[i];
      if (list instanceof List) return [here, ...slotsAround(list, node)];
      return slot.types && nodes[i].contains(node) ? [here] : [];
    });
  }

  /** Moves the nodes before `anchor`; the focus, and the selection in a field, go with them. */
  move(anchor) {
    const parent = anchor.parentNode;
    const active = document.activeElement;
    this.each((node) => {
      const held = active && node.contains(active);
      if (!held) parent.insertBefore(node, anchor);
      else if (parent.moveBefore) parent.moveBefore(node, anchor);
      else moveFocused(node, anchor, active);
    });
  }

  remove() {
    this.destroy();
    if (this.first === this.last) this.first.remove();
    else this.each((node) => node.remove());
  }

  /** Ends components and decorators within; the DOM stays as it is. */
  destroy() {
    if (!this.plan.destroys) return;
    this.plan.slots.forEach((slot, i) => slot.destroy?.(this, i));
  }
}

const moveFocused = (node, anchor, active) => {
  const { selectionStart, selectionEnd, selectionDirection } = active;
  anchor.parentNode.insertBefore(node, anchor);
  active.focus({ preventScroll: true });
  if (selectionStart != null) {
    active.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
  }
};
