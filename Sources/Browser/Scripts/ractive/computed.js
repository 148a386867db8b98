// Computed values: functions, `{get, set}` pairs or expression texts that an instance declares. Each
// is an own, not enumerable property of the data, so that templates, observers and `get` find it as
// they find the rest; it is worked out at its first reading after a change.

const defineComputed = (ractive, name, given) => {
  const { get, set } = Object(typeof given === "string" ? { get: computation(given) }
    : typeof given === "function" ? { get: given } : given);
  const getter = typeof get === "string" ? computation(get) : get;
  let version = -1;
  let value;
  ractive.computations.push(name);
  Object.defineProperty(ractive.data, name, {
    configurable: true,
    get() {
      if (version !== ractive.version) {
        version = ractive.version;
        value = getter.call(ractive, ractive.data);
      }
      return value;
    },
    set(given) {
      if (!set) throw new Error(`"${name}" is computed and has no set`);
      set.call(ractive, given);
    },
  });
};

/** The text of an expression, perhaps with keypaths as `${…}`, as a function of the instance. */
const computation = (source) => {
  const value = compile(expressionOf(source.replace(/\$\{([^}]*)\}/g, "($1)")));
  return function compute() {
    return value(this.scope);
  };
};
