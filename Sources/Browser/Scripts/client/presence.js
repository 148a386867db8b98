// Who is present on one channel, kept from the events `presence_state` and `presence_diff`. What makes them
// come is up to the app.

class Presence {
  /** The metas of every connection, by key; a new object whenever somebody came or went. */
  people = Object.create(null);
  #socket;
  #callbacks = [];
  #listeners;

  constructor(socket, channel) {
    const here = (change) => (name, value) => name === channel && this.#become(change(value));
    this.#socket = socket;
    this.#listeners = {
      presence_state: here((state) => joined({}, state)),
      presence_diff: here(({ joins, leaves }) => joined(without(this.people, leaves), joins)),
    };
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
  }

  /** `callback(people)` is called whenever somebody came or went. */
  onChange(callback) {
    this.#callbacks.push(callback);
    return this;
  }

  /** Follows the channel no more. */
  close() {
    for (const [event, listener] of Object.entries(this.#listeners)) {
      this.#socket.off(event, listener);
    }
  }

  #become(people) {
    this.people = people;
    for (const callback of this.#callbacks) guarded(callback, this, [people]);
  }
}

/** A copy without anything but keys: people may be called like what every object has. */
function byKey(people) {
  return Object.assign(Object.create(null), people);
}

/** `people` with those who joined. */
function joined(people, joins) {
  const all = byKey(people);
  for (const [key, { metas }] of Object.entries(joins)) all[key] = [...(all[key] || []), ...metas];
  return all;
}

/** `people` without those who left. */
function without(people, leaves) {
  const rest = byKey(people);
  for (const [key, { metas }] of Object.entries(leaves)) {
    const gone = new Set(metas.map(({ ref }) => ref));
    const left = (rest[key] || []).filter(({ ref }) => !gone.has(ref));
    if (left.length) rest[key] = left;
    else delete rest[key];
  }
  return rest;
}
