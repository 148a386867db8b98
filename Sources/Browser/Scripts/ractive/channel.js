// One model as this page follows it: subscription, position, and the intents of its fields.
// Shared by all bindings to the model; the connection feeds it with what the server publishes. It
// takes each patch exactly once and in order, and asks anew for whatever it cannot be sure of.

/** How long a person pauses before what was typed is sent, in milliseconds. */
const TYPING_PAUSE = 300;
/** How long a confirmed value may take to arrive after the answer to its intent. */
const PATCH_DELAY = 100;
/** Refusals of a subscription that may pass by themselves. */
const PASSING_ERRORS = new Set(["overloaded", "internal_error", "channel_not_available"]);

class Channel {
  /** Those who follow: told of changes by `changed(touched)`, of refusals by `failed(message)`. */
  bindings = new Set();
  held = new HeldDocument({});
  /** There is data to show. */
  isReady = false;
  /** The channel's name, once the host has told it: the key in it may be the host's choice. */
  name;
  #connection;
  #isLive = false;
  #position = "";
  #backoff = new Backoff();

  constructor(connection, model, key) {
    this.#connection = connection;
    Object.assign(this, { model, key, name: `model:${model}` });
  }

  /** Starts from what the host rendered into the page. */
  adopt({ channel, position, snapshot }) {
    this.name = channel;
    this.#take(snapshot, position);
  }

  /** Subscribes from the known position on. What comes before the answer is dropped. */
  ask() {
    this.lose();
    const args = [{ channel: `model:${this.model}`, position: this.#position }];
    if (this.key != null) args.push(this.key);
    this.#connection.send("subscribe", args, (outcome) => this.#answered(outcome));
  }

  /** The connection is gone: whatever comes before the next answer is not to be trusted. */
  lose() {
    this.#isLive = false;
  }

  /** A publication: `{patch}`, or anything else when the page has to ask anew; its position. */
  receive(message, position) {
    if (!this.#isLive) return;
    const [epoch, offset] = position.split(":");
    const [known, last] = this.#position.split(":");
    if (epoch === known && offset - last < 1) return;
    try {
      if (epoch !== known || offset - last > 1) throw new Error("a patch is missing");
      this.held.apply(message.patch);
      this.#position = position;
    } catch {
      this.#position = "";
      return this.ask();
    }
    this.#releaseSettled();
  }

  /** A person's change: shown at once, sent as an intent at once or when the typing pauses. */
  write(binding, event, path, value, isTyped) {
    const hold = this.held.hold(path, value);
    Object.assign(hold, { binding, event, isUnsent: true, waiting: hold.waiting || 0 });
    this.#tell();
    clearTimeout(hold.timer);
    if (!isTyped || !this.held.isHeld(hold)) return this.#send(hold);
    hold.timer = setTimeout(() => this.held.isHeld(hold) && this.#send(hold), TYPING_PAUSE);
  }

  /** Sends what was typed and still waits. */
  flush() {
    for (const hold of this.held.holds) this.#send(hold);
  }

  #answered({ isDone, isLost, name, message, answer }) {
    if (isLost) return this.#connection.socket.connected && this.ask();
    if (!isDone) {
      this.bindings.forEach((binding) => binding.failed(message));
      return PASSING_ERRORS.has(name) && this.#askLater();
    }
    this.#backoff = new Backoff();
    const [{ channel, snapshot, position }] = answer;
    this.name = channel;
    this.#isLive = true;
    if (snapshot) this.#take(snapshot, position);
    // The patches that were missed come right after the answer.
    setTimeout(() => this.flush(), PATCH_DELAY);
    this.#settle();
  }

  #askLater() {
    const isWanted = () => this.bindings.size && !this.#isLive && this.#connection.socket.connected;
    setTimeout(() => isWanted() && this.ask(), this.#backoff.next());
  }

  #take(snapshot, position) {
    this.held.reset(snapshot);
    this.#position = position || "";
    this.isReady = true;
    this.#tell();
  }

  /** Sends an intent, with the place where its field is by now. */
  #send(hold) {
    if (!hold.isUnsent || !this.#isLive) return;
    const { path, value } = hold;
    const [model, key] = this.name.slice("model:".length).split(/:(.*)/s);
    const { id } = Object(readAt(this.held.document, path.slice(0, -1)));
    const intent = { model, key, path: pointerOf(path), field: path.at(-1), id, value };
    hold.isUnsent = false;
    hold.waiting += 1;
    const done = ({ isDone, isLost }) => {
      hold.waiting -= 1;
      if (isDone || isLost) this.#settle();
      else this.#releaseSettled();
    };
    hold.binding.send(hold.event, [intent], done, this.#connection);
  }

  /** The patch of an answered intent may come after the answer. */
  #settle() {
    setTimeout(() => this.#isLive && this.#releaseSettled(), PATCH_DELAY);
  }

  #releaseSettled() {
    for (const hold of this.held.holds) {
      if (!hold.isUnsent && !hold.waiting) this.held.release(hold);
    }
    this.#tell();
  }

  #tell() {
    const touched = this.held.touched();
    if (touched.length) this.bindings.forEach((binding) => binding.changed(touched));
  }
}
