// JSON Pointers, as patches and intents carry them, from and to lists of keys. Pure.

/** The keys of a JSON Pointer: `/items/0/a~1b` → `["items", "0", "a/b"]`. */
const keysOfPointer = (pointer) =>
  pointer.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The JSON Pointer of a list of keys. */
const pointerOf = (keys) =>
  keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** Whether a path is the outer one or leads on from there. */
const isWithin = (path, outer) => outer.every((key, depth) => path[depth] === key);
