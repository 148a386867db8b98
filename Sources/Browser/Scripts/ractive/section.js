// Sections: `{{#x}}`, `each`, `if`, `unless`, `with`, and what is shown else. A section shows the
// rows of a list, or one block, or nothing; a block stays as long as its item and its branch do.

class SectionSlot {
  constructor(node, space, blueprint) {
    this.node = node;
    this.space = space;
    this.value = compile(node.x);
    this.names = blueprint.reads(node);
    this.locals = [...blueprint.locals, ...Object.keys(node.names ?? {})];
    /** Do rows show where in the list they stand? */
    this.placed = readsPlace(node);
    this.anchored = true;
  }

  mount(block, i) {
    block.values[i] = new Section(this, block, block.nodes[i], block.nodes[i].parentNode);
    block.values[i].update(ALL);
  }

  update(block, i, change) {
    block.values[i].update(change);
  }

  hydrate(block, i, cursor) {
    const section = (block.values[i] = new Section(this, block, null, cursor.parent));
    section.list.cursor = cursor;
    section.update(ALL);
    block.nodes[i] = section.list.settle();
  }

  destroy(block, i) {
    block.values[i].list.destroy();
    block.values[i].hold(null);
  }
}

class Section {
  constructor(slot, { scope, delegation }, anchor, parent) {
    this.slot = slot;
    this.scope = scope;
    this.list = new List(anchor, (id, index) => this.make(id, index));
    /**
     * What is shown: "rows", "inner" (the body with the value as its context), "body", "aliased"
     * (the body, with new names), "other".
     */
    this.shape = null;
    this.pass = 0;
    this.held = null;
    this.inherited = delegation;
    /** Who hears the events of rows: one for all lists within a list. */
    this.delegation = delegation;
    if (!delegation && parent.nodeType === 1) this.delegation = new Delegation(parent, this.list);
  }

  update(change) {
    const { slot, scope, list } = this;
    const value = slot.value(scope);
    const shape = shapeOf(slot.node, value);
    this.hold(Array.isArray(value) ? value : null);
    if (shape !== this.shape) list.show([]);
    this.shape = shape;
    this.value = value;
    this.pass++;
    if (shape === "rows") return this.updateRows(change);
    list.show(shape === "other" && !slot.node.other ? [] : [shape]);
    const [row] = list.rows;
    if (!row || row.born === this.pass) return;
    if (shape === "aliased") row.scope.value = scope.value;
    if (shape !== "inner") return row.update(change);
    const whole = row.scope.value !== value || this.changeAt(change)?.mark === WHOLE;
    row.scope.value = value;
    row.update(whole ? ALL : change);
  }

  updateRows(change) {
    const { slot, list, value, pass } = this;
    const isArray = Array.isArray(value);
    const at = this.changeAt(change);
    const ids = isArray ? value.slice() : each(value).map(([key]) => key);
    list.show(ids, isArray && at?.mark !== MEMBERS);
    const { rows } = list;
    const whole = at?.mark === WHOLE;
    const everyRow = whole || !at || this.readsAround();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (row.born === pass) continue;
      const item = isArray ? ids[i] : value[ids[i]];
      const isNew = row.scope.value !== item || (slot.placed && placeIn(row.scope) !== i);
      row.scope.value = item;
      if (isArray) row.scope.key = i;
      else row.scope.order = i;
      if (whole || isNew) row.update(ALL);
      else if (everyRow) row.update(change);
    }
    if (everyRow || !at.next) return;
    for (const [key, { mark }] of at.next) {
      const row = rows[isArray ? key : ids.indexOf(key)];
      if (row && row.born !== pass) row.update(mark === WHOLE ? ALL : change);
    }
  }

  make(id, index) {
    const { slot, scope, shape, value } = this;
    const { node, space, locals } = slot;
    const nodes = shape === "other" ? node.other : node.body;
    let inner = scope;
    if (shape === "inner") inner = enter(node, scope, value);
    else if (shape === "aliased") inner = enter({ names: node.names }, scope, scope.value);
    else if (shape === "rows") {
      inner = Array.isArray(value) ? enter(node, scope, id, index)
        : enter(node, scope, value[id], id, index);
    }
    const block = new Block(blueprintOf(nodes, space, scope.instance, locals), inner);
    block.born = this.pass;
    block.delegation = shape === "rows" ? this.delegation : this.inherited;
    return block;
  }

  /** The segments of the value's keypath, or null when it is no place in the data. */
  place() {
    const keypath = assignable(this.slot.node.x, this.scope);
    return keypath === null ? null : segmentsOf(keypath);
  }

  changeAt(change) {
    if (change === ALL) return ALL.tree;
    const place = this.place();
    return place && change.at(place);
  }

  /** May rows read, past their own item, the list that they are in? */
  readsAround() {
    const { names } = this.list.rows[0]?.plan ?? { names: [] };
    return !names || this.place().some((key) => names.includes(key));
  }

  /** Hears of the methods that change this array, and no longer of another one's. */
  hold(array) {
    if (array === this.held) return;
    const ractive = this.scope.instance;
    if (this.held) holders.get(this.held)?.get(ractive)?.delete(this);
    if (array) hold(array, ractive, this);
    this.held = array;
  }
}

const shapeOf = ({ kind, names: aliases }, value) => {
  if (kind === "with" && aliases) return "aliased";
  if (kind === "each") {
    return (Array.isArray(value) ? value : each(value)).length ? "rows" : "other";
  }
  if (isTruthy(value) === (kind === "unless")) return "other";
  if (kind === "section" && Array.isArray(value)) return "rows";
  return kind === "if" || kind === "unless" ? "body" : "inner";
};

const placeIn = (scope) => scope.order ?? scope.key;
