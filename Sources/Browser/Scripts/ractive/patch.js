// One operation of a patch (RFC 6902: add, remove, replace) on plain data.
// The data hangs in a holder, `{ document }`, so that the whole can be replaced like any member.
// It is changed in place and everything that the operation does not name keeps its identity; an
// operation that does not fit throws and changes nothing. Pure.

/**
 * Applies one operation at a path. Returns what was there before, and the index at which the
 * membership of a list changed (-1: no list's did).
 */
function applyAt(holder, op, path, value) {
  let container = holder;
  let key = "document";
  for (const next of path) {
    container = own(container, key) ? container[key] : null;
    key = next;
    if (Object(container) !== container || key === "__proto__") throw misfit(path);
  }
  const list = Array.isArray(container) ? container : null;
  if (list && key === "-") key = String(list.length);
  const isFit = list
    ? /^\d+$/.test(key) && key < list.length + (op === "add")
    : op === "add" || own(container, key);
  if (!isFit) throw misfit(path);
  const before = container[key];
  if (list && op === "add") list.splice(key, 0, value);
  else if (list && op === "remove") list.splice(key, 1);
  else if (op === "remove") delete container[key];
  else setMember(container, key, value);
  return { before, index: list && op !== "replace" ? Number(key) : -1 };
}

/** Members stand in the order of their names, as in the server's snapshots. */
function setMember(object, key, value) {
  const later = own(object, key) ? [] : Object.keys(object).filter((name) => name > key);
  object[key] = value;
  for (const name of later) {
    const member = object[name];
    delete object[name];
    object[name] = member;
  }
}

function misfit(path) {
  return new Error(`the patch does not fit: there is no "${pointerOf(path)}"`);
}
