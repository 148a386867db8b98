// What parts of a template depend on, found by looking through their trees once: the names that they
// read, so that a change elsewhere passes them by, and whether they show their place in a list.

/** Calls `visit` with each node and expression within a part, event handlers apart. */
const look = (part, visit) => {
  if (Array.isArray(part)) return part.forEach((one) => look(one, visit));
  if (Object(part) !== part || part.on || visit(part) === false) return;
  for (const key of ["x", "a", "v", "attrs", "body", "other"]) look(part[key], visit);
};

/**
 * The names that a part reads, those of members too; null: perhaps anything. `locals` are the
 * aliases known around it, `isComponent(name)` tells components from elements.
 */
const readsOf = (part, locals, isComponent) => {
  const found = new Set();
  let anything = false;
  look(part, ({ t, n, k, a, kind, names: aliases, name }) => {
    if (t === "name") found.add(n);
    if (t === ".") found.add(k);
    anything ||= t === ">" || t === "Y" || t === "root" || t === "this" || (t === "()" && !isPure(a[0]))
      || (t === "@" && n !== "index" && n !== "key") || (kind === "with" && aliases)
      || (t === "name" && locals.includes(n)) || (t === "<" && isComponent(name));
    const own = t === "." && (a[0].t === "this" || a[0].t === "root");
    return !own;
  });
  return anything ? null : [...found];
};

/** Whether the rows of a section show their index or key, or something that depends on it. */
const readsPlace = ({ names: aliases, body }) => {
  let found = false;
  look(body, ({ t, n, v }) => {
    const alias = t === "name" && aliases?.[n];
    found ||= t === "@" || t === ">" || t === "Y" || alias === KEY || alias === POSITION
      || (n === "name" && Array.isArray(v));
  });
  return found;
};
