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
  #home;
  #channel;
  #options;
  #isShown = false;
  #fields = [];
  #listening = new AbortController();

  /**
   * `address`: see `parseAddress`. Options: `template`, `data`, `on`, `partials` as for Ractive;
   * `namespace` for events, if not the model's; `schemas` by event; `rendered`: what the page has
   * of the model, `{channel, position, snapshot}`; `enhance`: the element shows it already;
   * `started(ractive)` is called once the element shows something.
   */
  constructor(element, address, options) {
    const { namespace, model, key } = parseAddress(address);
    this.element = element;
    this.#options = options;
    this.ractive = this.#instance(options, !model);
    this.connection = connectionTo(options.namespace || namespace);
    this.#home = connectionTo(namespace);
    this.connection.join(this);
    this.ractive.socket = this.connection.socket;
    this.#channel = this.#home.join(this, model, key);
    this.stateChanged(this.connection.socket);
    if (!this.#channel) this.#show();
    else if (this.#channel.isReady) this.changed([{ path: [], isShallow: false }]);
    else if (options.rendered) this.#channel.adopt(options.rendered);
    else element.textContent = "";
  }

  /** The model changed at these places. */
  changed(touched) {
    for (const { path } of touched) this.#copy(path[0]);
    this.ractive.commit(
      touched.map(({ path, isShallow }) => [path, isShallow ? MEMBERS : WHOLE, true])
    );
    this.#show();
  }

  stateChanged({ connected, id }) {
    this.ractive.set({ $connected: connected, $id: id });
  }

  /** Something was refused that no event of this binding asked for. */
  failed(message) {
    this.ractive.set({ $error: message });
    this.#show();
  }

  /** Sends an event; `done(outcome)` as in connection.js. */
  send(event, args, done, connection = this.connection) {
    this.ractive.add("$pending");
    connection.request(event, args, (outcome) => {
      this.ractive.subtract("$pending");
      this.#tell(event, outcome);
      if (done) done(outcome);
    });
  }

  /** Sends an event unless its schema, where the page knows it, finds errors. */
  submit(event, args, done) {
    const { schemas } = this.#options;
    const { errors } = own(schemas, event) ? validateArguments(schemas[event], args) : {};
    if (!errors) return this.send(event, args, done);
    this.#tell(event, { errors });
    if (done) done({ errors });
  }

  /** Ends everything; what was shown goes. */
  end() {
    this.#listening.abort();
    this.#home.leave(this);
    this.connection.leave(this);
    this.ractive.teardown();
  }

  #instance({ template, data, partials, on }, modifyArrays) {
    const local = {
      $connected: false,
      $pending: 0,
      $errors: {},
      $error: "",
      $query: Object.fromEntries(new URLSearchParams(location.search)),
    };
    return new Ractive({
      template,
      partials,
      on,
      modifyArrays,
      data: { ...local, ...data },
      write: (keypath, value, node) => this.#write(keypath, value, node),
      unhandled: (name, args, context) => this.#forward(name, args, context),
    });
  }

  /** Renders, or takes over what the server rendered, when there is something to show at last. */
  #show() {
    if (this.#isShown) return;
    this.#isShown = true;
    this.ractive.render(this.element, { enhance: this.#options.enhance });
    const clear = ({ target }) => target.form && clearErrors(target.form, fieldName(target));
    const flush = () => this.#channel && this.#channel.flush();
    this.#listen("input", clear);
    this.#listen("change", clear);
    this.#listen("change", flush);
    this.#listen("focusout", flush);
    if (this.#options.started) this.#options.started(this.ractive);
  }

  #listen(type, listener) {
    this.element.addEventListener(type, listener, { signal: this.#listening.signal });
  }

  /** Takes a field of the model over, or all of them; what begins with `$` is the page's. */
  #copy(field) {
    const { data } = this.ractive;
    const { document } = this.#channel.held;
    const fields = field === undefined ? [...this.#fields, ...Object.keys(document)] : [field];
    for (const name of fields) {
      if (name.startsWith("$")) continue;
      if (own(document, name)) data[name] = document[name];
      else delete data[name];
    }
    this.#fields = Object.keys(document);
  }

  #tell(event, { isDone, message = "", errors }) {
    const $errors = { ...this.ractive.get("$errors"), [event]: errors };
    this.ractive.set({ $errors, $error: isDone ? "" : message });
  }

  /** What a person enters: local to the page, or an intent. */
  #write(keypath, value = null, node) {
    const path = segmentsOf(keypath);
    if (!this.#channel || path[0].startsWith("$")) return this.ractive.set(keypath, value);
    const known = readAt(this.#channel.held.document, path);
    if (JSON.stringify(known) === JSON.stringify(value)) return;
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
