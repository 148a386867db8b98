// One namespace of a connection, as the page uses it: events both ways, acks, and what happens to
// them while the connection is away. It fires `connect`, `connect_error(error)`,
// `disconnect(reason, details)` and the server's events, and reads nothing but packets of its own
// namespace.

class Socket extends Emitter {
  id = undefined;
  connected = false;
  recovered = false;
  #manager;
  #namespace;
  #options;
  #watching = [];
  #catchAll = [];
  #flags = {};
  #outbox = [];
  #inbox = [];
  #acks = new Map();
  #nextAck = 0;
  #recovery = null;

  constructor(manager, namespace, options) {
    super();
    this.#manager = manager;
    this.#namespace = namespace;
    this.#options = options;
    this.auth = options.auth;
  }

  get io() {
    return this.#manager;
  }

  get nsp() {
    return this.#namespace;
  }

  get disconnected() {
    return !this.connected;
  }

  /** True while the socket is connected or will connect again by itself. */
  get active() {
    return this.#watching.length > 0;
  }

  /** The id of the next event that asks for an ack, by the official client's name. */
  get ids() {
    return this.#nextAck;
  }

  /** The next packet may be lost when it cannot leave at once. */
  get volatile() {
    this.#flags.volatile = true;
    return this;
  }

  /** The ack of the next packet gets an error first, which is set when none came in `ms`. */
  timeout(ms) {
    this.#flags.timeout = ms;
    return this;
  }

  /** Taken for compatibility: how to compress is up to the server. */
  compress() {
    return this;
  }

  connect() {
    if (this.connected) return this;
    const hasGreeted = this.active && this.#manager.isOpen;
    if (!this.active) this.#watch();
    if (!this.#manager.reconnecting) this.#manager.open();
    if (this.#manager.isOpen && !hasGreeted) this.#greet();
    return this;
  }

  open() {
    return this.connect();
  }

  disconnect() {
    const wasConnected = this.connected;
    // Also when the server has not answered yet: it may let in whom it does not know to have left.
    if (this.active && this.#manager.isOpen) this.#send({ type: PacketType.DISCONNECT });
    this.#detach();
    if (wasConnected) this.#lost("io client disconnect");
    return this;
  }

  close() {
    return this.disconnect();
  }

  /** Sends an event; a function as the last argument is called with the ack. */
  emit(event, ...args) {
    if (RESERVED_EVENTS.has(event)) throw new Error(`"${event}" is a reserved event name`);
    const { volatile, timeout = this.#options.ackTimeout } = this.#flags;
    this.#flags = {};
    const ack = typeof args[args.length - 1] === "function" ? args.pop() : null;
    const id = ack ? this.#nextAck++ : undefined;
    const frames = this.#encode({ type: PacketType.EVENT, id, data: [event, ...args] });
    const { engine } = this.#manager;
    const reachable = this.connected && engine && !engine.stale;
    const isDropped = volatile && !(reachable && engine.writable);
    if (ack && (!isDropped || timeout !== undefined)) this.#expectAck(id, ack, timeout);
    else if (ack && ack.wantsError) ack(new Error("the packet was dropped"));
    if (isDropped) return this;
    if (reachable) this.#manager.send(frames);
    else this.#outbox.push({ id, frames });
    return this;
  }

  /** Resolves with the first value of the ack; rejects when the time or the connection is over. */
  emitWithAck(event, ...args) {
    return new Promise((resolve, reject) => {
      const settle = (error, value) => (error ? reject(error) : resolve(value));
      settle.wantsError = true;
      this.emit(event, ...args, settle);
    });
  }

  send(...args) {
    return this.emit("message", ...args);
  }

  /** Asks an app for one of its channels; resolves with the app's answer. */
  subscribe(channel, ...args) {
    return this.emitWithAck("subscribe", channel, ...args);
  }

  /** Who is present on a channel: an object with `people`, `onChange(callback)` and `close()`. */
  presence(channel) {
    return new Presence(this, channel);
  }

  /** `callback(event, ...args)` hears every event of the server before its own listeners do. */
  onAny(callback) {
    this.#catchAll = [...this.#catchAll, callback];
    return this;
  }

  offAny(callback) {
    this.#catchAll = this.#catchAll.filter((entry) => callback && entry !== callback);
    return this;
  }

  #watch() {
    const listen = (event, callback) => {
      this.#manager.on(event, callback);
      this.#watching.push(() => this.#manager.off(event, callback));
    };
    listen("open", () => this.#greet());
    listen("packet", (packet) => packet.namespace === this.#namespace && this.#receive(packet));
    listen("error", (error) => this.connected || this.fire("connect_error", error));
    listen("close", (reason, details) => this.#lost(reason, details));
  }

  #detach() {
    for (const stop of this.#watching.splice(0)) stop();
    this.#manager.release();
  }

  /** Asks to be let in, with what the server needs to recover the session before this one. */
  #greet() {
    // What an earlier connection was sent before its reply is sent again with the next reply.
    this.#inbox = [];
    const send = (auth) => {
      const data = this.#recovery || auth ? { ...this.#recovery, ...auth } : undefined;
      this.#send({ type: PacketType.CONNECT, data });
    };
    if (typeof this.auth === "function") guarded(this.auth, this, [send]);
    else send(this.auth);
  }

  #encode(packet) {
    return encodePacket({ namespace: this.#namespace, ...packet });
  }

  #send(packet) {
    this.#manager.send(this.#encode(packet));
  }

  #receive({ type, id, data }) {
    switch (type) {
      case PacketType.CONNECT:
        return this.#accepted(data || {});
      case PacketType.CONNECT_ERROR:
        return this.#refused(data);
      case PacketType.DISCONNECT:
        this.#detach();
        return this.#lost("io server disconnect");
      case PacketType.ACK:
        return this.#acknowledged(id, data);
      default:
        if (id !== undefined) data.push(this.#answer(id));
        return this.connected ? this.#deliver(data) : this.#inbox.push(data);
    }
  }

  #accepted({ sid, pid }) {
    this.id = sid;
    this.recovered = Boolean(pid && this.#recovery && this.#recovery.pid === pid);
    if (!this.recovered) this.#recovery = pid ? { pid } : null;
    this.connected = true;
    for (const event of this.#inbox.splice(0)) this.#deliver(event);
    for (const { frames } of this.#outbox.splice(0)) this.#manager.send(frames);
    this.fire("connect");
  }

  #refused(data) {
    this.#detach();
    const { message, data: details } = typeof data === "string" ? { message: data } : data;
    this.fire("connect_error", Object.assign(new Error(message), { data: details }));
  }

  /** A session that can be recovered names the place of each event in its last argument. */
  #deliver(data) {
    for (const callback of this.#catchAll) guarded(callback, this, data);
    this.fire(...data);
    const offset = data[data.length - 1];
    if (this.#recovery && typeof offset === "string") this.#recovery.offset = offset;
  }

  /** The function that the page calls to ack the server's event; only its first call counts. */
  #answer(id) {
    let sent = false;
    return (...data) => {
      if (sent) return;
      sent = true;
      this.#send({ type: PacketType.ACK, id, data });
    };
  }

  #expectAck(id, callback, timeout) {
    const wantsError = timeout !== undefined || callback.wantsError;
    const entry = { callback, wantsError, timer: 0 };
    if (timeout !== undefined) {
      entry.timer = setTimeout(() => {
        this.#outbox = this.#outbox.filter((packet) => packet.id !== id);
        this.#settle(id, [new Error("operation has timed out")]);
      }, timeout);
    }
    this.#acks.set(id, entry);
  }

  #acknowledged(id, data) {
    const entry = this.#acks.get(id);
    if (entry) this.#settle(id, entry.wantsError ? [null, ...data] : data);
  }

  #settle(id, args) {
    const { callback, timer } = this.#acks.get(id);
    this.#acks.delete(id);
    clearTimeout(timer);
    guarded(callback, this, args);
  }

  /** Acks of packets that left are lost with the connection; those that wait can still come. */
  #lost(reason, details) {
    if (!this.connected) return;
    this.connected = false;
    this.id = undefined;
    this.fire("disconnect", reason, details);
    const waiting = new Set(this.#outbox.map((packet) => packet.id));
    for (const [id, { wantsError }] of [...this.#acks]) {
      if (waiting.has(id)) continue;
      if (wantsError) this.#settle(id, [new Error("socket has been disconnected")]);
      else this.#acks.delete(id);
    }
  }
}
