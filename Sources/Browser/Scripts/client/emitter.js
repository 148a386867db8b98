// Listeners by event name, under the engine, the manager and the socket.
// A listener that throws is the page's own error: it reaches `window.onerror` and the console, and
// never keeps the other listeners, or the protocol, from what they have to do.

/** Reports an error of the page's code as uncaught, without unwinding the code that called it. */
function report(error) {
  setTimeout(() => {
    throw error;
  });
}

/** Calls the page's function; what it throws is reported. */
function guarded(callback, receiver, args) {
  try {
    callback.apply(receiver, args);
  } catch (error) {
    report(error);
  }
}

class Emitter {
  #listeners = new Map();

  on(event, callback, once = false) {
    const entries = this.#listeners.get(event) || [];
    this.#listeners.set(event, [...entries, { callback, once }]);
    return this;
  }

  once(event, callback) {
    return this.on(event, callback, true);
  }

  /** Without a callback: every listener of the event. Without an event: every listener. */
  off(event, callback) {
    if (event === undefined) this.#listeners.clear();
    else this.#keep(event, (entry) => callback && entry.callback !== callback);
    return this;
  }

  listeners(event) {
    return (this.#listeners.get(event) || []).map((entry) => entry.callback);
  }

  hasListeners(event) {
    return this.listeners(event).length > 0;
  }

  /** Calls the listeners that are there when the event happens. */
  fire(event, ...args) {
    for (const entry of this.#listeners.get(event) || []) {
      if (entry.once) this.#keep(event, (other) => other !== entry);
      guarded(entry.callback, this, args);
    }
  }

  #keep(event, wanted) {
    const entries = (this.#listeners.get(event) || []).filter(wanted);
    if (entries.length) this.#listeners.set(event, entries);
    else this.#listeners.delete(event);
  }
}
