// The events of instances: on, once, off, fire. An event of a component goes on to its parents as
// "Component.event" until a handler answers false. Lifecycle events do not go on.

const LIFECYCLE = ["construct", "config", "init", "render", "complete", "update", "unrender",
  "teardown"];

const listeners = {
  /** Adds a handler for one name, several with spaces between, or an object of handlers. */
  on(names, handler) {
    const pairs = typeof names === "object" ? Object.entries(names) : [[names, handler]];
    const added = pairs.flatMap(([list, given]) => list.trim().split(/\s+/).map((name) => {
      const entry = { name, ...(typeof given === "function" ? { handler: given } : given) };
      this.handlers.push(entry);
      return entry;
    }));
    return { cancel: () => added.forEach((entry) => remove(this.handlers, entry)) };
  },

  once(names, handler) {
    const handle = this.on(names, function once(...args) {
      handle.cancel();
      return handler.apply(this, args);
    });
    return handle;
  },

  off(names, handler) {
    const gone = names?.split(/\s+/);
    this.handlers = this.handlers.filter((entry) =>
      (gone && !gone.includes(entry.name)) || (handler && entry.handler !== handler));
    return this;
  },

  /** Calls the handlers of the name; false when one of them answered false. */
  fire(name, ...args) {
    const given = args[0] instanceof Context ? args.shift()
      : new Context(this, this.scope, name, Object(args[0]) === args[0] ? args.shift() : null);
    return fireEvent(this, name, given, args) !== false;
  },
};

/** Fires, and goes on to the parents; answers undefined if there was no handler at all. */
const fireEvent = (ractive, name, context, args) => {
  let outcome;
  let full = name;
  for (let at = ractive; at; at = at.parent) {
    for (const entry of [...at.handlers]) {
      if (!fits(entry.name, full)) continue;
      if (entry.once) remove(at.handlers, entry);
      outcome ??= true;
      if (entry.handler.call(at, context, ...args) === false) outcome = false;
    }
    if (outcome === false || LIFECYCLE.includes(name)) break;
    if (at === ractive && at.parent) full = `${at.componentName}.${name}`;
  }
  return outcome;
};

/** `Item.save` fits `Item.save`, `*.save`, `Item.*` and `*`… part by part. */
const fits = (pattern, name) => {
  if (pattern === name) return true;
  if (!pattern.includes("*")) return false;
  const [parts, given] = [pattern.split("."), name.split(".")];
  return parts.length === given.length && parts.every((p, i) => p === "*" || p === given[i]);
};
