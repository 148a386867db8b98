// The contexts that a template's names are looked up in, innermost first, and the keypaths they
// stand for. Renderers make one Scope for each row and each section that changes the context.

/** A key as it stands in a keypath. */
const escapeKey = (key) => String(key).replace(/[.\\]/g, "\\$&");
const joinKey = (path, key) => (path === "" ? "" : `${path}.`) + escapeKey(key);

class Scope {
  /** The expression whose value (or item) the context is; null at a root and for mere aliases. */
  x = null;
  /** Aliases: name → `{ get(scope), path(scope) }`, an object without prototype, or null. */
  names = null;
  /** The position of an object's entry; rows of lists have it in `key`. */
  order = undefined;

  /** `key` is the index or property name of an item; `instance` is given at a root. */
  constructor(up, value, key, instance) {
    this.up = up;
    this.value = value;
    this.key = key;
    this.instance = instance || (up ? up.instance : null);
  }

  /** True for an item of an each or of a section over a list. */
  get list() {
    return this.key !== undefined;
  }

  /** The keypath of the context: "" at a root, null when it is no place in the data. */
  get path() {
    if (!this.x) return this.up ? this.up.path : "";
    const base = assignable(this.x, this.up);
    return base === null || !this.list ? base : joinKey(base, this.key);
  }

  get root() {
    let scope = this;
    while (scope.up && scope.up.instance === scope.instance) scope = scope.up;
    return scope;
  }

  /** The scope of the context `up` levels above, passing over mere aliases; undefined beyond. */
  context(up) {
    let scope = this;
    while (scope.up && !scope.x) scope = scope.up;
    return up ? scope.up?.context(up - 1) : scope;
  }

  /** The scope of the nearest item. */
  get item() {
    let scope = this;
    while (scope && !scope.list) scope = scope.up;
    return scope;
  }

  /** The scope that knows the name, or undefined. */
  holder(name) {
    let scope = this;
    while (scope && !scope.has(name)) scope = scope.up;
    return scope || undefined;
  }

  has(name) {
    const { names, value } = this;
    if (names && name in names) return true;
    return typeof value === "object" && value !== null && Object.hasOwn(value, name);
  }

  /** The value of a name. */
  find(name) {
    for (let scope = this; scope; scope = scope.up) {
      const { names, value } = scope;
      if (names !== null && name in names) return names[name].get(scope);
      if (typeof value === "object" && value !== null && Object.hasOwn(value, name)) {
        return value[name];
      }
    }
    return undefined;
  }
}

/** Aliases that stand for a row's key, its position and the row itself. */
const KEY = { get: (scope) => scope.key, path: () => null };
const POSITION = { get: (scope) => scope.order ?? scope.key, path: () => null };
const ITEM = { get: (scope) => scope.value, path: (scope) => scope.path };
const aliasOf = (x) => ({
  get: (scope) => compile(x)(scope.up),
  path: (scope) => assignable(x, scope.up),
});

/** The scope within a section (or a partial with a context) for one value. */
function enter(node, scope, value, key, order) {
  const inner = new Scope(scope, value, key);
  inner.x = node.x || null;
  inner.names = node.names || null;
  inner.order = order;
  return inner;
}

/** The keypath that an expression names in a scope, or null: what two-way binding writes to. */
function assignable(expr, scope) {
  const { t, a, k, n } = expr;
  if (t === "name") return placeOf(n, scope);
  if (t === "this") return scope.context(expr.up)?.path ?? null;
  if (t === "root") return "";
  const key = t === "." ? k : t === "[]" ? String(compile(a[1])(scope)) : undefined;
  if (key === undefined || FORBIDDEN.test(key)) return null;
  const base = assignable(a[0], scope);
  return base === null ? null : joinKey(base, key);
}

function placeOf(name, scope) {
  if (FORBIDDEN.test(name)) return null;
  let holder = scope.holder(name);
  if (holder?.names && name in holder.names) return holder.names[name].path(holder);
  holder ||= scope.context(0);
  return holder.path === null ? null : joinKey(holder.path, name);
}
