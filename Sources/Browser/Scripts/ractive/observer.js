// Watches keypaths, or patterns with `*`, for an instance. Handlers get (new, old, keypath, …what
// each `*` stood for) with the instance as `this`, before the DOM changes or, deferred, after it.

class Observer {
  /** Options: init (default true), once, defer, strict (objects are compared too), context. */
  constructor(ractive, pattern, handler, options) {
    this.ractive = ractive;
    this.pattern = pattern;
    this.handler = handler;
    this.options = options;
    this.wild = segmentsOf(pattern).flatMap((part, i) => (part === "*" ? [i] : []));
    this.known = this.look();
    ractive.observers.push(this);
    if (options.init !== false) this.report(new Map(), null);
  }

  look() {
    const { data } = this.ractive;
    return new Map(matchesOf(data, this.pattern).map((path) =>
      [keypathOf(path), { path, value: readAt(data, path) }]));
  }

  /** Calls the handler for each watched value that the change concerns. */
  check(change) {
    if (this.paused) return;
    const before = this.known;
    this.known = this.look();
    this.report(before, change);
  }

  report(before, change) {
    const { ractive, handler, options, wild } = this;
    for (const [keypath, { path, value }] of this.known) {
      const old = before.get(keypath)?.value;
      const inside = change && !options.strict && Object(value) === value && change.at(path);
      if (change && value === old && !inside) continue;
      if (options.once) this.cancel();
      handler.call(options.context ?? ractive, value, old, keypath, ...wild.map((i) => path[i]));
    }
  }

  cancel() {
    remove(this.ractive.observers, this);
  }

  pause() {
    this.paused = true;
  }

  resume() {
    this.paused = false;
    this.known = this.look();
  }
}

const remove = (list, item) => {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
};

/** Observes one pattern, several with spaces between, or an object of them; answers a handle. */
const observe = (ractive, patterns, handler, options) => {
  const several = typeof patterns === "object";
  const pairs = several ? Object.entries(patterns)
    : patterns.trim().split(/\s+/).map((pattern) => [pattern, handler]);
  const shared = several ? handler : options;
  const made = pairs.map(([pattern, given]) => {
    const { handler: call = given, ...own } = Object(given);
    return new Observer(ractive, pattern, call, { ...shared, ...own });
  });
  const each = (name) => () => made.forEach((observer) => observer[name]());
  return { cancel: each("cancel"), pause: each("pause"), resume: each("resume") };
};
