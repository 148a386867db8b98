// One connection shared by the namespaces of an endpoint, and its way back after a loss.
// `io` keeps one per host and path; sockets register here to send and to be told. It fires `open`,
// `packet`, `close` for its sockets, and for the page `error`, `ping`, `reconnect_attempt(n)`,
// `reconnect(n)`, `reconnect_error(error)`, `reconnect_failed`.

const MANAGER_DEFAULTS = Object.freeze({
  transports: ["polling", "websocket"],
  upgrade: true,
  autoConnect: true,
  reconnection: true,
  reconnectionAttempts: Infinity,
  reconnectionDelay: 1000,
  reconnectionDelayMax: 5000,
  randomizationFactor: 0.5,
  timeout: 20000,
});

/** Milliseconds before attempt number `attempt` (from 0): doubling, spread at random, bounded. */
function reconnectDelay(attempt, options, random = Math.random) {
  const delay = options.reconnectionDelay * 2 ** attempt;
  const spread = (random() * 2 - 1) * options.randomizationFactor;
  return Math.min(delay * (1 + spread), options.reconnectionDelayMax);
}

class Manager extends Emitter {
  engine = null;
  namespaces = new Map();
  #url;
  #state = "closed";
  #decoder = null;
  #attempts = 0;
  #reconnecting = false;
  #wanted = true;
  #retry = 0;
  #timeout = 0;

  constructor(url, options = {}) {
    super();
    this.#url = url;
    this.opts = { ...MANAGER_DEFAULTS, ...options };
  }

  get isOpen() {
    return this.#state === "open";
  }

  get reconnecting() {
    return this.#reconnecting;
  }

  /** The socket of a namespace: always the same object for the same name. */
  socket(namespace, options = {}) {
    let socket = this.namespaces.get(namespace);
    if (!socket) {
      socket = new Socket(this, namespace, { ...this.opts, ...options });
      this.namespaces.set(namespace, socket);
    }
    if (this.opts.autoConnect && !socket.active) socket.connect();
    return socket;
  }

  /** Opens the connection unless it is open or opening; `done(error?)` hears how that ended. */
  open(done) {
    if (this.#state !== "closed") return this;
    this.#state = "opening";
    this.#wanted = true;
    this.#decoder = new PacketDecoder();
    const engine = (this.engine = new Engine(this.#url, this.opts));
    const listen = (event, callback) =>
      engine.on(event, (...args) => engine === this.engine && callback(...args));
    listen("open", () => this.#opened(done));
    listen("error", (error) => this.#failed(error, done));
    listen("message", (data) => this.#receive(data));
    listen("ping", () => this.fire("ping"));
    listen("close", (reason, details) => this.#closed(reason, details));
    engine.open();
    if (this.opts.timeout) {
      const late = () => engine.end("timeout", new Error("timeout"));
      this.#timeout = setTimeout(late, this.opts.timeout);
    }
    return this;
  }

  connect(done) {
    return this.open(done);
  }

  /** Sends the frames of one packet; without a connection they are lost. */
  send(frames) {
    if (this.engine) this.engine.write(frames);
  }

  /** Closes the connection once no socket needs it. */
  release() {
    for (const socket of this.namespaces.values()) {
      if (socket.active) return;
    }
    this.close();
  }

  /** Closes the connection and stays away until a socket or the page opens it again. */
  close() {
    this.#wanted = false;
    this.#reconnecting = false;
    this.#closed("forced close");
  }

  disconnect() {
    this.close();
  }

  #opened(done) {
    clearTimeout(this.#timeout);
    clearTimeout(this.#retry);
    this.#reconnecting = false;
    this.#state = "open";
    this.fire("open");
    if (done) done();
  }

  #failed(error, done) {
    clearTimeout(this.#timeout);
    this.#state = "closed";
    this.engine = null;
    this.fire("error", error);
    if (done) done(error);
    else if (this.#attempts === 0) this.#reconnect();
  }

  #receive(data) {
    let packet;
    try {
      packet = this.#decoder.decode(data);
    } catch (error) {
      return this.#closed("parse error", error);
    }
    if (packet) this.fire("packet", packet);
  }

  #closed(reason, details) {
    clearTimeout(this.#timeout);
    clearTimeout(this.#retry);
    const { engine } = this;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.engine = null;
    this.#attempts = 0;
    if (engine) engine.close();
    if (wasOpen) this.fire("close", reason, details);
    this.#reconnect();
  }

  #reconnect() {
    if (this.#reconnecting || !this.#wanted || !this.opts.reconnection) return;
    if (this.#attempts >= this.opts.reconnectionAttempts) {
      this.#attempts = 0;
      this.fire("reconnect_failed");
      return;
    }
    this.#reconnecting = true;
    const delay = reconnectDelay(this.#attempts, this.opts);
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.#attempt(), delay);
  }

  #attempt() {
    this.fire("reconnect_attempt", this.#attempts);
    if (!this.#wanted) return;
    this.open((error) => {
      this.#reconnecting = false;
      if (error) {
        this.#reconnect();
        this.fire("reconnect_error", error);
      } else {
        const attempts = this.#attempts;
        this.#attempts = 0;
        this.fire("reconnect", attempts);
      }
    });
  }
}
