// Keypaths, "rows.3.label", as lists of segments, and reading and writing plain data along them.
// Everything that names data by text goes through here: get and set, bindings, observers, models.
// Only own properties are read, and the names by which an object reaches its prototype are refused.

/** The segments of a keypath: `a[0].b` and `a.0.b` are one, `\.` keeps its dot, "" is the root. */
const segmentsOf = (keypath) => {
  const text = String(keypath).replace(/^[.~]?\//, "").replace(/\[(\w+)\]/g, ".$1");
  if (!text) return [];
  if (!text.includes("\\")) return text.split(".");
  return text.match(/(?:\\.|[^.\\])+/g).map((part) => part.replace(/\\(.)/g, "$1"));
};

const keypathOf = (segments) => segments.map(escapeKey).join(".");

const own = (value, key) => value != null && Object.hasOwn(value, key);

/** The value at the segments, or undefined. */
const readAt = (value, segments) => {
  for (const key of segments) value = own(value, key) ? value[key] : undefined;
  return value;
};

/** Sets the value at the segments, which are not empty; makes the containers that are missing. */
const writeAt = (root, segments, value) => {
  const barred = segments.find((key) => FORBIDDEN.test(key));
  if (barred) throw new Error(`"${keypathOf(segments)}" can't be set: ${barred} is not for data`);
  const last = segments.length - 1;
  for (let i = 0; i < last; i++) {
    const key = segments[i];
    if (!own(root, key) || Object(root[key]) !== root[key]) {
      root[key] = /^\d+$/.test(segments[i + 1]) ? [] : {};
    }
    root = root[key];
  }
  root[segments[last]] = value;
};

/** The keypaths that a pattern names: each `*` stands for every key of what it meets. */
const matchesOf = (root, pattern) => {
  let found = [[]];
  for (const segment of segmentsOf(pattern)) {
    found = found.flatMap((path) => {
      if (segment !== "*") return [[...path, segment]];
      return Object.keys(Object(readAt(root, path))).map((key) => [...path, key]);
    });
  }
  return found;
};
