// The one socket that all bindings of a namespace share, and the events without an answer yet.
// Every event asks for an ack. Its outcome is told once: `{isDone, answer}`, or a refusal
// `{message, errors}`, or, when no answer can be expected any more, `{isLost, message}`.

/** How long the server may take to answer, in milliseconds. */
const ANSWER_TIME = 10000;
/** Refusals to be let in that may pass by themselves: the app is being put right, for instance. */
const PASSING_REFUSALS = new Set(["Invalid namespace", "internal error"]);

const connections = new Map();

function connectionTo(namespace) {
  if (!connections.has(namespace)) connections.set(namespace, new Connection(namespace));
  return connections.get(namespace);
}

/** How long to wait before the next try after a refusal that may pass, in milliseconds: ever longer. */
class Backoff {
  #wait = 1000;

  next() {
    const wait = this.#wait;
    this.#wait = Math.min(wait * 2, 30000);
    return wait;
  }
}

class Connection {
  socket;
  #bindings = new Set();
  #channels = new Set();
  #waiting = [];
  #unanswered = new Set();
  #backoff = new Backoff();

  constructor(namespace) {
    if (!globalThis.io) throw new Error("there is no io: load /perigee.js before /ractive.js");
    const socket = (this.socket = io(namespace));
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", () => this.#disconnected());
    socket.on("connect_error", ({ message }) => socket.active || this.#turnedAway(message));
    socket.on("error", (name, message, data) => this.#refused(name, message || name, data));
    socket.on("pubblication", (message, place) => this.#published(message, place));
  }

  /** Adds a binding; returns the channel of its model, if it has one. */
  join(binding, model, key) {
    this.#bindings.add(binding);
    if (!this.socket.active) this.socket.connect();
    if (!model) return null;
    let channel = [...this.#channels].find((it) => it.model === model && it.key == key);
    if (!channel) {
      this.#channels.add((channel = new Channel(this, model, key)));
      // Bindings that are made together ask after the page's positions are known.
      queueMicrotask(() => this.socket.connected && channel.ask());
    }
    channel.bindings.add(binding);
    return channel;
  }

  /** Removes a binding, and what nobody needs then: the subscription, the connection. */
  leave(binding) {
    if (!this.#bindings.delete(binding)) return;
    for (const channel of this.#channels) {
      channel.bindings.delete(binding);
      if (channel.bindings.size) continue;
      channel.flush();
      this.#channels.delete(channel);
      // Two keys may have led to one channel.
      const isWanted = [...this.#channels].some(({ name }) => name === channel.name);
      if (this.socket.connected && !isWanted) this.send("unsubscribe", [channel.name], () => {});
    }
    if (this.#bindings.size) return;
    const left = this.#waiting.splice(0);
    this.socket.disconnect();
    for (const [, , done] of left) done({ isLost: true, message: "the binding has ended" });
  }

  /** Sends an event now, or when there is a connection again. */
  request(event, args, done) {
    if (this.socket.connected) this.send(event, args, done);
    else this.#waiting.push([event, args, done]);
  }

  /** Sends an event; `done(outcome)` is called once. */
  send(event, args, done) {
    // The number that the client gives this event: refusals name it.
    const entry = { event, id: this.socket.ids, done };
    this.#unanswered.add(entry);
    this.socket.timeout(ANSWER_TIME).emit(event, ...args, (error, ...answer) => {
      const [first, message = "refused"] = answer;
      if (error) this.#settle(entry, { isLost: true, message: "no answer from the server" });
      else this.#settle(entry, first === false ? { message } : { isDone: true, answer });
    });
  }

  #settle(entry, outcome) {
    if (this.#unanswered.delete(entry)) entry.done(outcome);
  }

  #connected() {
    this.#backoff = new Backoff();
    for (const channel of this.#channels) channel.ask();
    for (const request of this.#waiting.splice(0)) this.send(...request);
    this.#tellState();
  }

  #disconnected() {
    this.#channels.forEach((channel) => channel.lose());
    this.#tellState();
  }

  #tellState() {
    this.#bindings.forEach((binding) => binding.stateChanged(this.socket));
  }

  #turnedAway(message) {
    this.#fail(message);
    if (!PASSING_REFUSALS.has(message)) return;
    setTimeout(() => this.#bindings.size && this.socket.connect(), this.#backoff.next());
  }

  #refused(name, message, data) {
    const { ack, event, errors } = Object(data);
    // What a script sends by itself may name the event alone: then it is the oldest one.
    const isMeant = (entry) => (ack === undefined ? entry.event === event : entry.id === ack);
    const entry = [...this.#unanswered].find(isMeant);
    if (entry) this.#settle(entry, { name, message, errors });
    else this.#fail(message);
  }

  #fail(message) {
    this.#bindings.forEach((binding) => binding.failed(message));
  }

  #published(message, place) {
    for (const channel of this.#channels) {
      // A copy for each: what is in a patch becomes part of the document.
      if (place && place.channel === channel.name) {
        channel.receive(structuredClone(message), place.position);
      }
    }
  }
}
