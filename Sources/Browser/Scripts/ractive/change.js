// What one pass over the view has to look at: the keypaths that changed, as a tree, and the names
// along them. Instances make one for each set, update or array operation and hand it to their
// blocks. It answers two questions: what happened at this keypath, and may this expression differ?

/** The value at the keypath, and all within it. */
const WHOLE = 1;
/** Which items a list holds, and their order; not the items themselves. */
const MEMBERS = 2;

class Change {
  constructor() {
    this.tree = { mark: 0, next: null };
    /** The segments of all keypaths; null: anything may differ, as after a change in place. */
    this.names = new Set();
  }

  /** Adds a keypath; `inPlace`: objects reached under other keypaths may have changed as well. */
  add(segments, mark, inPlace) {
    let node = this.tree;
    for (const key of segments) {
      this.names?.add(key);
      node.next ??= new Map();
      let next = node.next.get(key);
      if (!next) node.next.set(key, (next = { mark: 0, next: null }));
      node = next;
    }
    if (node.mark !== WHOLE) node.mark = mark;
    if (inPlace) this.names = null;
    return this;
  }

  /** What happened at or below the keypath: a node `{mark, next}`, or null: nothing. */
  at(segments) {
    let node = this.tree;
    for (const key of segments) {
      if (node.mark === WHOLE) return node;
      node = node.next?.get(key);
      if (!node) return null;
    }
    return node;
  }

  /** May what reads these names (null: anything) differ? Remembered on `reader` for this change. */
  touches(reader) {
    if (reader.seen !== this) {
      const { names } = reader;
      reader.seen = this;
      reader.touched = !names || !this.names || names.some((name) => this.names.has(name));
    }
    return reader.touched;
  }

  /** The same change as seen from data in which `key` holds what this one has at `node`. */
  under(pairs) {
    const change = new Change();
    change.tree.next = new Map(pairs);
    if (!this.names) change.names = null;
    else change.names = new Set([...this.names, ...change.tree.next.keys()]);
    return change;
  }
}

/** A change of everything. */
const ALL = new Change().add([], WHOLE, true);
