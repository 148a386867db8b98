// Reading and changing an instance's data: `get`, `set`, `update`, `push` and their kin. Each change
// is one pass: data, observers, DOM, deferred observers; all before the method returns. The promises
// that the methods answer are resolved already; they are there for `then`.

const accessors = {
  /** The value at the keypath, or all data. */
  get(keypath = "") {
    const value = readAt(this.data, segmentsOf(keypath));
    if (Array.isArray(value)) hold(value, this, keypath);
    return value;
  },

  /** Sets one keypath, or an object of them in one pass; `*` in a keypath: at every key. */
  set(keypath, value) {
    const pairs = Object(keypath) === keypath ? Object.entries(keypath) : [[keypath, value]];
    const entries = [];
    for (const [pattern, given] of pairs) {
      for (const path of matchesOf(this.data, pattern)) {
        if (!path.length) throw new Error("set needs a keypath; reset replaces all data");
        const same = Object.is(readAt(this.data, path), given);
        if (same && given !== undefined && Object(given) !== given) continue;
        writeAt(this.data, path, given);
        entries.push([path, WHOLE, same]);
      }
    }
    return this.commit(entries);
  },

  /**
   * Shows what was changed in place, at the keypath or anywhere. `shallow`: only the members of
   * the list there, or their order, not the items themselves.
   */
  update(keypath = "", { shallow } = {}) {
    return this.commit([[segmentsOf(keypath), shallow ? MEMBERS : WHOLE, true]]);
  },

  /** Replaces all data; computed values stay. */
  reset(data = {}) {
    for (const key of Object.keys(this.data)) delete this.data[key];
    Object.assign(this.data, data);
    return this.update();
  },

  toggle(keypath) {
    return this.change(keypath, (value) => !value);
  },

  add(keypath, by = 1) {
    return this.change(keypath, (value) => (Number(value) || 0) + Number(by));
  },

  subtract(keypath, by = 1) {
    return this.add(keypath, -by);
  },

  /** Sets each match of the keypath to what `work` makes of its value. */
  change(keypath, work) {
    const paths = matchesOf(this.data, keypath);
    return this.set(Object.fromEntries(paths.map((path) =>
      [keypathOf(path), work(readAt(this.data, path))])));
  },

  /** Makes the list hold these items; those it holds already, by `compare`, stay as they are. */
  merge(keypath, items, { compare } = {}) {
    const same = typeof compare === "function" ? compare
      : typeof compare === "string" ? (item) => item?.[compare]
        : compare ? JSON.stringify : (item) => item;
    const list = this.get(keypath) ?? [];
    const known = new Map(list.map((item) => [same(item), item]));
    const kept = items.map((item) => (known.has(same(item)) ? known.get(same(item)) : item));
    return this.splice(keypath, 0, list.length, ...kept);
  },

  /** Notes changes at `[segments, mark, in place]` here, and in the parent where it shares them. */
  commit(entries) {
    if (!entries.length) return Promise.resolve();
    const change = new Change();
    const above = [];
    for (const entry of entries) {
      const [[key, ...rest], mark, inPlace] = entry;
      change.add(...entry);
      const base = this.mappings?.get(key)?.();
      if (!base) continue;
      if (!rest.length && mark === WHOLE) writeAt(this.parent.data, base, this.data[key]);
      above.push([[...base, ...rest], mark, inPlace]);
    }
    this.apply(change);
    if (above.length) this.parent.commit(above);
    return Promise.resolve();
  },

  /** Lets observers and the DOM follow a change; the DOM does so even if an observer throws. */
  apply(change) {
    this.version++;
    for (const name of this.computations) change.names?.add(name);
    const told = (late) => this.observers.filter((observer) => !observer.options.defer === !late)
      .forEach((observer) => observer.check(change));
    try {
      told(false);
    } finally {
      this.walk(change);
    }
    told(true);
  },
};

for (const name of MUTATORS) {
  /** The array method, on the list at the keypath; a list that is missing is made. */
  accessors[name] = function mutate(keypath, ...args) {
    let list = this.get(keypath);
    if (list === undefined) {
      this.set(keypath, []);
      list = this.get(keypath);
    }
    const result = list[name](...args);
    if (!holders.get(list)?.has(this)) this.update(keypath, { shallow: true });
    return Promise.resolve(result);
  };
}
