// The class Ractive: how instances and their subclasses are set up from options. What instances do
// is in accessors.js (data), listeners.js (events) and rendering.js (the DOM).

/** Options that are merged along the chain of classes; each instance sees those of all. */
const REGISTRIES = ["components", "partials", "decorators", "events"];

/** Options that are read when an instance is made; all others become its properties. */
const READ_ONCE = new Set([...REGISTRIES, "el", "target", "data", "computed", "on", "observe", "css"]);

function Ractive(options) {
  if (!new.target) return new Ractive(options);
  initialise(this, options ?? {}, null, null);
  start(this, options ?? {});
}

/** Gives a class or an instance the options that are plain properties: methods, template, … */
const adoptOptions = (target, options) => {
  for (const [name, value] of Object.entries(options)) {
    if (!READ_ONCE.has(name)) target[name] = value;
  }
};

const extendClass = (Parent, options) => {
  function Component(given) {
    if (!new.target) return new Component(given);
    initialise(this, given ?? {}, null, null);
    start(this, given ?? {});
  }
  Component.prototype = Object.create(Parent.prototype, { constructor: { value: Component } });
  adoptOptions(Component.prototype, options);
  setUpClass(Component, Parent, options);
  if (options.css) addStyles(options.css);
  return Component;
};

const setUpClass = (Class, Parent, options) => {
  for (const name of REGISTRIES) {
    Class[name] = Object.assign(Object.create(Parent?.[name] ?? null), options[name]);
  }
  Class.options = [...(Parent?.options ?? []), options];
  Class.plans = new WeakMap();
  Class.defaults = Class.prototype;
  Class.extend = (...given) => given.reduce(extendClass, Class);
};

const addStyles = (css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
};

/** Makes an instance ready to be rendered; `container` says where a component stands. */
const initialise = (ractive, options, parent, container) => {
  const Class = ractive.constructor;
  Object.assign(ractive, {
    parent,
    container,
    root: parent?.root ?? ractive,
    componentName: container?.name,
    children: [],
    handlers: [],
    observers: [],
    computations: [],
    yielded: new Set(),
    waiting: [],
    version: 0,
    torn: false,
    block: null,
    el: null,
  });
  parent?.children.push(ractive);
  adoptOptions(ractive, options);
  for (const name of REGISTRIES) {
    ractive[name] = Object.assign(Object.create(Class[name]), options[name]);
  }
  ractive.plans = parent?.plans ?? (options.components ? new WeakMap() : Class.plans);
  const all = [...Class.options, options];
  setUpData(ractive, all);
  lifecycle(ractive, "config");
  setUpTemplate(ractive, container);
  for (const { on, observe: watched } of all) {
    if (on) ractive.on(on);
    if (watched) ractive.observe(watched);
  }
  lifecycle(ractive, "init");
};

/** The instance's own data object, completed by what its classes give as defaults. */
const setUpData = (ractive, all) => {
  const [own, ...defaults] = all.map(({ data }) =>
    (typeof data === "function" ? data.call(ractive) : data)).reverse();
  ractive.data = own ?? {};
  for (const given of defaults) {
    for (const key in given) {
      if (!Object.hasOwn(ractive.data, key)) ractive.data[key] = given[key];
    }
  }
  ractive.scope = new Scope(null, ractive.data, undefined, ractive);
  for (const { computed } of all) {
    for (const name in computed) defineComputed(ractive, name, computed[name]);
  }
};

/** Parses the template; its inline partials and those in a component's element join the others. */
const setUpTemplate = (ractive, container) => {
  ractive.parsed = templateOf(ractive.template, ractive);
  for (const found of [ractive.parsed.partials, container?.partials]) {
    for (const name in found) ractive.partials[name] = found[name];
  }
};

const templates = new Map();

/** A template from text, `#id` of a script or template element, a function, or parsed already. */
const templateOf = (given, ractive) => {
  const source = typeof given === "function" ? given.call(ractive, ractive.data) : given ?? "";
  if (source.nodes) return source;
  if (!/^#[\w-]+$/.test(source)) return parsedFrom(source, "template", ractive.delimiters);
  const element = document.getElementById(source.slice(1));
  if (!element) throw new Error(`there is no element ${source} to take the template from`);
  const text = element.localName === "script" ? element.textContent : element.innerHTML;
  return parsedFrom(text, source, ractive.delimiters);
};

const parsedFrom = (source, name, delimiters) => {
  const key = [...delimiters ?? [], source].join("\0");
  if (!templates.has(key)) templates.set(key, parseTemplate(source, { name, delimiters }));
  return templates.get(key);
};

/** Shows a new instance if it has a place, and reports that. */
const start = (ractive, { el, target = el, append, enhance }) => {
  if (target != null) ractive.render(target, { append, enhance });
};

/** Tells an instance's own method `onNAME` and its handlers of `name`. */
const lifecycle = (ractive, name) => {
  ractive[`on${name}`]?.();
  ractive.fire(name);
};

Object.assign(Ractive.prototype, accessors, listeners, {
  twoway: true,
  lazy: false,
  modifyArrays: true,
  template: "",
  observe(patterns, handler, options) {
    return observe(this, patterns, handler, options);
  },
  observeOnce(pattern, handler, options) {
    return observe(this, pattern, handler, { ...options, init: false, once: true });
  },
});
Object.defineProperties(Ractive.prototype, Object.getOwnPropertyDescriptors(rendering));
setUpClass(Ractive, null, {});
Object.assign(Ractive, {
  VERSION: "1.4.0",
  DEBUG: false,
  Promise,
  Context,
  escapeKey,
  joinKeys: (...keys) => keypathOf(keys),
  splitKeypath: segmentsOf,
  parse: (source, options) => parseTemplate(source, options),
  getContext: (node) => contextOf(node),
});
globalThis.Ractive = Ractive;
