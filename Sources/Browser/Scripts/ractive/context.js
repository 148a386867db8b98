// What event handlers get first: where in the template and the data something happened. Its methods
// are the instance's, with keypaths read from there: `context.toggle(".done")` in a row's handler.

class Context {
  constructor(ractive, scope, name, more) {
    this.ractive = ractive;
    this.scope = scope;
    this.name = name;
    /** The data context: in a row, its item. */
    this.context = scope.value;
    this.keypath = scope.path;
    this.index = indexesOf(scope);
    Object.assign(this, more);
  }

  /** The keypath, from the root, of one that is relative to here. */
  resolve(keypath = ".") {
    const source = keypath.replace(/^\.(?=[\w$])/, "./") || ".";
    return assignable(expressionOf(source), this.scope) ?? keypath;
  }

  get(keypath) {
    return compile(expressionOf(keypath?.replace(/^\.(?=[\w$])/, "./") || "."))(this.scope);
  }

  set(keypath, value) {
    const pairs = Object(keypath) === keypath ? Object.entries(keypath) : [[keypath, value]];
    return this.ractive.set(Object.fromEntries(pairs.map(([key, v]) => [this.resolve(key), v])));
  }
}

/** The index of the nearest list, as a number object, with each alias of an index by its name. */
const indexesOf = (scope) => {
  const found = {};
  let nearest;
  for (let at = scope; at; at = at.up) {
    if (at.list) nearest ??= at.key;
    for (const name in at.names) {
      const alias = at.names[name];
      if (alias === KEY || alias === POSITION) found[name] ??= alias.get(at);
    }
  }
  return nearest === undefined ? found : Object.assign(Object(nearest), found);
};

for (const name of [...MUTATORS, "toggle", "add", "subtract", "update", "merge", "observe"]) {
  Context.prototype[name] = function relative(keypath, ...args) {
    return this.ractive[name](this.resolve(keypath), ...args);
  };
}
