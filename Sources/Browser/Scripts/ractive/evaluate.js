// Expression trees to functions of a scope, made once for each tree. Evaluating reads data and calls
// listed functions only; it never throws: what cannot be done gives undefined.

const BINARY = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  "==": (a, b) => a == b,
  "!=": (a, b) => a != b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  in: (a, b) => typeof b === "object" && b !== null && Object.hasOwn(b, a),
};

const UNARY = {
  "u!": (a) => !a,
  "u-": (a) => -a,
  "u+": (a) => +a,
  utypeof: (a) => typeof a,
};

const SPECIAL = {
  index: (scope) => POSITION.get(scope.item || scope),
  key: (scope) => scope.item?.key,
  keypath: (scope) => scope.path,
  root: (scope) => scope.root.value,
  this: (scope) => scope.instance,
};

const BUILDERS = {
  value: ({ v }) => () => v,
  name: ({ n }) => (FORBIDDEN.test(n) ? () => undefined : (scope) => scope.find(n)),
  "@": ({ n }) => SPECIAL[n] || ((scope) => scope.find(`@${n}`)),
  this: ({ up }) => (up ? (scope) => scope.context(up)?.value : (scope) => scope.value),
  root: () => (scope) => scope.root.value,
  ".": ({ a, k }) => {
    const object = base(a[0]);
    if (FORBIDDEN.test(k)) return () => undefined;
    return (scope) => member(object(scope), k);
  },
  "[]": ({ a }) => {
    const [object, key] = a.map(base);
    return (scope) => member(object(scope), keyOf(key(scope)));
  },
  "()": call,
  "?": ({ a }) => {
    const [test, yes, no] = a.map(build);
    return (scope) => (test(scope) ? yes(scope) : no(scope));
  },
  "&&": ({ a }, [left, right] = a.map(build)) => (scope) => left(scope) && right(scope),
  "||": ({ a }, [left, right] = a.map(build)) => (scope) => left(scope) || right(scope),
  "??": ({ a }, [left, right] = a.map(build)) => (scope) => left(scope) ?? right(scope),
  "[": ({ a }, items = a.map(build)) => (scope) => items.map((item) => item(scope)),
  "{": ({ a, k }, items = a.map(build)) => (scope) =>
    Object.fromEntries(items.map((item, index) => [k[index], item(scope)])),
  text: ({ a }, parts = a.map(build)) => (scope) =>
    parts.map((part) => text(part(scope))).join(""),
};

/** A tree as `(scope) → value`, made at the first call. */
function compile(expr) {
  if (!expr.run) {
    const run = build(expr);
    expr.run = "name this .".includes(expr.t) ? run : (scope) => attempt(() => run(scope));
  }
  return expr.run;
}

const keyOf = (key) => (typeof key === "number" ? key : String(key));

function build(expr) {
  const { t, a } = expr;
  if (BUILDERS[t]) return BUILDERS[t](expr);
  const [left, right] = a.map(build);
  const unary = UNARY[t];
  if (unary) return (scope) => unary(left(scope));
  const binary = BINARY[t];
  return (scope) => binary(left(scope), right(scope));
}

/** The object of a member or a call: here names may be those of the global functions too. */
function base(expr) {
  const { t, n } = expr;
  if (t !== "name" || !Object.hasOwn(GLOBALS, n)) return build(expr);
  return (scope) => (scope.holder(n) ? scope.find(n) : GLOBALS[n]);
}

function attempt(run) {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function call({ a: [callee, ...rest] }) {
  const args = rest.map(build);
  const values = (scope) => args.map((arg) => arg(scope));
  if (".[]".includes(callee.t)) {
    const object = base(callee.a[0]);
    const key = callee.t === "." ? () => callee.k : build(callee.a[1]);
    return (scope) =>
      attempt(() =>
        callMember(object(scope), keyOf(key(scope)), values(scope), scope.instance));
  }
  const name = callee.t === "name" ? callee.n : "";
  const called = base(callee);
  return (scope) => {
    const method = called(scope);
    const { instance } = scope;
    if (method === undefined && name) return attempt(() => callMember(instance, name, values(scope), instance));
    const holder = name && scope.holder(name);
    const receiver = holder && holder.up ? holder.value : instance;
    return typeof method === "function" ? attempt(() => method.apply(receiver, values(scope))) : undefined;
  };
}

/** Whether a callee is one of the listed functions, which read their arguments only. */
function isPure({ t, k, n, a }) {
  if (t === "name") return Object.hasOwn(GLOBALS, n);
  if (t !== ".") return false;
  return Object.hasOwn(GLOBALS, a[0].n) || Object.values(METHODS).some((of) => Object.hasOwn(of, k));
}

/** The names that a tree may read, or null for anything; "@index" and "@key" are among them. */
function names(expr) {
  const { t, a, n } = expr;
  if (t === "name") return [n];
  if (t === "@") return n === "index" || n === "key" ? [`@${n}`] : null;
  if (t === "this" || t === "root" || (t === "()" && !isPure(a[0]))) return null;
  const all = a.map(names);
  return all.includes(null) ? null : all.flat();
}
