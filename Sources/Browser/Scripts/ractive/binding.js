// An element that follows a model, and whose events go to the server.
// It has a Ractive instance whose data are the model's fields, besides the page's own, which begin
// with `$`. It only ever changes the model through intents, which its channel sends.

/** The parts of `/namespace`, `/namespace#model` and `/namespace#model:key`. */
function parseAddress(address) {
  const [match, namespace, model, key] = /^(\/[^#]*)(?:#([^:]+)(?::(.+))?)?$/s.exec(address) || [];
  if (!match) throw new Error(`bind="${address}" is no address: /namespace#model or #model:key`);
  return { namespace, model, key };
}

class Binding {
  /** The instance; null until there is something to show. */
  ractive = null;
  #options;
  #home;
  #channel;
  #fields = [];
  #listening = new AbortController();
  #local = {
    $connected: false,
    $pending: 0,
    $errors: {},
    $error: "",
    $query: Object.fromEntries(new URLSearchParams(location.search)),
  };

  /**
   * `address`: see `parseAddress`. Options: `template`, `data`, `on`, `partials` as for Ractive;
   * `namespace` for events, if not the model's; `schemas` by event; `rendered`: what the page has
   * of the model, `{channel, position, snapshot}`; `enhance`: the element shows it already;
   * `started(ractive)` is called when the instance is there.
   */
  constructor(element, address, options) {
    const { namespace, model, key } = parseAddress(address);
    this.element = element;
    this.#options = options;
    this.connection = connectionTo(options.namespace || namespace);
    this.connection.join(this);
    this.#home = connectionTo(namespace);
    this.#channel = this.#home.join(this, model, key);
    this.stateChanged(this.connection.socket);
    if (this.#channel && options.rendered && !this.#channel.isReady) {
      this.#channel.adopt(options.rendered);
    } else if (!this.#channel || this.#channel.isReady) this.#render();
    else element.textContent = "";
  }

  /** The model changed at these places. */
  changed(touched) {
    if (!this.ractive) return this.#render();
    for (const { path, isShallow } of touched) {
      if (path.length) this.#update(path, isShallow);
      else this.#changedWhole();
    }
  }

  stateChanged({ connected, id }) {
    this.#set({ $connected: connected, $id: id });
  }

  /** Something was refused that no event of this binding asked for. */
  failed(message) {
    this.#set({ $error: message });
    if (!this.ractive) this.#render();
  }

  /** Sends an event; `done(outcome)` as in connection.js. */
  send(event, args, done, connection = this.connection) {
    this.#set({ $pending: this.#local.$pending + 1 });
    connection.request(event, args, (outcome) => {
      this.#set({ $pending: this.#local.$pending - 1 });
      this.#show(event, outcome);
      if (done) done(outcome);
    });
  }

  /** Sends an event unless its schema, where the page knows it, finds errors. */
  submit(event, args, done) {
    const { schemas } = this.#options;
    const outcome = own(schemas, event) ? validateArguments(schemas[event], args) : {};
    if (!outcome.errors) return this.send(event, args, done);
    this.#show(event, outcome);
    if (done) done(outcome);
  }

  /** Ends everything; what was shown goes. */
  end() {
    this.#listening.abort();
    this.#home.leave(this);
    this.connection.leave(this);
    const { ractive } = this;
    this.ractive = null;
    if (ractive) ractive.teardown();
  }

  #render() {
    const { template, data, partials, on, enhance, started } = this.#options;
    this.#fields = Object.keys(this.#model());
    this.ractive = new Ractive({
      el: this.element,
      template,
      partials,
      on,
      enhance,
      data: { ...data, ...this.#model(), ...this.#local },
      modifyArrays: !this.#channel,
      write: (keypath, value, node) => this.#write(keypath, value, node),
      unhandled: (name, args, context) => this.#forward(name, args, context),
    });
    this.ractive.socket = this.connection.socket;
    this.#listen();
    if (started) started(this.ractive);
  }

  #listen() {
    const listen = (type, listener) =>
      this.element.addEventListener(type, listener, { signal: this.#listening.signal });
    const changed = ({ target }) => target.form && clearErrors(target.form, fieldName(target));
    const left = () => this.#channel && this.#channel.flush();
    listen("input", changed);
    listen("change", changed);
    listen("change", left);
    listen("focusout", left);
  }

  #model() {
    return this.#channel ? this.#channel.held.document : {};
  }

  #set(values) {
    Object.assign(this.#local, values);
    if (this.ractive) this.ractive.set(values);
  }

  #update(path, isShallow) {
    const [field] = path;
    if (field.startsWith("$")) return;
    const value = this.#model()[field];
    if (this.ractive.get(escapeKey(field)) !== value) this.ractive.set(escapeKey(field), value);
    else this.ractive.update(keypathOf(path), { shallow: isShallow });
  }

  #changedWhole() {
    const fields = Object.keys(this.#model());
    for (const field of new Set([...this.#fields, ...fields])) this.#update([field], false);
    this.#fields = fields;
  }

  #show(event, { isDone, message = "", errors }) {
    const $errors = { ...this.#local.$errors, [event]: errors };
    this.#set({ $errors, $error: isDone ? "" : message });
  }

  /** What a person enters: local to the page, or an intent. */
  #write(keypath, value, node) {
    const path = segmentsOf(keypath);
    if (!this.#channel || path[0].startsWith("$")) return this.ractive.set(keypath, value);
    if (JSON.stringify(readAt(this.#model(), path)) === JSON.stringify(value)) return;
    const named = node.closest("[data-change]");
    const isTyped = !node.matches("select, [type=checkbox], [type=radio]");
    this.#channel.write(this, named ? named.dataset.change : "change", path, value, isTyped);
  }

  /** An event of the template that no handler of the page takes. */
  #forward(name, args, { original, node }) {
    if (!original || original.type !== "submit") return this.submit(name, args);
    original.preventDefault();
    submitForm(this, node, name, args, original.submitter);
  }
}
