// Instances and the DOM: showing, taking over, finding, moving and ending. The methods of Ractive
// that concern nodes. What has to wait until everything is in place (onrender, oncomplete) waits in
// one queue that the outermost pass empties.

let passes = 0;
const afterwards = [];

/** Runs a pass over a view; when the outermost one is over, what was put off until then. */
const during = (work) => {
  passes++;
  try {
    return work();
  } finally {
    passes--;
    while (!passes && afterwards.length) afterwards.shift()();
  }
};

/** The root instances shown in an element. */
const tenants = new WeakMap();

const elementOf = (target) => {
  if (typeof target !== "string") return target?.nodeType ? target : target?.[0];
  return document.getElementById(target) ?? document.querySelector(target);
};

const rendering = {
  /** Shows the instance in an element: instead of what is there, after it, or before a node. */
  render(target, { append = this.append, enhance = this.enhance } = {}) {
    const el = elementOf(target);
    if (!el) throw new Error(`there is no element ${target} to render in`);
    if (this.block) this.unrender();
    if (!append) tenants.get(el)?.forEach((ractive) => ractive.teardown());
    during(() => {
      const space = el.namespaceURI === SVG ? SVG : "";
      if (!enhance || !this.takeOver(el, space)) {
        if (!append) el.textContent = "";
        el.insertBefore(this.plant(space).render(), elementOf(append === true ? null : append) ?? null);
      }
      tenants.set(el, [...(tenants.get(el) ?? []), this]);
      this.el = this.target = el;
    });
    return Promise.resolve();
  },

  /** Makes the block of the whole template, and reports when all is in place. */
  plant(space) {
    this.block = new Block(blueprintOf(this.parsed.nodes, space, this, []), this.scope);
    afterwards.push(() => {
      if (!this.block) return;
      this.init?.();
      lifecycle(this, "render");
      Promise.resolve().then(() => this.torn || lifecycle(this, "complete"));
    });
    return this.block;
  },

  /** Hydrates what the element holds; false when that is something else. */
  takeOver(el, space) {
    const waiting = afterwards.length;
    try {
      const cursor = new Cursor(el);
      this.plant(space).hydrate(cursor);
      cursor.end();
      return true;
    } catch (problem) {
      if (!(problem instanceof Mismatch)) throw problem;
      if (Ractive.DEBUG) console.warn(`${problem.message}: rendered anew`);
      afterwards.length = waiting;
      [...this.children].forEach((child) => child.end());
      return false;
    }
  },

  /** Lets the view follow a change; one that comes up meanwhile is next. */
  walk(change) {
    if (!this.block) return;
    this.waiting.push(change);
    if (this.waiting.length > 1) return;
    during(() => {
      try {
        for (let passed = 0; this.waiting.length; this.waiting.shift()) {
          if (++passed > 1000) throw new Error("data change without end while they are shown");
          this.block?.update(this.waiting[0]);
        }
      } finally {
        this.waiting.length = 0;
      }
    });
  },

  /** Removes the DOM; the data and the instance stay. */
  unrender() {
    if (!this.block) return Promise.resolve();
    this.block.remove();
    this.block = null;
    const left = tenants.get(this.el)?.filter((one) => one !== this);
    if (left) tenants.set(this.el, left);
    lifecycle(this, "unrender");
    return Promise.resolve();
  },

  /** Ends the instance. */
  teardown() {
    if (this.torn) return Promise.resolve();
    this.unrender();
    this.end();
    return Promise.resolve();
  },

  /** Ends a component, whose nodes go with its parent's. */
  end() {
    if (this.torn) return;
    this.torn = true;
    this.block?.destroy();
    this.block = null;
    if (this.parent) remove(this.parent.children, this);
    lifecycle(this, "teardown");
    this.observers = [];
  },

  /** Takes the nodes out of the document, and answers them as a fragment. */
  detach() {
    const fragment = document.createDocumentFragment();
    this.block?.each((node) => fragment.append(node));
    return fragment;
  },

  /** Puts the nodes into an element, before a node of it if one is given. */
  insert(target, before) {
    const el = elementOf(target);
    el.insertBefore(this.detach(), elementOf(before) ?? null);
    this.el = this.target = el;
  },

  findAll(selector) {
    const found = [];
    this.block?.each((node) => {
      if (node.nodeType !== 1) return;
      if (node.matches(selector)) found.push(node);
      found.push(...node.querySelectorAll(selector));
    });
    return found;
  },

  find(selector) {
    return this.findAll(selector)[0] ?? null;
  },

  /** The nodes with an id, by it. */
  get nodes() {
    return Object.fromEntries(this.findAll("[id]").map((node) => [node.id, node]));
  },

  findAllComponents(name) {
    return this.children.flatMap((child) => [
      ...(!name || child.componentName === name ? [child] : []),
      ...child.findAllComponents(name),
    ]);
  },

  findComponent(name) {
    return this.findAllComponents(name)[0] ?? null;
  },

  findParent(name) {
    let at = this.parent;
    while (at && at.componentName !== name) at = at.parent;
    return at;
  },

  /** The component class that an element's name stands for here. */
  component(name) {
    for (let at = this; at; at = at.parent) if (at.components[name]) return at.components[name];
    return null;
  },

  /** The parsed partial of that name, or null. */
  partial(name, indent) {
    for (let at = this; at; at = at.parent) {
      let found = at.partials[name];
      if (found == null) continue;
      if (typeof found === "function") found = found.call(this, this.data);
      if (/^#[\w-]+$/.test(found)) found = templateOf(found, this);
      const partial = partialOf({ [name]: found }, name, indent);
      for (const inner in partial?.partials) this.partials[inner] ??= partial.partials[inner];
      return partial;
    }
    return null;
  },

  /** Gives a partial another template, here and where it is shown. */
  resetPartial(name, template) {
    this.partials[name] = template;
    this.frame = null;
    return this.update();
  },

  /** Renders another template. */
  resetTemplate(template) {
    const { el } = this;
    this.template = template;
    setUpTemplate(this);
    return el ? this.render(el) : Promise.resolve();
  },

  /** What the instance shows, as HTML text. */
  toHTML() {
    const [partials, components] = [partialsOf(this), componentsOf(this)];
    return renderHTML(this.parsed.nodes, this.scope, { partials, components });
  },

  getContext(node) {
    return node === undefined ? new Context(this, this.scope) : contextOf(elementOf(node));
  },
};

/** What the HTML renderer is to know for the attributes of an instance: its partials, by name. */
const frameOf = (ractive) => (ractive.frame ??= { depth: 0, partials: partialsOf(ractive) });

const partialsOf = (ractive) => {
  const found = {};
  for (let at = ractive; at; at = at.parent) {
    for (const name in at.partials) found[name] ??= ractive.partial(name);
  }
  return found;
};

const componentsOf = (ractive) => {
  const found = {};
  for (let at = ractive; at; at = at.parent) {
    for (const name in at.components) found[name] ??= described(at.components[name], ractive);
  }
  return found;
};

/** A class as the HTML renderer takes components: what depends on data is made when it is used. */
const described = (Class, ractive) => ({
  template: templateOf(Class.prototype.template, ractive),
  partials: { ...partialsOf(ractive), ...Class.partials },
  scope: (data) => new Class({ data }).scope,
});

/** The context of the nearest node, from the given one upwards, that knows its block. */
const contextOf = (node) => {
  let at = node;
  while (at && !at[HOME]) at = at.parentNode;
  return at ? new Context(at[HOME].scope.instance, at[HOME].scope, undefined, { node }) : undefined;
};
