// What values mean in a template: their text, their truth, their entries and their members.
// Both renderers and the evaluator call it. Only own properties of data are ever read, apart from
// the listed methods of text, lists and numbers, so no value leads to the page's own objects.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const CHARACTERS = Object.fromEntries(Object.entries(ENTITIES).map(([one, name]) => [name, one]));
const FORBIDDEN = /^(?:__\w+__|constructor|prototype)$/;
const LONGEST_TEXT = 100000;

const isPlain = (value) => [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** The text that `{{value}}` shows, not escaped. */
function text(value) {
  if (typeof value === "string") return value;
  if (value == null || typeof value === "function") return "";
  if (typeof value !== "object" || !(Array.isArray(value) || isPlain(value))) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return "";
  }
}

/** Text as HTML, fit for contents and for values in double quotes. */
function escapeHTML(string) {
  return /[&<>"]/.test(string) ? string.replace(/[&<>"]/g, (one) => ENTITIES[one]) : string;
}

/** The inverse of `escapeHTML`; other entities stay. */
function unescapeHTML(string) {
  return string.replace(/&(?:amp|lt|gt|quot);/g, (name) => CHARACTERS[name]);
}

/** Whether a section shows its contents for the value. */
function isTruthy(value) {
  if (!value || typeof value !== "object") return !!value;
  return Array.isArray(value) ? value.length > 0 : !isPlain(value) || Object.keys(value).length > 0;
}

/** The pairs `[key, item]` that `{{#each value}}` goes through. */
function each(value) {
  if (Array.isArray(value)) return [...value.entries()];
  if (!value || typeof value !== "object") return [];
  return Object.entries(value).filter(([key]) => !FORBIDDEN.test(key));
}

/** The own property of a value, or undefined. */
function member(value, key) {
  if (value == null || typeof value === "function" || !Object.hasOwn(value, key)) return undefined;
  return typeof key === "string" && FORBIDDEN.test(key) ? undefined : value[key];
}

const pick = (object, names) =>
  Object.fromEntries(names.split(" ").map((name) => [name, object[name]]));

/** A method that makes long texts, without those that nobody wants. */
const bounded = (name) =>
  function (count, by) {
    const size = name === "repeat" ? count * this.length : count;
    return size <= LONGEST_TEXT ? String.prototype[name].call(this, count, by) : undefined;
  };

const METHODS = {
  string: {
    ...pick("", "toUpperCase toLowerCase trim slice substring indexOf includes split charAt"),
    ...pick("", "startsWith endsWith"),
    replace(found, by) {
      return this.replace(String(found), () => String(by));
    },
    repeat: bounded("repeat"),
    padStart: bounded("padStart"),
    padEnd: bounded("padEnd"),
  },
  object: {
    ...pick([], "join indexOf includes slice concat"),
    reverse() {
      return [...this].reverse();
    },
  },
  number: {
    toFixed: (0).toFixed,
    toString() {
      return String(this);
    },
  },
};

/** The objects and functions that names stand for where a member is read or a call is made. */
const GLOBALS = {
  Math: pick(Math, "abs ceil floor round max min sqrt pow sign trunc PI"),
  JSON: { stringify: (value) => JSON.stringify(value) },
  Array: { isArray: Array.isArray },
  Object: { keys: Object.keys },
  ...pick(globalThis, "String Number Boolean parseInt parseFloat isNaN isFinite"),
  encodeURIComponent,
};

/** What a call of a member calls: a listed method, a function of the data, or the instance's. */
function methodOf(value, key, instance) {
  const methods = typeof value !== "object" || Array.isArray(value) ? METHODS[typeof value] : {};
  if (methods && Object.hasOwn(methods, key)) return methods[key];
  return value === instance && !FORBIDDEN.test(key) ? value?.[key] : member(value, key);
}
