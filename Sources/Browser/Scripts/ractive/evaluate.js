// Expression trees as functions of a scope, made once for each tree. Evaluating reads data and
// calls listed functions only; it never throws: what cannot be done gives undefined.

const OPERATIONS = {
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
  "u!": (a) => !a,
  "u-": (a) => -a,
  "u+": (a) => +a,
  utypeof: (a) => typeof a,
};

const SPECIAL = {
  index: (scope) => scope.item && POSITION.get(scope.item),
  key: (scope) => scope.item?.key,
  keypath: (scope) => scope.path,
  root: (scope) => scope.root.value,
  this: (scope) => scope.instance,
};

const withParts = (make) => (expr) => make(expr.a.map(build), expr);
const nothing = () => undefined;

const BUILDERS = {
  value: ({ v }) => () => v,
  name: ({ n }) => (FORBIDDEN.test(n) ? nothing : (scope) => scope.find(n)),
  "@": ({ n }) => SPECIAL[n] || ((scope) => scope.find(`@${n}`)),
  this: ({ up }) => (up ? (scope) => scope.context(up)?.value : (scope) => scope.value),
  root: () => SPECIAL.root,
  ".": ({ a, k }) => {
    const object = base(a[0]);
    return FORBIDDEN.test(k) ? nothing : (scope) => member(object(scope), k);
  },
  "[]": ({ a }) => {
    const [object, key] = a.map(base);
    return (scope) => member(object(scope), keyOf(key(scope)));
  },
  "()": call,
  "?": withParts(([test, yes, no]) => (scope) => (test(scope) ? yes(scope) : no(scope))),
  "&&": withParts(([left, right]) => (scope) => left(scope) && right(scope)),
  "||": withParts(([left, right]) => (scope) => left(scope) || right(scope)),
  "??": withParts(([left, right]) => (scope) => left(scope) ?? right(scope)),
  "[": withParts((items) => (scope) => items.map((item) => item(scope))),
  "{": withParts((items, { k }) => (scope) =>
    Object.fromEntries(items.map((item, index) => [k[index], item(scope)]))),
  text: withParts((parts) => (scope) => parts.map((part) => text(part(scope))).join("")),
};

/** A tree as `(scope) → value`, made at the first call. */
function compile(expr) {
  if (!expr.run) {
    const run = build(expr);
    const isPlain = ["name", "this", "."].includes(expr.t);
    expr.run = isPlain ? run : (scope) => attempt(() => run(scope));
  }
  return expr.run;
}

const keyOf = (key) => (typeof key === "number" ? key : String(key));

function build(expr) {
  if (BUILDERS[expr.t]) return BUILDERS[expr.t](expr);
  const operate = OPERATIONS[expr.t];
  const [left, right = nothing] = expr.a.map(build);
  return (scope) => operate(left(scope), right(scope));
}

/** What a member is read of, or a call made of: there a name may be that of a global function. */
function base(expr) {
  const run = build(expr);
  const known = expr.t === "name" && Object.hasOwn(GLOBALS, expr.n) && GLOBALS[expr.n];
  return known ? (scope) => (scope.holder(expr.n) ? run(scope) : known) : run;
}

function attempt(run) {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function call({ a: [callee, ...rest] }) {
  const { t, n, k, a } = callee;
  const args = rest.map(build);
  const values = (scope) => args.map((arg) => arg(scope));
  if (t === "." || t === "[]") {
    const object = base(a[0]);
    const key = t === "." ? () => k : build(a[1]);
    return (scope) =>
      attempt(() => {
        const value = object(scope);
        const method = methodOf(value, keyOf(key(scope)), scope.instance);
        return Reflect.apply(method, value, values(scope));
      });
  }
  const called = base(callee);
  return (scope) =>
    attempt(() => {
      const { instance } = scope;
      const holder = t === "name" ? scope.holder(n) : null;
      const method = called(scope) ?? methodOf(instance, n, instance);
      return Reflect.apply(method, holder?.up ? holder.value : instance, values(scope));
    });
}

/** Whether a callee is one of the listed functions, which read their arguments only. */
function isPure({ t, k, n, a }) {
  if (t === "name") return Object.hasOwn(GLOBALS, n);
  const isListed = (methods) => Object.hasOwn(methods, k);
  return t === "." && (Object.hasOwn(GLOBALS, a[0].n) || Object.values(METHODS).some(isListed));
}
